"""Tables of the two databases: the private one, and the published one that planners and citizens can open.

Every private table carries the columns by which its rows are scoped, ``territory_id`` and ``company_id``; who reads which of
them stands in :mod:`symbiosis.store.policies`. Ids are random: a guessed one names nothing. Times are UTC in ISO 8601, as text,
so that both databases sort them alike. A column marked `secret` leaves the database to nobody; one marked `personal` is what
erasure looks for.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

VISIBILITIES = ("private", "facilitator", "network")
DECISIONS = ("accepted", "refused", "withdrawn")
STORY_ANSWERS = ("asked", "named", "unnamed", "refused")
PROJECT_STAGES = ("idea", "discussion", "negotiation", "implementation", "done", "abandoned")
NOTE_KINDS = ("call", "message", "visit", "meeting", "stage")

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
private = MetaData(naming_convention=_NAMES)
published = MetaData(naming_convention=_NAMES)


def new_id() -> str:
    """A random id, 32 hexadecimal digits."""
    return uuid.uuid4().hex


def now() -> str:
    """The present moment as the tables write it."""
    return datetime.now(tz=UTC).isoformat(timespec="microseconds")


def _id() -> Column[str]:
    return Column("id", String(32), primary_key=True, default=new_id)


def _ref(name: str, target: str, *, is_optional: bool = False, **options: Any) -> Column[str]:
    return Column(name, String(32), ForeignKey(f"{target}.id"), nullable=is_optional, **options)


def _territory(*, is_optional: bool = False) -> Column[str]:
    return _ref("territory_id", "territory", is_optional=is_optional, index=True)


def _company(*, is_optional: bool = False) -> Column[str]:
    return _ref("company_id", "company", is_optional=is_optional, index=True)


def _text(name: str, *, default: str = "", **info: bool) -> Column[str]:
    return Column(name, Text, nullable=False, default=default, server_default=default, info=info)


def _time(name: str, *, is_optional: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=True) if is_optional else Column(name, String(32), nullable=False, default=now)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=False, server_default=false())


def _json(name: str) -> Column[Any]:
    return Column(name, JSON, nullable=False, default=dict)


def _json_or_empty(name: str) -> Column[Any]:
    return Column(name, JSON, nullable=False, default=dict, server_default="{}")


def _version() -> Column[int]:
    return Column("version", Integer, nullable=False, default=1)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


# --------------------------------------------------------------------------------------------------------------------
# Territories, companies, people
# --------------------------------------------------------------------------------------------------------------------

territory = Table(
    "territory", private, _id(), _text("name"), _json("facts"), _json("extension"), _version(), _time("created_at"),
)  # fmt: skip

# A company is what the engine calls an actor: `actor_key` is its id there, `profile` the other cells as they were typed.
company = Table(
    "company", private, _id(), _territory(), _text("actor_key"), _text("name"), _json("profile"),
    _flag("shares_prices"), _version(), _time("created_at"), _time("updated_at"),
    UniqueConstraint("territory_id", "actor_key"),
)  # fmt: skip

# Exists only where the company wants its name to be known to the network.
company_card = Table(
    "company_card", private, _id(), _territory(), _company(), _text("name"), _text("sector"), _text("commune"),
    UniqueConstraint("company_id"),
)  # fmt: skip

# The four cells that are kept of a contact person; the counterpart of an accepted match reads them in `match_contact`.
contact = Table(
    "contact", private, _id(), _territory(), _company(), _text("name", personal=True), _text("function", personal=True),
    _text("email", personal=True), _text("phone", personal=True), _time("informed_at", is_optional=True),
    _version(), _time("updated_at"),
)  # fmt: skip

user = Table(
    "user", private, _id(),
    Column("email", String(320), nullable=False, unique=True, info={"personal": True}),
    _text("name", personal=True), _text("language", default="fr"),
    _text("password_hash", secret=True),  # argon2id, with its parameters; empty before the invitation is answered
    _text("identity_sha256", secret=True),  # of the identity at a provider that the account is bound to; empty: none
    _text("totp_secret", secret=True),  # empty: no second factor
    _text("totp_last_step", secret=True),  # a code serves once
    _flag("is_admin"), _time("confirmed_at", is_optional=True), _time("disabled_at", is_optional=True), _time("created_at"),
)  # fmt: skip

# What a person may do where: company roles carry a company, facilitator and planner a territory only, admin neither.
member = Table(
    "member", private, _id(), _territory(is_optional=True), _company(is_optional=True), _ref("user_id", "user", index=True),
    Column("role", String(16), nullable=False), _time("created_at"), _time("revoked_at", is_optional=True),
    _one_of("role", ("reader", "editor", "company_admin", "facilitator", "planner", "admin")),
    UniqueConstraint("user_id", "territory_id", "company_id", "role", postgresql_nulls_not_distinct=True),
)  # fmt: skip

user_session = Table(
    "user_session", private, _id(), _ref("user_id", "user", index=True),
    Column("token_sha256", String(64), nullable=False, unique=True, info={"secret": True}),
    _ref("member_id", "member", is_optional=True),  # the one role that this session acts in
    _time("created_at"), _time("seen_at"), Column("expires_at", String(32), nullable=False),
    _time("revoked_at", is_optional=True), _flag("has_second_factor"),
)  # fmt: skip

invitation = Table(
    "invitation", private, _id(), _territory(is_optional=True), _company(is_optional=True),
    _text("email", personal=True), Column("role", String(16), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True, info={"secret": True}),
    _text("invited_by"), _time("created_at"), Column("expires_at", String(32), nullable=False),
    _time("answered_at", is_optional=True), _time("revoked_at", is_optional=True),
)  # fmt: skip

# Throttling counts by `subject`: a digest of the account or of the address, so that no typed e-mail is kept.
login_attempt = Table(
    "login_attempt", private, _id(), Column("subject_sha256", String(64), nullable=False, index=True),
    _time("at"), _flag("has_succeeded"),
)  # fmt: skip

# A token can only remove rights: `rights` lists the ``resource:action`` that remain of its owner's.
api_token = Table(
    "api_token", private, _id(), _ref("user_id", "user", index=True), _ref("member_id", "member"),
    _text("label"), Column("token_sha256", String(64), nullable=False, unique=True, info={"secret": True}), _json("rights"),
    _time("created_at"), Column("expires_at", String(32), nullable=False), _time("revoked_at", is_optional=True),
    _time("used_at", is_optional=True),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# What companies declare
# --------------------------------------------------------------------------------------------------------------------

# The dated charter of commitment and confidentiality of a company: mandate to type its flows, consent to match them.
charter = Table(
    "charter", private, _id(), _territory(), _company(), _text("signed_by", personal=True),
    Column("signed_on", String(10), nullable=False), _flag("has_mandate"), _text("document_sha256"), _text("trace"),
    _text("recorded_by"), _time("created_at"), _time("revoked_at", is_optional=True),
)  # fmt: skip

import_batch = Table(
    "import_batch", private, _id(), _territory(), _company(is_optional=True), _text("kind"), _text("file_name"),
    Column("file_sha256", String(64), nullable=False), _json("mapping"), _json("counts"), _text("user_id"),
    _time("created_at"), _time("undone_at", is_optional=True), _text("undone_by"),
    # Companies that it entered, to be taken out again with its rows.
    Column("company_ids", JSON, nullable=False, default=list, server_default="[]"),
)  # fmt: skip

import_mapping = Table(
    "import_mapping", private, _id(), _territory(), _company(is_optional=True), _text("kind"), _text("headings_sha256"),
    _json("mapping"), _version(), _time("updated_at"),
)  # fmt: skip

# Rows without a company are the territory's own (distances between two companies' sites): only its facilitator reads them.
declared_row = Table(
    "declared_row", private, _id(), _territory(), _company(is_optional=True), Column("table_name", String(16), nullable=False),
    Column("row_key", String(200), nullable=False), _json("cells"),
    Column("visibility", String(16), nullable=False, default="facilitator"), _text("evidence"),
    _version(), _ref("batch_id", "import_batch", is_optional=True, index=True), _time("updated_at"), _text("updated_by"),
    _flag("is_deleted"),
    _one_of("visibility", VISIBILITIES),
    UniqueConstraint("territory_id", "company_id", "table_name", "row_key", postgresql_nulls_not_distinct=True),
)  # fmt: skip

# Prices and costs stand apart: the facilitator reads them only where the company has ticked "share prices" (`is_shared`).
declared_price = Table(
    "declared_price", private, Column("id", String(32), ForeignKey("declared_row.id"), primary_key=True), _territory(),
    _company(is_optional=True), Column("table_name", String(16), nullable=False),
    Column("row_key", String(200), nullable=False), _json("cells"),
    Column("visibility", String(16), nullable=False, default="facilitator"), _flag("is_shared"),
    _one_of("visibility", VISIBILITIES),
)  # fmt: skip

# What a row was before each change; the visibility is the present one of the row, not the one of that day.
row_history = Table(
    "row_history", private, _id(), _territory(), _company(is_optional=True), _ref("row_id", "declared_row", index=True),
    Column("part", String(8), nullable=False), Column("version", Integer, nullable=False), _json("cells"), _flag("is_deleted"),
    Column("visibility", String(16), nullable=False), _flag("is_shared"),
    _ref("batch_id", "import_batch", is_optional=True), _time("changed_at"), _text("changed_by"),
    _one_of("part", ("cells", "prices")), _one_of("visibility", VISIBILITIES),
    UniqueConstraint("row_id", "version", "part"),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# Runs and matches
# --------------------------------------------------------------------------------------------------------------------

run = Table(
    "run", private, _id(), _territory(), _json("scenario"), _text("fingerprint"), _json("versions"),
    Column("status", String(8), nullable=False, default="queued"), _json("summary"), _text("requested_by"),
    _time("created_at"), _time("finished_at", is_optional=True),
    _one_of("status", ("queued", "running", "done", "failed")),
)  # fmt: skip

# The whole of a match: for the facilitator alone.
match = Table(
    "match", private, _id(), _territory(), _ref("run_id", "run", index=True), _text("synergy_key"),
    _ref("giver_id", "company"), _ref("taker_id", "company"), _json("sheet"), _text("stage", default="proposed"),
    _json("reasons"), _version(), _time("created_at"),
    UniqueConstraint("run_id", "synergy_key", "giver_id", "taker_id"),
)  # fmt: skip

# What one company sees of it: its own side, and of the other one only how many partners there could be, as a class.
match_side = Table(
    "match_side", private, _id(), _territory(), _company(), _ref("match_id", "match", index=True), _json("sheet"),
    _text("partner_class"), _time("created_at"), _flag("is_superseded"),
    UniqueConstraint("match_id", "company_id"),
)  # fmt: skip

consent = Table(
    "consent", private, _id(), _territory(), _company(), _ref("match_id", "match", index=True),
    Column("decision", String(16), nullable=False), _text("reason_code"), _flag("is_by_phone"), _text("trace"),
    _text("recorded_by"), _time("at"),
    _one_of("decision", DECISIONS),
)  # fmt: skip

# Written when both have accepted, one row a reader: `company_id` reads who the other is.
match_contact = Table(
    "match_contact", private, _id(), _territory(), _company(), _ref("match_id", "match", index=True),
    _ref("other_company_id", "company"), _text("other_name"), _text("contact_name", personal=True),
    _text("contact_function", personal=True), _text("contact_email", personal=True), _text("contact_phone", personal=True),
    _time("opened_at"),
    UniqueConstraint("match_id", "company_id"),
)  # fmt: skip

# What stands around an operation of a company, as it may be told; the tonnes of its projects follow the follow-up.
operation_side = Table(
    "operation_side", private, _id(), _territory(), _company(), _text("operator_key"), _json("sheet"),
    Column("committed_t_per_yr", Float, nullable=False, default=0.0, server_default="0"),
    Column("committed_projects", Integer, nullable=False, default=0, server_default="0"), _time("updated_at"),
    UniqueConstraint("territory_id", "operator_key"),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# The facilitator's work
# --------------------------------------------------------------------------------------------------------------------

# A workshop: whom she invites, what was said in the room, what was decided. `content` is what its page writes.
workshop = Table(
    "workshop", private, _id(), _territory(), _text("title"), _text("theme_id"),
    Column("held_on", String(10), nullable=False, default="", server_default=""), _json("content"), _version(),
    _time("created_at"), _time("updated_at"), _flag("is_deleted"),
)  # fmt: skip

# A set of assumptions under a name. What a run of it came to stands in `run`; a locked one cannot change any more.
scenario = Table(
    "scenario", private, _id(), _territory(), _text("name"), _json("assumptions"), _ref("run_id", "run", is_optional=True),
    _json("summary"), _text("notes"), _flag("is_locked"), _flag("is_reference"), _version(), _time("created_at"),
    _time("updated_at"), _flag("is_deleted"),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# Follow-up
# --------------------------------------------------------------------------------------------------------------------

# What becomes of an idea. `computed` is what the engine said of it when it was taken up, `realised` what was measured since;
# `synergy_key` is ``from>to`` of each exchange between declared flows, joined by ``;``, by which a later run knows it again.
project = Table(
    "project", private, _id(), _territory(), _ref("match_id", "match", is_optional=True), _text("title"), _text("synergy_key"),
    Column("stage", String(16), nullable=False, default="idea"), _text("reason_code"), _text("owner", personal=True),
    _text("next_action"), _text("due_on"), _json("readiness"), _json("company_ids"), _json("computed"), _json("realised"),
    _version(), _time("created_at"), _time("updated_at"),
    _one_of("stage", PROJECT_STAGES),
)  # fmt: skip

# The journal of contacts: with a company, about a project, or both. A change of stage is an entry too, so that it is dated.
project_note = Table(
    "project_note", private, _id(), _territory(), _company(is_optional=True),
    _ref("project_id", "project", is_optional=True, index=True), Column("kind", String(16), nullable=False),
    Column("noted_on", String(10), nullable=False), _text("text", personal=True), _text("stage"), _text("written_by"),
    _time("created_at"), _one_of("kind", NOTE_KINDS),
)  # fmt: skip

# A project that is done, told in words for everybody. `figures` are what was measured of it, as they stood when it was told.
story = Table(
    "story", private, _id(), _territory(), _ref("project_id", "project"), _text("title"), _text("text"), _text("source"),
    _json("figures"), _text("publication_id"), _version(), _time("created_at"), _time("updated_at"),
    UniqueConstraint("project_id"),
)  # fmt: skip

# What each company that took part reads of it before anybody else, and its answer to these very words.
story_side = Table(
    "story_side", private, _id(), _territory(), _company(), _ref("story_id", "story", index=True), _json("sheet"),
    Column("decision", String(16), nullable=False, default="asked", server_default="asked"), _flag("is_by_phone"),
    _text("trace"), _text("recorded_by"), _time("asked_at"), _time("answered_at", is_optional=True),
    _one_of("decision", STORY_ANSWERS), UniqueConstraint("story_id", "company_id"),
)  # fmt: skip

# A participatory budget: its list, and its papers, which hold what was ticked and nothing of who ticked it.
ballot = Table(
    "ballot", private, _id(), _territory(), _text("title"), Column("budget_eur", Float, nullable=False), _text("rule"),
    _json("projects"), _json("papers"), _text("publication_id"), _version(), _time("created_at"), _time("updated_at"),
    _flag("is_deleted"),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# Publishing
# --------------------------------------------------------------------------------------------------------------------

# One a territory: commune to zone, and the communes that it was made of.
zoning = Table(
    "zoning", private, _id(), _territory(), _json("zone_of"), _json("founding"), _time("created_at"),
    UniqueConstraint("territory_id"),
)  # fmt: skip

# What each published table was made of and what became of its cells: it binds the versions after it, and no session reads it.
release = Table(
    "release", private, _id(), _territory(), Column("publication_id", String(32), nullable=False), _text("table_name"),
    _text("scenario"), Column("issued_on", String(10), nullable=False), _text("zoning"), _text("unit"), _json("dimensions"),
    _json("roles"), _json("views"), _json("members"), _json("contributions"), _json("cells"), _text("published_by"),
    _time("created_at"),
    UniqueConstraint("publication_id", "table_name"),
)  # fmt: skip

# A planner who has signed one sees the cells of published tables by company, until it ends.
agreement = Table(
    "agreement", private, _id(), _territory(), Column("user_id", String(32), nullable=False),
    Column("signed_on", String(10), nullable=False), Column("ends_on", String(10), nullable=False), _text("document_sha256"),
    _text("recorded_by"), _time("created_at"), _time("revoked_at", is_optional=True),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# Trace
# --------------------------------------------------------------------------------------------------------------------

idempotency_key = Table(
    "idempotency_key", private, Column("user_id", String(32), primary_key=True), Column("key", String(64), primary_key=True),
    Column("command_sha256", String(64), nullable=False), _json("result"), _time("created_at"),
)  # fmt: skip

# Who did what to whose data. It names ids, commands and counts, never a value: an administrator may read all of it.
audit = Table(
    "audit", private, Column("seq", Integer, primary_key=True, autoincrement=False), _time("at"), _text("user_id"),
    _text("role"), Column("territory_id", String(32), index=True), Column("company_id", String(32), index=True),
    _text("action"), _text("resource"), _text("subject_id"), _json("detail"),
    Column("previous_hash", String(64), nullable=False), Column("hash", String(64), nullable=False, unique=True),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# The published database
# --------------------------------------------------------------------------------------------------------------------

publication = Table(
    "publication", published, _id(), Column("territory_id", String(32), nullable=False, index=True), _text("territory_name"),
    Column("version", Integer, nullable=False), Column("level", String(8), nullable=False), _text("title"), _json("tables"),
    _json("report"), _json_or_empty("story"), _json_or_empty("ballot"),
    Column("digest", String(64), nullable=False), _time("published_at"),
    _time("withdrawn_at", is_optional=True),
    _one_of("level", ("public", "planner", "members")),
    UniqueConstraint("territory_id", "level", "version"),
)  # fmt: skip

publication_cell = Table(
    "publication_cell", published, _id(), _ref("publication_id", "publication", index=True),
    Column("territory_id", String(32), nullable=False), Column("level", String(8), nullable=False),
    _text("table_name"), _text("row_label"), _text("column_label"), _text("value"), _text("status"), _text("as_of"),
    _one_of("level", ("public", "planner", "members")),
)  # fmt: skip

# A planner's process opens this database only: what it asks for waits here until the private side has run and published it.
run_request = Table(
    "run_request", published, _id(), Column("territory_id", String(32), nullable=False, index=True),
    Column("requested_by", String(32), nullable=False), _json("scenario"),
    Column("status", String(8), nullable=False, default="queued"), _text("publication_id"), _time("created_at"),
    _time("started_at", is_optional=True), _time("finished_at", is_optional=True),
    _one_of("status", ("queued", "running", "done", "failed")),
)  # fmt: skip
