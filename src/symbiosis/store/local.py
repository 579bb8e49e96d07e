"""The local mode: one person, who owns every territory of this machine and needs no account."""

from __future__ import annotations

from symbiosis.store.commands import run
from symbiosis.store.database import Store
from symbiosis.store.parties import CreateTerritory
from symbiosis.store.principal import Principal

FIRST_TERRITORY = "Mon territoire"
"""Name of the territory that is made where there is none; whoever shows it says it in their language."""


def owner_at(store: Store, territory_id: str = "") -> Principal:
    """The owner of the machine at a territory of it.

    Parameters
    ----------
    store
        Of the machine.
    territory_id
        Which; the first one where it is not one of the machine, made where there is none.

    Returns
    -------
    Principal
    """
    with store.open(Principal.owner()) as session:
        known = [row["id"] for row in session.rows("territory", order_by=("created_at",))]
    if not known:
        # The same key wherever two tabs open at once: one first territory.
        known = [run(store, Principal.owner(), CreateTerritory(name=FIRST_TERRITORY), key="first-territory")["id"]]
    return Principal.owner(territory_id if territory_id in known else known[0])
