"""First schema of the published database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "publication",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("territory_name", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.String(length=32), nullable=False),
        sa.Column("withdrawn_at", sa.String(length=32), nullable=True),
        sa.CheckConstraint("level in ('public', 'planner', 'members')", name=op.f("ck_publication_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("territory_id", "level", "version", name=op.f("uq_publication_territory_id_level_version")),
    )
    op.create_index(op.f("ix_publication_territory_id"), "publication", ["territory_id"], unique=False)
    op.create_table(
        "publication_cell",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("publication_id", sa.String(length=32), nullable=False),
        sa.Column("territory_id", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("table_name", sa.Text(), server_default="", nullable=False),
        sa.Column("row_label", sa.Text(), server_default="", nullable=False),
        sa.Column("column_label", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("level in ('public', 'planner', 'members')", name=op.f("ck_publication_cell_level")),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_publication_cell_publication_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_cell")),
    )
    op.create_index(op.f("ix_publication_cell_publication_id"), "publication_cell", ["publication_id"], unique=False)
