"""A store with a fictional network of five companies: one gives pallets, four could take them, one of these bears canaries.

Each company's canaries are words and figures that nobody else's page, sheet or message may show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

from tests.small_territory import table

from symbiosis import workspace
from symbiosis.declarations import Declarations, build
from symbiosis.engine import Proposal
from symbiosis.scenario import Scenario
from symbiosis.store import Command, Principal, SaveContact, SignCharter, Store, run
from symbiosis.store.tables import new_id
from symbiosis.workspace import Territory
from symbiosis.workspace.recording import record_run
from symbiosis.workspace.stored import import_territory

RIVAL = "Zibeline"
CANARIES = ("Zibeline", "Zanzibourg", "zygomatique", "7341", "91.37", "91,37", "7 341", "7\u202f341")
"""Of the company `taker_0`, which the giver is matched with: name, commune, words, quantity, price."""

GIVER_CANARIES = ("Ocelot", "Outremécourt", "orphéon", "6173", "6\u202f173", "44.19", "44,19")


def declarations(*, takers: int = 4, rival_price: str = "91.37", rival_quantity: str = "7341") -> Declarations:
    """The network as files would tell it.

    Parameters
    ----------
    takers
        How many could take the pallets.
    rival_price, rival_quantity
        What the rival alone knows.
    """
    actors = ["actor_id, name, nace", "giver, Ocelot Emballages (fictif), 16.24Z"]
    sites = ["site_id, actor_id, commune, latitude, longitude, permit_headings", "sg, giver, Outremécourt, 49.30, 6.10,"]
    needs = ["need_id, site_id, description, material_id, quantity, unit, price_eur_per_unit, evidence"]
    for number in range(takers):
        name = f"{RIVAL} Bois (fictif)" if number == 0 else f"Preneur {number} (fictif)"
        commune, words = ("Zanzibourg", "caisses zygomatiques") if number == 0 else ("Florange", "palettes à réemployer")
        price, quantity = (rival_price, rival_quantity) if number == 0 else ("5", "6500")
        actors.append(f"taker_{number}, {name}, 49.41A")
        sites.append(f"s{number}, taker_{number}, {commune}, {49.31 + number / 100}, 6.11, 2714")
        needs.append(f"n{number}, s{number}, {words}, pallets_lost, {quantity}, t, {price}, weighed")
    outputs = [
        "output_id, site_id, description, material_id, legal_status, quantity, unit, outlet_cost_eur_per_unit, evidence",
        "o1, sg, palettes orphéon, pallets_lost, product, 6173, t, 44.19, weighed",
    ]
    texts = {"actors": actors, "sites": sites, "outputs": outputs, "needs": needs}
    return build(
        {name: table("\n".join(lines)) for name, lines in texts.items()},
        facts={"name_fr": "Réseau fictif", "is_synthetic": True},
    )


@dataclass(frozen=True, slots=True)
class Network:
    """The store, its territory and the ids of its companies by their actor."""

    store: Store
    territory_id: str
    companies: dict[str, str]

    @property
    def owner(self) -> Principal:
        """Of the machine."""
        return Principal.owner(self.territory_id)

    @property
    def facilitator(self) -> Principal:
        """Of the territory."""
        return Principal(user_id="f" * 32, role="facilitator", territory_id=self.territory_id)

    def member(self, actor: str, role: str = "company_admin") -> Principal:
        """Somebody of a company."""
        return Principal(user_id=new_id(), role=role, territory_id=self.territory_id, company_ids=(self.companies[actor],))

    def do(self, command: Command, principal: Principal | None = None) -> dict[str, object]:
        """Runs a command, as the owner by default."""
        return run(self.store, principal or self.owner, command, key=uuid4().hex)

    def mandate(self, actor: str) -> None:
        """The company signs."""
        self.do(SignCharter(company_id=self.companies[actor], signed_by="Direction", signed_on="2026-11-02"))


def network(folder: Path, *, takers: int = 4) -> Network:
    """A store in a folder, with a contact for the rival and no run yet."""
    store = Store.at(folder)
    territory = Territory(name="fictif", folder=Path(), declarations=declarations(takers=takers))
    territory_id = import_territory(store, territory)
    with store.open(Principal.owner(territory_id)) as session:
        companies = {row["actor_key"]: row["id"] for row in session.rows("company")}
    made = Network(store=store, territory_id=territory_id, companies=companies)
    made.do(SaveContact(company_id=companies["taker_0"], name="Contact zygomatique", phone="0 7341"))
    return made


@cache
def matched(takers: int = 4, rival_price: str = "91.37", rival_quantity: str = "7341") -> Proposal:
    """The proposal of a network, computed once for all tests; arguments as for :func:`declarations`."""
    told = declarations(takers=takers, rival_price=rival_price, rival_quantity=rival_quantity)
    territory = Territory(name="fictif", folder=Path(), declarations=told)
    return workspace.match(territory, workspace.load_catalogue(), Scenario())


def recorded(made: Network, principal: Principal | None = None) -> None:
    """Records what each company is told of the run on what the network holds at first."""
    record_run(made.store, principal or made.owner, matched(), territory_id=made.territory_id)
