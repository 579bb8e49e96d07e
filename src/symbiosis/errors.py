"""Errors: a small tree. Each carries its data; sentences are made where people read them.

::

    SymbiosisError
    ├── DeclarationError      what a territory declared cannot be used; holds every Problem found
    ├── CatalogueError        the catalogue contradicts itself or its schema
    ├── ScenarioError         an assumption that the engine does not know or cannot use
    ├── DeploymentError       a server that may not start as it is set up
    ├── UnitError             a quantity that cannot be stated in the unit asked for
    ├── DisclosureError       a table that the disclosure gate cannot judge or must not let through
    ├── ProgramError          the mathematical programme is malformed (labels, infinities, bounds)
    ├── StoreError            the store cannot be used as it is (schema, settings, damaged copy)
    │   ├── NotAllowed        the permission matrix refuses
    │   ├── NotFound          there is no such thing, or it is somebody else's: the same answer for both
    │   ├── SchemaError       a database was written by an older or a newer release
    │   ├── StaleVersion      somebody else changed it in the meantime
    │   └── KeyReused         the key of an earlier command came with another command
    └── SolverError           the solver failed, or its answer does not verify
        └── InfeasibleError   commitments and limits contradict each other; holds the Conflicts
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or doubtful, at one place of what was handed in.

    Attributes
    ----------
    severity
        ``error``: the data cannot be used as it is; ``warning``: it was read, somebody should look.
    code
        Stable name of the kind of problem, the key of its sentence.
    file
        Name of the file, as the person knows it; empty when there is none.
    table
        Name of the table in the data dictionary; empty when the problem is the file's or the folder's.
    row
        Line as a spreadsheet shows it, the heading line being 1; ``None`` when no single line is meant.
    column
        Name of the column in the data dictionary, or the heading as it was written when it is unknown.
    value
        The cell as it was written.
    data
        What the sentence needs besides: suggestions, bounds, the other line.
    """

    code: str
    severity: Severity = "error"
    file: str = ""
    table: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str, int, str, str]:
        """Sort key: file, table, row, column, code."""
        return (self.file, self.table, self.row or 0, self.column, self.code)


class SymbiosisError(Exception):
    """Root of what this package raises on purpose."""


class DeclarationError(SymbiosisError):
    """The declarations cannot be used; :attr:`problems` holds all that was found, warnings included.

    Parameters
    ----------
    problems
        Every problem, in the order of files and rows.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        errors = sum(p.severity == "error" for p in problems)
        first = next((p for p in problems if p.severity == "error"), None)
        place = "" if first is None else f"; first: {first.code} at {first.file or first.table}, row {first.row}"
        super().__init__(f"{errors} error(s), {len(problems) - errors} warning(s){place}")


class CatalogueError(SymbiosisError):
    """The catalogue contradicts itself or its schema; :attr:`problems` says where.

    Parameters
    ----------
    message
        What is wrong, for a developer.
    problems
        The places, when they are known.
    """

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        self.problems = problems
        super().__init__(message)


class ScenarioError(SymbiosisError):
    """An assumption that the engine does not know or cannot use."""


class DeploymentError(SymbiosisError):
    """A server that may not start, or may not do something, as it is set up."""


class UnitError(SymbiosisError):
    """A quantity that cannot be stated in the unit asked for.

    Parameters
    ----------
    message
        What is wrong, for a developer.
    pairs
        The (unit, reference unit) couples that do not convert.
    """

    def __init__(self, message: str, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        self.pairs = pairs
        super().__init__(message)


class DisclosureError(SymbiosisError):
    """A table that the disclosure gate cannot judge, or that beside what was published would give figures away."""


class ProgramError(SymbiosisError):
    """The mathematical programme is malformed: labels that do not match, infinities, bounds that cross."""


class StoreError(SymbiosisError):
    """The store cannot be used as it is: wrong schema, unsafe settings, a damaged copy, a command that contradicts itself."""


class NotAllowed(StoreError):  # noqa: N818  # named as people say it
    """The permission matrix refuses.

    Parameters
    ----------
    action, resource
        Row of the matrix.
    role
        The role that was acted in.
    """

    def __init__(self, action: str, resource: str, role: str) -> None:
        self.action, self.resource, self.role = action, resource, role
        super().__init__(f"{role} may not {action} {resource}")


class NotFound(StoreError):  # noqa: N818
    """There is no such thing, or it is somebody else's: who asks cannot tell which.

    Parameters
    ----------
    resource
        Kind of the thing.
    """

    def __init__(self, resource: str) -> None:
        self.resource = resource
        super().__init__(f"no such {resource}")


class SchemaError(StoreError):
    """A database was written by an older or a newer release.

    Parameters
    ----------
    which
        Of the two databases.
    present, needed
        Version of the schema that stands, empty for none; version that this release works with.
    """

    def __init__(self, which: str, present: str, needed: str) -> None:
        self.which, self.present, self.needed = which, present, needed
        remedy = "symbiosis migrate" if self.is_older else "a later release"
        super().__init__(f"the {which} database has schema {present or 'none'}, this release needs {needed}: {remedy}")

    @property
    def is_older(self) -> bool:
        """Whether the database is to be brought to this release; else a later release is needed."""
        return self.present < self.needed


class StaleVersion(StoreError):  # noqa: N818
    """Somebody else changed the thing since it was read.

    Parameters
    ----------
    resource
        Kind of the thing.
    expected, present
        Version that was read, version that stands.
    """

    def __init__(self, resource: str, expected: int, present: int) -> None:
        self.resource, self.expected, self.present = resource, expected, present
        super().__init__(f"{resource}: version {expected} was read, version {present} stands")


class KeyReused(StoreError):  # noqa: N818
    """The key of an earlier command came with another command."""


class SolverError(SymbiosisError):
    """The solver failed, or its answer does not pass our own arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One of the commitments and limits that cannot all be held: without any one of the list, the others can.

    Attributes
    ----------
    kind
        ``need_minimum``, ``output_minimum``, ``limit_minimum`` or ``limit_maximum``.
    name
        Id of the need or output, or name of the indicator.
    asked
        The figure that is asked for.
    reached
        How far it can be held when all the others of the list are; NaN where that was not computed.
    unit
        Of both figures; empty for an indicator, whose name says it.
    actor_name, description
        Whose flow it is, and its words; empty for an indicator.
    """

    kind: str
    name: str
    asked: float
    reached: float
    unit: str = ""
    actor_name: str = ""
    description: str = ""


class InfeasibleError(SolverError):
    """Commitments and limits contradict each other.

    Parameters
    ----------
    conflicts
        A set of them that cannot all be held and of which none is superfluous.
    """

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        self.conflicts = conflicts
        listed = "; ".join(f"{c.kind} {c.name}: {c.asked:g} asked, {c.reached:g} within reach" for c in conflicts)
        super().__init__(f"infeasible: {listed}")
