"""What callers send and what they are sent: shapes and bounds; what may be done is judged by the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from symbiosis.schemas import DECLARATIONS
from symbiosis.store.tables import VISIBILITIES

TABLES = tuple(name for name in DECLARATIONS if name != "actors")


def _known(values: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError("unknown")
        return value

    return check


def _storable(text: str) -> str:
    """Text that both databases keep as it is: neither NUL nor half of a surrogate pair."""
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("unstorable")
    return text


Text = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Version = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
Table = Annotated[str, AfterValidator(_known(TABLES)), Field(json_schema_extra={"enum": [*TABLES]})]
Visibility = Annotated[str, AfterValidator(_known(VISIBILITIES)), Field(json_schema_extra={"enum": [*VISIBILITIES]})]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewFlow(_Form):
    """A row to declare."""

    table_name: Table
    row_key: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
    cells: Annotated[dict[str, Text], Field(max_length=80)]
    company_id: Id | None = None
    visibility: Visibility | None = None

    @model_validator(mode="after")
    def _columns(self) -> NewFlow:
        if set(self.cells) - set(DECLARATIONS[self.table_name].columns):
            raise ValueError("unknown columns")
        return self


class ChangedFlow(_Form):
    """New cells of a row, and the version of it that was read."""

    version: Version
    cells: Annotated[dict[str, Text], Field(max_length=80)]
    visibility: Visibility | None = None


class Written(BaseModel):
    """What was written."""

    id: str
    version: int


class Flow(BaseModel):
    """A declared row, its prices where they may be read."""

    id: str
    company_id: str | None
    table_name: str
    row_key: str
    cells: dict[str, str]
    prices: dict[str, str]
    visibility: str
    version: int
    updated_at: str


class SignedCharter(_Form):
    """A charter that a company has signed."""

    company_id: Id
    signed_by: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
    signed_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    has_mandate: bool = True
    trace: Text = ""


class Decision(_Form):
    """A company accepts, refuses or withdraws."""

    company_id: Id
    decision: Literal["accepted", "refused", "withdrawn"]
    reason_code: Annotated[str, Field(pattern="^[a-z_]{0,40}$")] = ""
    is_by_phone: bool = False
    trace: Text = ""


class NewRun(_Form):
    """The assumptions of a run; those that are not named keep their defaults."""

    scenario: Annotated[dict[str, JsonValue], Field(max_length=100)] = Field(default_factory=dict)


class Rows(BaseModel):
    """Rows as the store gives them to this caller."""

    rows: list[dict[str, Any]]
