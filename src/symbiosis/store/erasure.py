"""Erasing a person or a company so that nothing of them is left: no row, no copy in the history, no byte in the file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Table, Text, delete, or_, select, text, update

from symbiosis.errors import NotFound, StoreError
from symbiosis.store import audit, postgresql, sqlite, tables
from symbiosis.store.places import Place
from symbiosis.store.principal import Principal

BLANK = "–"
_OPERATOR = Principal.owner()
# The chain of the trace holds ids only, and must not be rewritten.
_KEPT = ("audit",)


def erase_person(place: Place, email: str) -> int:
    """Erases whoever has an e-mail: account, contact, invitations, signatures, and mentions in what was typed.

    Parameters
    ----------
    place
        The private database.
    email
        Of the account or of the contact.

    Returns
    -------
    int
        Rows that were changed.

    Raises
    ------
    NotFound
        If nobody has it.
    StoreError
        If a byte is left in the file.
    """
    with place.owning() as connection:
        words = _identity(connection, email)
        changed = sum(_blanked(connection, table, words) for table in tables.private.sorted_tables if table.name not in _KEPT)
        accounts = select(tables.user.c.id).where(tables.user.c.email == BLANK)
        for user_id in connection.execute(accounts).scalars().all():
            for table in (tables.user_session, tables.api_token):
                connection.execute(delete(table).where(table.c.user_id == user_id))
            member = tables.member
            connection.execute(update(member).where(member.c.user_id == user_id).values(revoked_at=tables.now()))
            closed = {"email": f"{BLANK}{user_id}", "disabled_at": tables.now(),
                      **dict.fromkeys(("password_hash", "identity_sha256", "totp_secret"), "")}  # fmt: skip
            connection.execute(update(tables.user).where(tables.user.c.id == user_id).values(**closed))
        audit.append(connection, _OPERATOR, action="erase", resource="person", detail={"rows": changed})
    _scrub(place, words)
    return changed


def erase_company(place: Place, company_id: str) -> int:
    """Erases a company: its rows, prices, history, matches, contacts, charters and rights.

    Parameters
    ----------
    place
        The private database.
    company_id
        Which.

    Returns
    -------
    int
        Rows that were deleted.

    Raises
    ------
    NotFound
        If there is no such company.
    StoreError
        If a byte of its people is left in the file.
    """
    with place.owning() as connection:
        found = connection.execute(select(tables.company).where(tables.company.c.id == company_id)).mappings().one_or_none()
        if found is None:
            raise NotFound("company")
        contact, match = tables.contact, tables.match
        people = connection.execute(select(contact).where(contact.c.company_id == company_id)).mappings()
        words = {row[name] for row in people for name in ("name", "email", "phone") if row[name]}
        parties = or_(match.c.giver_id == company_id, match.c.taker_id == company_id)
        matches = connection.execute(select(match.c.id).where(parties)).scalars().all()
        deleted = _erase_stories(connection, company_id, matches)
        for table in reversed(tables.private.sorted_tables):
            if table.name in _KEPT:
                continue
            wheres = [table.c[name] == company_id for name in ("company_id", "other_company_id") if name in table.c]
            if "match_id" in table.c:
                wheres.append(table.c.match_id.in_(matches))
            if table in (match, tables.company):
                wheres.append(table.c.id.in_(matches) if table is match else table.c.id == company_id)
            if "member_id" in table.c:
                members = select(tables.member.c.id).where(tables.member.c.company_id == company_id)
                wheres.append(table.c.member_id.in_(members))
            if wheres:
                deleted += connection.execute(delete(table).where(or_(*wheres))).rowcount
        # What earlier runs say of it to the others' facilitator.
        for table in (tables.run, match, tables.match_side):
            _blanked(connection, table, {found["name"]})
        # Who has an account, or is a contact of another company too, stays there.
        for table in (tables.user, contact):
            for row in connection.execute(select(table)).mappings():
                words -= {row.get(name) for name in ("name", "email", "phone")}
        audit.append(
            connection, _OPERATOR, action="erase", resource="company", territory_id=found["territory_id"],
            company_id=company_id, detail={"rows": deleted},
        )  # fmt: skip
    _scrub(place, words)
    return deleted


def _erase_stories(connection: Connection, company_id: str, matches: Collection[str]) -> int:
    """Stories that a company took part in, or that tell a project which goes with its matches; all their sides."""
    story, side, project = tables.story, tables.story_side, tables.project
    of_match = select(project.c.id).where(project.c.match_id.in_(matches))
    mine = select(side.c.story_id).where(side.c.company_id == company_id)
    where = or_(story.c.id.in_(mine), story.c.project_id.in_(of_match))
    gone = connection.execute(select(story.c.id).where(where)).scalars().all()
    sides = connection.execute(delete(side).where(side.c.story_id.in_(gone))).rowcount
    return sides + connection.execute(delete(story).where(story.c.id.in_(gone))).rowcount


def published_stories(place: Place, company_id: str) -> list[tuple[str, str]]:
    """Published stories of a company, to be taken out of sight before it is erased: territory and publication.

    Parameters
    ----------
    place
        The private database.
    company_id
        Which.

    Returns
    -------
    list of tuple
    """
    story, side = tables.story, tables.story_side
    asked = select(story.c.territory_id, story.c.publication_id).join(side, side.c.story_id == story.c.id)
    with place.owning() as connection:
        found = connection.execute(asked.where(side.c.company_id == company_id, story.c.publication_id != ""))
        return [(territory_id, publication_id) for territory_id, publication_id in found]


def _identity(connection: Connection, email: str) -> set[str]:
    """What names the person: e-mail, telephone, and the full name (a word alone would erase homonyms)."""
    words: set[str] = set()
    for table in (tables.user, tables.contact, tables.invitation):
        for row in connection.execute(select(table).where(table.c.email == email)).mappings():
            words |= {row[name] for name in ("email", "phone", "name") if row.get(name)}
    if not words:
        raise NotFound("person")
    return {word for word in words if "@" in word or " " in word or any(map(str.isdigit, word))} | {email}


def _blanked(connection: Connection, table: Table, words: Collection[str]) -> int:
    """Takes words out of every text of a table; a personal row loses its other personal cells with them."""
    written = [column for column in table.columns if isinstance(column.type, Text | JSON) or column.info.get("personal")]
    personal = {column.name for column in written if column.info.get("personal")}
    key = list(table.primary_key.columns)
    changed = 0
    for row in connection.execute(select(*key, *(c for c in written if not c.primary_key))).mappings().all():
        values: dict[str, Any] = {c.name: _without(row[c.name], words) for c in written}
        if any(row[name] and values[name] != row[name] for name in personal):
            values |= dict.fromkeys(personal, "") | ({"email": BLANK} if table is tables.user else {})
        values = {name: value for name, value in values.items() if value != row[name]}
        if values:
            this = [column == row[column.name] for column in key]
            connection.execute(update(table).where(*this).values(**values))
            changed += 1
    return changed


def _without(value: Any, words: Collection[str]) -> Any:
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, BLANK)
        return value
    if isinstance(value, Mapping):
        return {_without(name, words): _without(one, words) for name, one in value.items()}
    return [_without(one, words) for one in value] if isinstance(value, list) else value


def _scrub(place: Place, words: Collection[str]) -> None:
    """Rewrites the file, so that what was deleted is not in its free pages nor in its log, and looks for it."""
    if not isinstance(place.at, Path):
        engine = postgresql.engine(place.at, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("vacuum full"))
        engine.dispose()
        return
    with sqlite.opened(place.at) as connection:
        connection.execute("VACUUM").close()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    files = [file for file in place.at.parent.glob(f"{place.at.name}*") if file.is_file()]
    left = sum(file.read_bytes().count(form) for file in files for word in words for form in _forms(word))
    if left:
        raise StoreError(f"{left} copies are left in the file: close what has it open, and erase again")


def _forms(word: str) -> set[bytes]:
    """A word as it stands in a cell of text, and in one of JSON."""
    return {word.encode(), json.dumps(word)[1:-1].encode()}
