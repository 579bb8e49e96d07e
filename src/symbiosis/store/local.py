"""The local mode: one person, who owns every territory of this machine, needs no account and administers no database."""

from __future__ import annotations

import os
from pathlib import Path

from symbiosis.errors import SchemaError
from symbiosis.store import schema
from symbiosis.store.backup import back_up, forget, is_empty
from symbiosis.store.commands import run
from symbiosis.store.database import URLS, Store, data_folder
from symbiosis.store.parties import CreateTerritory
from symbiosis.store.places import places
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
        Which; where it is not one of the machine, the first that holds a company, else the first, made where there is none.

    Returns
    -------
    Principal
    """
    with store.open(Principal.owner()) as session:
        known = [row["id"] for row in session.rows("territory", order_by=("created_at",))]
    if not known:
        # The same key wherever two tabs open at once: one first territory.
        known = [run(store, Principal.owner(), CreateTerritory(name=FIRST_TERRITORY), key="first-territory")["id"]]
    if territory_id in known:
        return Principal.owner(territory_id)
    # The empty one that is made for a start stands in nobody's way once another holds something.
    return next((owner for owner in map(Principal.owner, known) if len(known) > 1 and _holds_company(store, owner)),
                Principal.owner(known[0]))  # fmt: skip


def _holds_company(store: Store, owner: Principal) -> bool:
    with store.open(owner) as session:
        return session.count("company") > 0


def bring_up_to_date() -> Path | None:
    """Brings the databases of this machine to the schema of this release, once what they hold has been copied.

    The copy stands in ``copies`` of the data folder, and goes after :data:`~symbiosis.store.backup.KEPT_DAYS` days. A database
    of PostgreSQL is left to whoever owns it.

    Returns
    -------
    pathlib.Path or None
        The copy; ``None`` where no schema was older, or the databases held no row.

    Raises
    ------
    SchemaError
        If one of them is newer; both are left as they are then.
    StoreError
        If the copy cannot be trusted; both are left as they are then.
    """
    if any(os.environ.get(url) for url in URLS.values()):
        return None
    copies = data_folder() / "copies"
    forget(copies)
    here = [place for place in places(data_folder()) if Path(place.at).exists()]
    is_older = False
    for place in here:
        with place.owning() as connection:
            present, needed = schema.version(connection), schema.latest(place.which)
        if present > needed:
            raise SchemaError(place.which, present, needed)
        is_older = is_older or "" < present < needed
    if not is_older:
        return None
    copy = None if all(map(is_empty, here)) else back_up(here, copies)
    for place in here:
        place.migrate()
    return copy
