"""First schema of the private database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=True),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("action", sa.Text(), server_default="", nullable=False),
        sa.Column("resource", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    op.create_index(op.f("ix_audit_company_id"), "audit", ["company_id"], unique=False)
    op.create_index(op.f("ix_audit_territory_id"), "audit", ["territory_id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("command_sha256", sa.String(length=64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("has_succeeded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index(op.f("ix_login_attempt_subject_sha256"), "login_attempt", ["subject_sha256"], unique=False)
    op.create_table(
        "territory",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("extension", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="fr", nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("totp_secret", sa.Text(), server_default="", nullable=False),
        sa.Column("totp_last_step", sa.Text(), server_default="", nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("confirmed_at", sa.String(length=32), nullable=True),
        sa.Column("disabled_at", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "company",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("actor_key", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("shares_prices", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_company_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("territory_id", "actor_key", name=op.f("uq_company_territory_id_actor_key")),
    )
    op.create_index(op.f("ix_company_territory_id"), "company", ["territory_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("scenario", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("requested_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.CheckConstraint("status in ('queued', 'running', 'done', 'failed')", name=op.f("ck_run_status")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_run_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_territory_id"), "run", ["territory_id"], unique=False)
    op.create_table(
        "charter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=False),
        sa.Column("signed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("signed_on", sa.String(length=10), nullable=False),
        sa.Column("has_mandate", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("document_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("trace", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_charter_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_charter_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charter")),
    )
    op.create_index(op.f("ix_charter_company_id"), "charter", ["company_id"], unique=False)
    op.create_index(op.f("ix_charter_territory_id"), "charter", ["territory_id"], unique=False)
    op.create_table(
        "company_card",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("sector", sa.Text(), server_default="", nullable=False),
        sa.Column("commune", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_company_card_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_company_card_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_card")),
        sa.UniqueConstraint("company_id", name=op.f("uq_company_card_company_id")),
    )
    op.create_index(op.f("ix_company_card_company_id"), "company_card", ["company_id"], unique=False)
    op.create_index(op.f("ix_company_card_territory_id"), "company_card", ["territory_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("function", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("informed_at", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_contact_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_contact_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_company_id"), "contact", ["company_id"], unique=False)
    op.create_index(op.f("ix_contact_territory_id"), "contact", ["territory_id"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("undone_at", sa.String(length=32), nullable=True),
        sa.Column("undone_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_import_batch_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_import_batch_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index(op.f("ix_import_batch_company_id"), "import_batch", ["company_id"], unique=False)
    op.create_index(op.f("ix_import_batch_territory_id"), "import_batch", ["territory_id"], unique=False)
    op.create_table(
        "import_mapping",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("headings_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_import_mapping_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_import_mapping_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
    )
    op.create_index(op.f("ix_import_mapping_company_id"), "import_mapping", ["company_id"], unique=False)
    op.create_index(op.f("ix_import_mapping_territory_id"), "import_mapping", ["territory_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=True),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("answered_at", sa.String(length=32), nullable=True),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_invitation_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_invitation_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_invitation_token_sha256")),
    )
    op.create_index(op.f("ix_invitation_company_id"), "invitation", ["company_id"], unique=False)
    op.create_index(op.f("ix_invitation_territory_id"), "invitation", ["territory_id"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("synergy_key", sa.Text(), server_default="", nullable=False),
        sa.Column("giver_id", sa.String(length=32), nullable=False),
        sa.Column("taker_id", sa.String(length=32), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("stage", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["giver_id"], ["company.id"], name=op.f("fk_match_giver_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_match_run_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["company.id"], name=op.f("fk_match_taker_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_match_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint(
            "run_id", "synergy_key", "giver_id", "taker_id", name=op.f("uq_match_run_id_synergy_key_giver_id_taker_id")
        ),
    )
    op.create_index(op.f("ix_match_run_id"), "match", ["run_id"], unique=False)
    op.create_index(op.f("ix_match_territory_id"), "match", ["territory_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=True),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "role in ('reader', 'editor', 'company_admin', 'facilitator', 'planner', 'admin')", name=op.f("ck_member_role")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_member_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_member_territory_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint(
            "user_id",
            "territory_id",
            "company_id",
            "role",
            name=op.f("uq_member_user_id_territory_id_company_id_role"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_member_company_id"), "member", ["company_id"], unique=False)
    op.create_index(op.f("ix_member_territory_id"), "member", ["territory_id"], unique=False)
    op.create_index(op.f("ix_member_user_id"), "member", ["user_id"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.Column("used_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_api_token_member_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=False),
        sa.Column("match_id", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("is_by_phone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("trace", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("decision in ('accepted', 'refused', 'withdrawn')", name=op.f("ck_consent_decision")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_consent_company_id")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_consent_match_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_consent_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_company_id"), "consent", ["company_id"], unique=False)
    op.create_index(op.f("ix_consent_match_id"), "consent", ["match_id"], unique=False)
    op.create_index(op.f("ix_consent_territory_id"), "consent", ["territory_id"], unique=False)
    op.create_table(
        "declared_row",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("table_name", sa.String(length=16), nullable=False),
        sa.Column("row_key", sa.String(length=200), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=True),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("updated_by", sa.Text(), server_default="", nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("visibility in ('private', 'facilitator', 'network')", name=op.f("ck_declared_row_visibility")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_declared_row_batch_id")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_declared_row_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_declared_row_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_row")),
        sa.UniqueConstraint(
            "territory_id",
            "company_id",
            "table_name",
            "row_key",
            name=op.f("uq_declared_row_territory_id_company_id_table_name_row_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_declared_row_batch_id"), "declared_row", ["batch_id"], unique=False)
    op.create_index(op.f("ix_declared_row_company_id"), "declared_row", ["company_id"], unique=False)
    op.create_index(op.f("ix_declared_row_territory_id"), "declared_row", ["territory_id"], unique=False)
    op.create_table(
        "match_contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=False),
        sa.Column("match_id", sa.String(length=32), nullable=False),
        sa.Column("other_company_id", sa.String(length=32), nullable=False),
        sa.Column("other_name", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_name", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_function", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_email", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_match_contact_company_id")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_match_contact_match_id")),
        sa.ForeignKeyConstraint(["other_company_id"], ["company.id"], name=op.f("fk_match_contact_other_company_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_match_contact_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_contact")),
        sa.UniqueConstraint("match_id", "company_id", name=op.f("uq_match_contact_match_id_company_id")),
    )
    op.create_index(op.f("ix_match_contact_company_id"), "match_contact", ["company_id"], unique=False)
    op.create_index(op.f("ix_match_contact_match_id"), "match_contact", ["match_id"], unique=False)
    op.create_index(op.f("ix_match_contact_territory_id"), "match_contact", ["territory_id"], unique=False)
    op.create_table(
        "match_side",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=False),
        sa.Column("match_id", sa.String(length=32), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("partner_class", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_match_side_company_id")),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_match_side_match_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_match_side_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_side")),
        sa.UniqueConstraint("match_id", "company_id", name=op.f("uq_match_side_match_id_company_id")),
    )
    op.create_index(op.f("ix_match_side_company_id"), "match_side", ["company_id"], unique=False)
    op.create_index(op.f("ix_match_side_match_id"), "match_side", ["match_id"], unique=False)
    op.create_index(op.f("ix_match_side_territory_id"), "match_side", ["territory_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.Column("has_second_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_user_session_member_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_user_session_token_sha256")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "declared_price",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("table_name", sa.String(length=16), nullable=False),
        sa.Column("row_key", sa.String(length=200), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("visibility in ('private', 'facilitator', 'network')", name=op.f("ck_declared_price_visibility")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_declared_price_company_id")),
        sa.ForeignKeyConstraint(["id"], ["declared_row.id"], name=op.f("fk_declared_price_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_declared_price_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_price")),
    )
    op.create_index(op.f("ix_declared_price_company_id"), "declared_price", ["company_id"], unique=False)
    op.create_index(op.f("ix_declared_price_territory_id"), "declared_price", ["territory_id"], unique=False)
    op.create_table(
        "row_history",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.String(length=32), nullable=True),
        sa.Column("row_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=True),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("part in ('cells', 'prices')", name=op.f("ck_row_history_part")),
        sa.CheckConstraint("visibility in ('private', 'facilitator', 'network')", name=op.f("ck_row_history_visibility")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_row_history_batch_id")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_row_history_company_id")),
        sa.ForeignKeyConstraint(["row_id"], ["declared_row.id"], name=op.f("fk_row_history_row_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_row_history_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_row_history")),
        sa.UniqueConstraint("row_id", "version", "part", name=op.f("uq_row_history_row_id_version_part")),
    )
    op.create_index(op.f("ix_row_history_company_id"), "row_history", ["company_id"], unique=False)
    op.create_index(op.f("ix_row_history_row_id"), "row_history", ["row_id"], unique=False)
    op.create_index(op.f("ix_row_history_territory_id"), "row_history", ["territory_id"], unique=False)
