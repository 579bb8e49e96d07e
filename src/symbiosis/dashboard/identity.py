"""Who looks at the page: the one place that pages ask, at each run, for their store and their principal.

::

    store, principal = identity.current()  # stops the page where nobody may see it
    with store.open(principal) as session:
        ...

In ``local`` mode it is the owner of the machine, with the territory at hand. In ``server`` mode it is whoever the gate has let
in, judged again at each run: what was withdrawn a moment ago shows nothing more. In ``public`` mode it is an anonymous citizen,
who has the published database only. Nothing else in the dashboard decides who somebody is.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from symbiosis.dashboard.text import _
from symbiosis.deployment import Deployment
from symbiosis.store import Principal, Store, data_folder
from symbiosis.store.local import FIRST_TERRITORY, owner_at
from symbiosis.store.permissions import matrix
from symbiosis.store.sessions import Membership, Person, person, switch_role

HEADER, KEY = "x-symbiosis-session", "session"
"""The header by which the gate says who it has let in, and its key in ``st.user``."""

PURPOSE = "session"
_KEPT = frozenset(("language", "language_switch"))
_WHO = "_whose_session_state"


class Identity(NamedTuple):
    """Where a page reads, and as whom."""

    store: Store
    principal: Principal


def current() -> Identity:
    """The store and the principal of this run; stops the page where nobody may see it.

    What ``st.session_state`` holds of somebody else, of another role or of another territory is gone when this returns.
    """
    deployment = Deployment.of_this_process()
    if deployment.mode == "public":
        return Identity(open_store(is_public=True), Principal.anonymous())
    store = open_store()
    chosen = str(st.session_state.get("territory_id", ""))
    principal = owner_at(store, chosen) if deployment.mode == "local" else _logged_in(deployment, store)
    _forget_others(principal)
    return Identity(store, principal)


def who() -> Person | None:
    """The person who is logged in, with the roles that they may switch to; ``None`` in the other modes."""
    deployment = Deployment.of_this_process()
    if deployment.mode != "server":
        return None
    return person(open_store(), session_id=_session_id(deployment))


def may_open(resource: str, action: str, principal: Principal | None = None) -> bool:
    """Whether the role of this run has any right to an action, so that its page is worth showing.

    Which rows it then sees is decided by the store.

    Parameters
    ----------
    resource, action
        Row of the permission matrix.
    principal
        Of this run, where the caller has just asked for it: each :func:`current` reads the store.
    """
    rule = matrix().get((resource, action))
    return rule is not None and bool(rule.cells[(principal or current().principal).role])


def territories(now: Identity | None = None) -> list[dict[str, Any]]:
    """The territories that this person may choose from: all of the machine in local mode, else the one of the role.

    Parameters
    ----------
    now
        Of this run, where the caller has just asked for it.
    """
    store, principal = now or current()
    if principal.role in ("citizen", "planner"):
        return []
    with store.open(principal) as session:
        rows = session.rows("territory", order_by=("created_at",))
    return [{**row, "name": _("Mon territoire") if row["name"] == FIRST_TERRITORY else row["name"]} for row in rows]


def choose_territory(territory_id: str) -> None:
    """Turns to another territory of the machine, in local mode, and runs the page again.

    Parameters
    ----------
    territory_id
        Of :func:`territories`.
    """
    st.session_state["territory_id"] = territory_id
    st.rerun()


def take_along(territory_id: str) -> None:
    """Turns to a territory of the machine that was just made of what the session looks at, which stays; local mode only.

    Parameters
    ----------
    territory_id
        Of :func:`territories`.
    """
    principal = owner_at(open_store(), territory_id)
    for name in set(st.session_state) - _KEPT - {"loaded", "pages"}:
        del st.session_state[name]
    st.session_state["territory_id"] = territory_id
    st.session_state[_WHO] = _whose(principal)


def choose_role(membership: Membership) -> None:
    """Acts in another role of the person who is logged in, and runs the page again.

    Parameters
    ----------
    membership
        One of the roles of :func:`who`.
    """
    someone = who()
    if someone is not None and switch_role(open_store(), someone, membership.id):
        st.rerun()


@cache
def _opened(folder: str, is_public: bool) -> Store:
    return Store.at(None, is_public=is_public)


def open_store(*, is_public: bool = False) -> Store:
    """The store of this process.

    Parameters
    ----------
    is_public
        The published database alone.
    """
    # What a store keeps open reads the rows of one principal each, or nothing by itself: sharing it shares no row.
    return _opened(str(data_folder()), is_public)


def _session_id(deployment: Deployment) -> str:
    told = st.user.get(KEY)
    return deployment.verified(told, PURPOSE) if isinstance(told, str) else ""


def _logged_in(deployment: Deployment, store: Store) -> Principal:
    someone = person(store, session_id=_session_id(deployment))
    if someone is None or someone.needs_second_factor:
        st.session_state.clear()
        st.error(_("Votre session est terminée."))
        st.link_button(_("Se connecter"), "/connexion")
        st.stop()
    return someone.principal


def _whose(principal: Principal) -> tuple[Any, ...]:
    """What a session belongs to."""
    return principal.user_id, principal.role, principal.territory_id, principal.company_ids


def _forget_others(principal: Principal) -> None:
    """Empties the session of what belongs to somebody else: Streamlit keeps it as long as the tab is open."""
    whose = _whose(principal)
    if st.session_state.get(_WHO, whose) != whose:
        for name in set(st.session_state) - _KEPT - {"territory_id"}:
            del st.session_state[name]
    st.session_state[_WHO] = whose
