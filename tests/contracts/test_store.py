"""The contract of a store, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from tests.contracts.conftest import ADMIN, World

from symbiosis.errors import KeyReused, NotAllowed, NotFound, StaleVersion, StoreError
from symbiosis.store import (
    CreateCompany,
    Decide,
    DeclaredRow,
    DeleteRow,
    FoundMatch,
    ImportRows,
    Principal,
    RecordRun,
    RestoreRow,
    RevokeCharter,
    SaveProfile,
    SaveRow,
    SetVisibility,
    SharePrices,
    ShowCard,
    Side,
    SignCharter,
    Store,
    UndoImport,
    run,
)
from symbiosis.store.tables import new_id


def descriptions(store: Store, principal: Principal) -> list[str]:
    with store.open(principal) as session:
        return sorted(row["cells"]["description"] for row in session.rows("declared_row"))


def prices(store: Store, principal: Principal) -> list[str]:
    with store.open(principal) as session:
        return sorted(row["cells"]["outlet_cost_eur_per_unit"] for row in session.rows("declared_price"))


def save(world, who: Principal, which: int, key: str, *, version: int = 0, name: str = "O1", **cells: str):
    row = DeclaredRow(table_name="outputs", row_key=name, cells={"output_id": name, **cells}, company_id=world.companies[which])
    return run(world.store, who, SaveRow(territory_id=who.territory_id, row=row, version=version), key=key)


# ----------------------------------------------------------------------------------------------------------- who reads what


def test_a_member_reads_the_rows_and_prices_of_its_company_and_of_no_other(world) -> None:
    for which in range(3):
        assert descriptions(world.store, world.member(which, "reader")) == [f"SECRET-{which}"]
        assert prices(world.store, world.member(which, "reader")) == [f"PRICE-{which}"]


def test_a_facilitator_reads_the_rows_of_her_territory_and_the_prices_that_were_shared(world) -> None:
    assert descriptions(world.store, world.facilitator()) == ["SECRET-0", "SECRET-1"]
    assert prices(world.store, world.facilitator()) == []
    run(world.store, world.member(1), SharePrices(company_id=world.companies[1], is_shared=True), key="share")
    assert prices(world.store, world.facilitator()) == ["PRICE-1"]
    run(world.store, world.member(1), SharePrices(company_id=world.companies[1], is_shared=False), key="unshare")
    assert prices(world.store, world.facilitator()) == []


def test_the_engine_reads_figures_and_prices_and_no_person(world) -> None:
    engine = Principal.engine(world.territories[0])
    assert descriptions(world.store, engine) == ["SECRET-0", "SECRET-1"]
    assert prices(world.store, engine) == ["PRICE-0", "PRICE-1"]
    with world.store.open(engine) as session:
        assert session.rows("contact") == session.rows("user") == session.rows("audit") == []


def test_a_private_row_is_seen_by_its_company_alone(world) -> None:
    run(world.store, world.member(0), SetVisibility(row_id=world.rows[0], version=1, visibility="private"), key="hide")
    assert descriptions(world.store, world.facilitator()) == descriptions(world.store, Principal.engine(world.territories[0]))
    assert descriptions(world.store, world.facilitator()) == ["SECRET-1"]
    assert descriptions(world.store, world.member(0)) == ["SECRET-0"]
    with world.store.open(world.facilitator()) as session:
        assert session.rows("row_history") == []
    signed = SignCharter(company_id=world.companies[0], signed_by="PERSON-0", signed_on="2026-01-05")
    run(world.store, world.facilitator(), signed, key="charter")
    with pytest.raises(NotFound):
        save(world, world.facilitator(), 0, "over", description="over it")


def test_only_a_company_that_shows_its_card_is_known_to_the_others(world) -> None:
    with world.store.open(world.member(0)) as session:
        assert [row["name"] for row in session.rows("company")] == ["NAME-0"]
        assert session.rows("company_card") == []
    card = ShowCard(company_id=world.companies[1], is_shown=True, sector="Bois", commune="Metz")
    run(world.store, world.member(1), card, key="card")
    with world.store.open(world.member(0)) as session:
        assert [row["name"] for row in session.rows("company_card")] == ["NAME-1"]
    with world.store.open(world.member(2)) as session:
        assert session.rows("company_card") == []


@pytest.mark.parametrize("role", ["citizen", "planner"])
def test_planners_and_citizens_cannot_open_the_private_database(world, role: str) -> None:
    who = Principal.anonymous() if role == "citizen" else Principal(
        user_id=new_id(), role="planner", territory_id=world.territories[0]
    )  # fmt: skip
    with pytest.raises(NotAllowed), world.store.open(who):
        pass
    with world.store.open_published(who) as session:
        assert session.rows("publication") == []


def test_a_process_of_the_public_has_no_private_database(world) -> None:
    public = Store(None, world.store.published)
    with pytest.raises(StoreError), public.open(world.facilitator()):
        pass


@pytest.mark.parametrize("nobody", [None, "", 0, "admin"])
def test_nothing_opens_without_a_principal(world, nobody) -> None:
    for opens in (world.store.open, world.store.open_published, world.store.writing):
        with pytest.raises(StoreError, match="principal"), opens(nobody):
            pass


def test_a_published_row_is_read_at_its_level(world) -> None:
    from sqlalchemy import insert

    from symbiosis.store import tables

    facilitator = world.facilitator()
    with world.store.published.writing(facilitator) as connection:
        for number, level in enumerate(("public", "planner", "members")):
            connection.execute(
                insert(tables.publication).values(
                    territory_id=facilitator.territory_id,
                    version=number,
                    level=level,
                    title=level,
                    digest="0" * 64,
                    tables={},
                    report={},
                )
            )

    def titles(who: Principal) -> list[str]:
        with world.store.open_published(who) as session:
            return sorted(row["title"] for row in session.rows("publication"))

    planners = [Principal(user_id=new_id(), role="planner", territory_id=one) for one in world.territories]
    assert titles(Principal.anonymous()) == ["public"]
    assert titles(planners[0]) == ["planner", "public"]
    assert titles(planners[1]) == titles(world.member(2)) == ["public"]
    assert titles(world.member(0)) == ["members", "public"]
    assert titles(facilitator) == ["members", "planner", "public"]


# ------------------------------------------------------------------------------------------------------------------- writing


def test_a_member_cannot_write_for_a_rival_and_is_told_that_it_does_not_exist(world) -> None:
    for which in (1, 2):
        with pytest.raises(NotFound):
            save(world, world.member(0), which, f"foreign-{which}", description="x")
    missing = DeclaredRow(table_name="outputs", row_key="O9", cells={}, company_id=new_id())
    with pytest.raises(NotFound) as of_missing:
        run(world.store, world.member(0), SaveRow(territory_id=world.territories[0], row=missing), key="missing")
    with pytest.raises(NotFound) as of_foreign:
        run(world.store, world.member(0), DeleteRow(row_id=world.rows[1], version=1), key="foreign")
    assert type(of_missing.value) is type(of_foreign.value)
    assert descriptions(world.store, world.member(1)) == ["SECRET-1"]


def test_a_reader_may_not_write(world) -> None:
    with pytest.raises(NotAllowed):
        save(world, world.member(0, "reader"), 0, "reader", version=1, description="x")
    assert save(world, world.member(0, "editor"), 0, "editor", version=1, description="x")["version"] == 2


def test_a_facilitator_types_flows_with_a_mandate_only(world) -> None:
    with pytest.raises(NotAllowed):
        save(world, world.facilitator(), 0, "before", version=1, description="typed for them")
    signed = SignCharter(company_id=world.companies[0], signed_by="PERSON-0", signed_on="2026-01-05")
    charter = run(world.store, world.facilitator(), signed, key="charter")["id"]
    assert save(world, world.facilitator(), 0, "with", version=1, description="typed for them")["version"] == 2
    # The prices that she cannot see are still there.
    assert prices(world.store, world.member(0)) == ["PRICE-0"]
    run(world.store, world.member(0), RevokeCharter(charter_id=charter), key="revoke")
    with pytest.raises(NotAllowed):
        save(world, world.facilitator(), 0, "after", version=2, description="typed for them")


def test_a_command_that_is_sent_twice_with_its_key_is_done_once(world) -> None:
    first = save(world, world.member(0), 0, "same key", name="O2", description="once")
    assert save(world, world.member(0), 0, "same key", name="O2", description="once") == first
    assert len(descriptions(world.store, world.member(0))) == 2
    with pytest.raises(KeyReused):
        save(world, world.member(0), 0, "same key", name="O3", description="another")
    # Keys are the caller's own: the same one of somebody else is another.
    assert save(world, world.member(1), 1, "same key", name="O2", description="theirs") != first


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(world) -> None:
    save(world, world.member(0), 0, "first", version=1, description="first")
    with pytest.raises(StaleVersion) as stale:
        save(world, world.member(0), 0, "second", version=1, description="second")
    assert (stale.value.expected, stale.value.present) == (1, 2)
    assert descriptions(world.store, world.member(0)) == ["first"]


def test_nothing_that_counts_versions_is_changed_from_an_old_one(world) -> None:
    member = world.member(0)
    save(world, member, 0, "newer", version=1, description="newer")
    profile = SaveProfile(company_id=world.companies[0], name="NAME-0", profile={}, version=1)
    run(world.store, member, profile, key="profile")
    for number, stale in enumerate((
        DeleteRow(row_id=world.rows[0], version=1), SetVisibility(row_id=world.rows[0], version=1, visibility="private"),
        RestoreRow(row_id=world.rows[0], version=1, to_version=1), profile,
    )):  # fmt: skip
        with pytest.raises(StaleVersion):
            run(world.store, member, stale, key=f"stale-{number}")
    assert descriptions(world.store, member) == ["newer"]


def test_earlier_prices_are_shared_as_the_present_ones_are(world) -> None:
    save(world, world.member(0), 0, "changed", version=1, outlet_cost_eur_per_unit="55")

    def parts() -> set[str]:
        with world.store.open(world.facilitator()) as session:
            return {row["part"] for row in session.rows("row_history")}

    assert parts() == {"cells"}
    run(world.store, world.member(0), SharePrices(company_id=world.companies[0], is_shared=True), key="share")
    assert parts() == {"cells", "prices"}


def test_a_refused_command_changes_nothing_but_the_trace(world) -> None:
    with world.store.open(ADMIN) as session:
        before = session.count("audit")
    with pytest.raises(NotAllowed):
        save(world, world.member(0, "reader"), 0, "reader", version=1, description="x")
    with world.store.open(ADMIN) as session:
        lines = session.rows("audit", order_by=("seq",), descending=True, limit=1)
        assert session.count("audit") == before + 1
    assert lines[0]["action"] == "refused"
    with pytest.raises(NotFound):
        run(world.store, world.member(0), DeleteRow(row_id=world.rows[1], version=1), key="foreign")
    with world.store.open(ADMIN) as session:
        assert session.count("audit") == before + 2
    assert descriptions(world.store, world.member(0)) == ["SECRET-0"]


def test_every_change_can_be_undone(world) -> None:
    member = world.member(0)
    save(world, member, 0, "1", version=1, description="changed", outlet_cost_eur_per_unit="55")
    run(world.store, member, DeleteRow(row_id=world.rows[0], version=2), key="2")
    with world.store.open(member) as session:
        assert session.one("declared_row")["is_deleted"]
    run(world.store, member, RestoreRow(row_id=world.rows[0], version=3, to_version=1), key="3")
    with world.store.open(member) as session:
        row = session.one("declared_row")
        assert (row["cells"]["description"], row["version"], row["is_deleted"]) == ("SECRET-0", 4, False)
        assert [one["version"] for one in session.rows("row_history", order_by=("version",), part="cells")] == [1, 2, 3]
    assert prices(world.store, member) == ["PRICE-0"]
    with pytest.raises(NotFound):
        run(world.store, member, RestoreRow(row_id=world.rows[0], version=4, to_version=9), key="4")


def test_an_import_is_whole_or_nothing_and_twice_is_once(world) -> None:
    member = world.member(0)
    rows = tuple(
        DeclaredRow(table_name="outputs", row_key=f"I{i}", cells={"output_id": f"I{i}", "quantity": str(i)},
                    company_id=world.companies[0])
        for i in range(5)
    )  # fmt: skip

    def batch(rows: tuple[DeclaredRow, ...], key: str) -> dict:
        command = ImportRows(
            territory_id=member.territory_id, rows=rows, kind="register", file_name="r.csv", file_sha256="0" * 64,
            company_id=world.companies[0],
        )  # fmt: skip
        return run(world.store, member, command, key=key)

    wrong = DeclaredRow(table_name="outputs", row_key="W", cells={"no such column": "1"}, company_id=world.companies[0])
    with pytest.raises(StoreError):
        batch((*rows, wrong), "wrong")
    assert len(descriptions_or_keys(world, member)) == 1
    first = batch(rows, "one")
    assert (first["new"], first["changed"], first["same"]) == (5, 0, 0)
    again = batch(rows, "two")
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 5)
    with world.store.open(member) as session:
        assert session.count("row_history") == 0


def descriptions_or_keys(world, member: Principal) -> list[str]:
    with world.store.open(member) as session:
        return [row["row_key"] for row in session.rows("declared_row", is_deleted=False)]


def test_undoing_an_import_brings_back_what_was_but_not_over_later_changes(world) -> None:
    member, company = world.member(0), world.companies[0]
    rows = tuple(
        DeclaredRow(table_name="outputs", row_key=key, cells={"output_id": key, "quantity": "7"}, company_id=company)
        for key in ("O1", "N1", "N2")
    )
    batch = ImportRows(
        territory_id=member.territory_id, rows=rows, kind="own", file_name="f", file_sha256="1" * 64, company_id=company
    )
    done = run(world.store, member, batch, key="import")
    assert (done["new"], done["changed"]) == (2, 1)
    save(world, member, 0, "later", version=1, name="N2", quantity="8")
    assert run(world.store, member, UndoImport(batch_id=done["id"]), key="undo")["undone"] == 2
    with world.store.open(member) as session:
        kept = {row["row_key"]: row["cells"] for row in session.rows("declared_row", is_deleted=False)}
    assert kept["O1"]["description"] == "SECRET-0"
    assert kept["N2"]["quantity"] == "8"
    assert set(kept) == {"O1", "N2"}
    with pytest.raises(StoreError):
        run(world.store, member, UndoImport(batch_id=done["id"]), key="undo again")


def test_what_belongs_to_two_companies_is_the_facilitators(world) -> None:
    facilitator = world.facilitator()
    distance = DeclaredRow(
        table_name="distances", row_key="S0/S1", cells={"from_site_id": "S0", "to_site_id": "S1", "distance_km": "3"}
    )
    run(world.store, facilitator, SaveRow(territory_id=facilitator.territory_id, row=distance), key="distance")
    with world.store.open(facilitator) as session:
        assert session.count("declared_row", table_name="distances") == 1
    with world.store.open(world.member(0)) as session:
        assert session.count("declared_row", table_name="distances") == 0
    with pytest.raises(NotAllowed):
        run(world.store, world.member(0), SaveRow(territory_id=world.territories[0], row=distance, version=1), key="mine")


# ------------------------------------------------------------------------------------------------------------------- matches


@pytest.fixture
def match_id(world) -> str:
    found = FoundMatch(
        synergy_key="S1", giver=Side(company_id=world.companies[0], sheet={"gives": "12,5 t"}),
        taker=Side(company_id=world.companies[1], sheet={"takes": "12,5 t"}), sheet={"whole": True},
    )  # fmt: skip
    run(
        world.store,
        Principal.engine(world.territories[0]),
        RecordRun(territory_id=world.territories[0], matches=(found,)),
        key="r",
    )
    with world.store.open(world.facilitator()) as session:
        return session.one("match")["id"]


def test_each_company_reads_its_own_side_of_a_match_only(world, match_id: str) -> None:
    for which, sheet in ((0, {"gives": "12,5 t"}), (1, {"takes": "12,5 t"})):
        with world.store.open(world.member(which)) as session:
            side = session.one("match_side")
            assert side["sheet"] == sheet
            assert world.companies[1 - which] not in str(side)
            assert session.rows("match") == session.rows("match_contact") == session.rows("run") == []


def test_names_and_contacts_are_open_while_both_accept(world, match_id: str) -> None:
    def decide(which: int, decision: str, key: str) -> bool:
        command = Decide(match_id=match_id, company_id=world.companies[which], decision=decision)
        return run(world.store, world.member(which), command, key=key)["is_open"]

    def seen(which: int) -> list[str]:
        with world.store.open(world.member(which)) as session:
            return [row["contact_name"] for row in session.rows("match_contact")]

    assert not decide(0, "accepted", "1")
    assert seen(0) == seen(1) == []
    assert decide(1, "accepted", "2")
    assert (seen(0), seen(1)) == (["PERSON-1"], ["PERSON-0"])
    assert not decide(0, "withdrawn", "3")
    assert seen(0) == seen(1) == []
    with pytest.raises(NotFound):
        run(
            world.store, world.member(2), Decide(match_id=match_id, company_id=world.companies[2], decision="accepted"), key="4"
        )


def test_a_consent_by_phone_needs_a_mandate_and_says_how_it_was_given(world, match_id: str) -> None:
    spoken = Decide(
        match_id=match_id, company_id=world.companies[0], decision="accepted", is_by_phone=True, trace="call of 2026-02-03"
    )
    with pytest.raises(NotAllowed):
        run(world.store, world.facilitator(), spoken, key="1")
    signed = SignCharter(company_id=world.companies[0], signed_by="PERSON-0", signed_on="2026-01-05")
    run(world.store, world.facilitator(), signed, key="2")
    silent = Decide(match_id=match_id, company_id=world.companies[0], decision="accepted")
    with pytest.raises(StoreError):
        run(world.store, world.facilitator(), silent, key="3")
    run(world.store, world.facilitator(), spoken, key="4")


# --------------------------------------------------------------------------------------------------------------------- trace


def test_a_company_reads_who_saw_its_rows(world) -> None:
    descriptions(world.store, world.facilitator())
    with world.store.open(world.member(0)) as session:
        lines = session.rows("audit", action="read")
    assert [(line["user_id"], line["resource"]) for line in lines] == [(world.facilitator_ids[0], "declared_row")]
    with world.store.open(world.member(2)) as session:
        assert session.rows("audit", action="read") == []


def test_no_value_that_was_declared_stands_in_the_trace(world, match_id: str) -> None:
    descriptions(world.store, world.facilitator())
    with world.store.open(ADMIN) as session:
        told = str(session.rows("audit"))
    assert not any(word in told for word in ("SECRET", "PRICE", "PERSON", "NAME-", "NACE", "12,5"))


def test_a_company_that_an_import_entered_leaves_with_it_unless_something_speaks_of_it(world: World) -> None:
    facilitator = world.facilitator()
    entered = [
        CreateCompany(territory_id=facilitator.territory_id, name=f"N{place}", actor_key=f"N{place}", company_id=new_id())
        for place in range(2)
    ]
    batch = ImportRows(
        territory_id=facilitator.territory_id, rows=(), kind="sirene", file_name="f", file_sha256="0" * 64,
        companies=tuple(entered),
    )  # fmt: skip
    made = run(world.store, facilitator, batch, key="batch")
    assert run(world.store, facilitator, batch, key="batch") == made
    kept = SignCharter(company_id=entered[1].company_id, signed_by="A. Fictive", signed_on="2026-01-01")
    run(world.store, facilitator, kept, key="charter")
    undone = run(world.store, facilitator, UndoImport(batch_id=made["id"]), key="undo")
    assert (made["companies"], undone["companies"]) == (2, 1)
    with world.store.open(facilitator) as session:
        assert {row["actor_key"] for row in session.rows("company")} & {"N0", "N1"} == {"N1"}
