"""The trace shows each alteration; what is erased leaves no byte; a dump of PostgreSQL holds its rows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from tests.contracts.conftest import Server, World, output

from symbiosis.errors import NotFound, StoreError
from symbiosis.store import (
    Decide,
    FoundMatch,
    Principal,
    RecordRun,
    RevokeCharter,
    SaveContact,
    SaveRow,
    Side,
    SignCharter,
    Store,
    audit,
    run,
    tables,
)
from symbiosis.store.backup import back_up, restore
from symbiosis.store.erasure import erase_company, erase_person
from symbiosis.store.places import Place, places
from symbiosis.store.sqlite import Sqlite

NAME, EMAIL, PHONE = "Zoé Fictive-Exemple", "zoe.fictive@example.org", "03 99 00 11 22"


def place(world: World) -> Place:
    """The private database, for its owner."""
    database = world.store.private
    if isinstance(database, Sqlite):
        return Place("private", database.file)
    return Place("private", database._engine.url.set(username="postgres").render_as_string(hide_password=False))


def test_one_altered_line_of_the_trace_is_found_whichever_it_is(sqlite_world: World) -> None:
    for number in range(40):
        row = output(sqlite_world.companies[0], f"L{number}", description="x")
        run(
            sqlite_world.store,
            sqlite_world.member(0),
            SaveRow(territory_id=sqlite_world.territories[0], row=row),
            key=f"{number}",
        )
    chance = random.Random(3)
    changes = {
        "user_id": "f" * 32,
        "action": "nothing",
        "at": "2020-01-01",
        "company_id": None,
        "detail": {"x": 1},
        "hash": "0" * 64,
    }
    with place(sqlite_world).owning() as connection:
        assert audit.broken(connection) == []
        last = connection.execute(select(tables.audit.c.seq).order_by(tables.audit.c.seq.desc()).limit(1)).scalar_one()
        for _ in range(50):
            seq, (column, value) = chance.randrange(1, last + 1), chance.choice(list(changes.items()))
            point = connection.begin_nested()
            connection.execute(update(tables.audit).where(tables.audit.c.seq == seq).values({column: value}))
            assert audit.broken(connection), (seq, column)
            point.rollback()
        for seq in range(1, last):
            point = connection.begin_nested()
            connection.execute(tables.audit.delete().where(tables.audit.c.seq == seq))
            assert audit.broken(connection) == [seq + 1]
            point.rollback()


def peopled(world: World) -> str:
    """The person stands in an account, a contact, an invitation, a charter, a text, a history and an opened match."""
    store, member = world.store, world.member(0)
    here, (ours, theirs) = world.territories[0], world.companies[:2]
    with store.writing(Principal.accounts()) as connection:
        connection.execute(insert(tables.user).values(id=tables.new_id(), email=EMAIL, name=NAME, password_hash="HASH-OF-ZOE"))
        secret = {"token_sha256": "1" * 64, "expires_at": "2999"}
        connection.execute(
            insert(tables.invitation).values(territory_id=here, company_id=ours, email=EMAIL, role="reader", **secret)
        )
    contact = SaveContact(company_id=ours, name=NAME, email=EMAIL, phone=PHONE)
    run(store, member, contact, key="zoe")
    charter = run(store, member, SignCharter(company_id=ours, signed_by=NAME, signed_on="2026-01-05"), key="charter")["id"]
    run(store, member, RevokeCharter(charter_id=charter), key="revoke")
    for version, words in enumerate((f"demander à {NAME}, {EMAIL}", f"tél. {PHONE}", "rien")):
        row = output(ours, "Z", description=words)
        run(store, member, SaveRow(territory_id=here, row=row, version=version), key=f"row{version}")
    found = FoundMatch(
        synergy_key="S", giver=Side(company_id=ours, sheet={}), taker=Side(company_id=theirs, sheet={}),
        sheet={"giver": "NAME-0", "who": NAME},
    )  # fmt: skip
    match = run(
        store, Principal.engine(here), RecordRun(territory_id=here, matches=(found,), summary={"of": "NAME-0"}), key="run"
    )
    with store.open(world.facilitator()) as session:
        match = session.one("match")["id"]
    for which in (0, 1):
        decided = Decide(match_id=match, company_id=world.companies[which], decision="accepted")
        run(store, world.member(which), decided, key="decide")
    return match


def words_left(world: World, *words: str) -> list[str]:
    """Words that the rows, or the bytes of the files, still hold."""
    with place(world).owning() as connection:
        rows = [row for table in tables.private.sorted_tables for row in connection.execute(select(table)).all()]
    told = json.dumps([list(row) for row in rows], ensure_ascii=False, default=str)
    found = [word for word in words if word in told]
    if isinstance(world.store.private, Sqlite):
        content = b"".join(
            file.read_bytes() for file in world.store.private.file.parent.iterdir() if file.name.startswith("private")
        )
        found += [word for word in words for form in (word.encode(), json.dumps(word)[1:-1].encode()) if form in content]
    return found


def test_nothing_is_left_of_an_erased_person(world: World) -> None:
    peopled(world)
    assert set(words_left(world, NAME, EMAIL, PHONE)) == {NAME, EMAIL, PHONE}
    world.store.close()
    assert erase_person(place(world), EMAIL) >= 7
    assert words_left(world, NAME, EMAIL, PHONE, "HASH-OF-ZOE") == []
    with world.store.open(world.member(0)) as session:
        assert session.one("declared_row", row_key="Z")["cells"]["description"] == "rien"
        assert {row["name"] for row in session.rows("contact")} == {"PERSON-0", ""}
    with place(world).owning() as connection:
        assert audit.broken(connection) == []
    with pytest.raises(NotFound):
        erase_person(place(world), EMAIL)


def test_nothing_is_left_of_an_erased_company_and_its_rivals_keep_theirs(world: World) -> None:
    peopled(world)
    world.store.close()
    assert erase_company(place(world), world.companies[0]) > 10
    assert words_left(world, PHONE, "SECRET-0", "PRICE-0", "PERSON-0", "NAME-0", "NACE-0", "person-0@") == []
    assert set(words_left(world, NAME, EMAIL)) == {NAME, EMAIL}  # her account is hers, not the company's
    with world.store.open(world.member(1)) as session:
        assert session.one("declared_row")["cells"]["description"] == "SECRET-1"
        assert session.rows("match_contact") == session.rows("match_side") == []
    with pytest.raises(NotFound):
        erase_company(place(world), world.companies[0])


def test_a_dump_of_postgresql_brings_its_rows_back_and_an_empty_one_is_red(
    postgresql_world: World, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{server.bin}:/usr/bin:/bin")
    private = place(postgresql_world)
    copy = back_up([private], tmp_path)
    told = json.loads((copy / "manifest.json").read_text())["databases"]["private"]["rows"]
    assert (told["company"], told["declared_row"], told["contact"]) == (3, 3, 3)
    with pytest.raises(StoreError, match="would be lost"):
        restore(copy, [private])
    fresh = server.fresh("template_published")
    owner = server.engine(fresh)
    with owner.begin() as connection:
        connection.execute(text("drop table publication_cell, publication, alembic_version"))
    owner.dispose()
    target = Place("private", server.url(fresh))
    assert restore(copy, [target])["private"]["company"] == 3
    empty = Place("private", server.url(server.fresh("template_private")))
    with pytest.raises(StoreError, match="no row"):
        back_up([empty], tmp_path)


def test_old_copies_go_and_a_new_one_stays(sqlite_world: World, tmp_path: Path) -> None:
    data = sqlite_world.store.private.file.parent
    old, recent = (back_up(places(data), tmp_path) for _ in range(2))
    manifest = json.loads((old / "manifest.json").read_text())
    (old / "manifest.json").write_text(json.dumps(manifest | {"made_at": "2020-01-01T00:00:00+00:00"}))
    new = back_up(places(data), tmp_path)
    assert {one.name for one in tmp_path.glob("symbiosis-*")} == {recent.name, new.name}


def test_whoever_opens_a_store_after_an_erasure_finds_it_whole(sqlite_world: World) -> None:
    peopled(sqlite_world)
    sqlite_world.store.close()
    erase_company(place(sqlite_world), sqlite_world.companies[0])
    store = Store.at(sqlite_world.store.private.file.parent)
    with store.open(sqlite_world.facilitator()) as session:
        assert [row["name"] for row in session.rows("company")] == ["NAME-1"]
    store.close()
