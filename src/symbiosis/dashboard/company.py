"""The company whose declarations a page shows: which one, what stands of it, what this role may do there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import streamlit as st

from symbiosis.dashboard import identity, state
from symbiosis.dashboard.text import _, labels
from symbiosis.errors import KeyReused, NotAllowed, NotFound, StaleVersion, StoreError
from symbiosis.store import Command, CreateCompany, Principal, Resource, Store, can, run
from symbiosis.workspace.completeness import Completeness, completeness
from symbiosis.workspace.stored import StoredRow, declared_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company as the present role reads it.

    Attributes
    ----------
    store, principal
        Who reads.
    row
        Its row.
    rows
        What it declares.
    charters
        Those that stand and those that were revoked.
    """

    store: Store
    principal: Principal
    row: Mapping[str, Any]
    rows: tuple[StoredRow, ...]
    charters: tuple[Mapping[str, Any], ...]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])

    @property
    def has_mandate(self) -> bool:
        """Whether a charter that stands lets the facilitator type its flows."""
        return any(one["has_mandate"] and one["revoked_at"] is None for one in self.charters)

    @property
    def knows_prices(self) -> bool:
        """Whether this role reads its prices."""
        return self.may("read", "price")

    def may(self, action: str, kind: str) -> bool:
        """Whether this role may do something with what is this company's.

        Parameters
        ----------
        action, kind
            Row of the permission matrix.
        """
        facts = {name for name, stands in (("mandate", self.has_mandate), ("shared", self.row["shares_prices"])) if stands}
        whose = Resource(kind=kind, territory_id=str(self.row["territory_id"]), company_id=self.id, facts=frozenset(facts))
        return can(self.principal, action, whose)


def choose_company() -> Company | None:
    """The company of a member; the one that a facilitator chooses; ``None`` where there is none yet."""
    store, principal = identity.current()
    with store.open(principal) as session:
        listed = session.rows("company", order_by=("name",))
    names = {str(row["id"]): str(row["name"]) for row in listed}
    chosen = next(iter(names), "")
    if not principal.is_member:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        if names:
            # Kept apart from the widget: Streamlit forgets a widget's choice when another page is shown.
            wanted = st.session_state.get("company_id", chosen)
            place = list(names).index(wanted) if wanted in names else 0
            chosen = left.selectbox(
                _("Entreprise"), list(names), index=place, format_func=labels(names), key="diagnostic_company"
            )
            st.session_state["company_id"] = chosen
        with right.popover(_("Inscrire une entreprise"), width="stretch"):
            _enter(store, principal)
    return read_company(store, principal, chosen) if chosen else None


def read_company(store: Store, principal: Principal, company_id: str) -> Company:
    """A company with all that it declares.

    Parameters
    ----------
    store, principal
        Who reads.
    company_id
        Which.

    Returns
    -------
    Company
    """
    with store.open(principal) as session:
        row = session.one("company", id=company_id)
        charters = session.rows("charter", order_by=("created_at",), company_id=company_id)
        rows = declared_rows(session, company_id=company_id)
    return Company(store=store, principal=principal, row=row, rows=tuple(rows), charters=tuple(charters))


def _enter(store: Store, principal: Principal) -> None:
    with st.form("new_company", border=False):
        name = st.text_input(_("Nom"), key="new_company_name")
        nace = st.text_input(
            _("Code NAF"), key="new_company_nace", help=_("Par exemple 16.24Z : les questions usuelles en viennent.")
        )
        if st.form_submit_button(_("Inscrire"), type="primary") and name.strip():
            command = CreateCompany(territory_id=principal.territory_id, name=name.strip(), profile={"nace": nace.strip()})
            made = attempt(command, store, principal)
            if made is not None:
                st.session_state["company_id"] = made["id"]
                st.session_state.pop("diagnostic_company", None)
                st.rerun()


def attempt(command: Command, store: Store, principal: Principal, *, key: str = "") -> dict[str, Any] | None:
    """Runs a command; what refuses it becomes a sentence, shown at the top of the next run.

    Parameters
    ----------
    command, store, principal
        As for :func:`symbiosis.store.run`.
    key
        Of the click, where it may be sent twice.

    Returns
    -------
    dict or None
        What the command tells; ``None`` if it was refused.
    """
    try:
        return run(store, principal, command, key=key or uuid4().hex)
    except StaleVersion:
        st.session_state["told"] = _("Quelqu'un a modifié cette ligne entre-temps : elle vient d'être relue, recommencez.")
    except (NotAllowed, NotFound):
        st.session_state["told"] = _(
            "Ce rôle ne peut pas faire cela. Pour l'animatrice : une charte avec mandat est nécessaire."
        )
    except KeyReused:
        st.session_state["told"] = _("Cette modification a déjà été reçue.")
    except StoreError:
        st.session_state["told"] = _("Cette saisie n'a pas été acceptée : vérifiez les champs obligatoires.")
    return None


def show_told() -> None:
    """What the last command was refused for, once."""
    told = st.session_state.pop("told", "")
    if told:
        st.error(told)


def meter(company: Company) -> Completeness:
    """How complete the declarations are; computed again when one of them has changed.

    Parameters
    ----------
    company
        Which.
    """
    stamp = (company.knows_prices, *((row.id, row.version) for row in company.rows))
    kept = st.session_state.get("meter")
    if not (isinstance(kept, tuple) and kept[0] == (company.id, stamp)):
        found = completeness(company.rows, state.catalogue(), knows_prices=company.knows_prices)
        kept = ((company.id, stamp), found)
        st.session_state["meter"] = kept
    measured = kept[1]
    assert isinstance(measured, Completeness)  # noqa: S101 - what was put there
    return measured


def here(moment: str) -> datetime:
    """A moment of the store in the time zone of the browser.

    Parameters
    ----------
    moment
        As the store writes it.
    """
    try:
        zone = ZoneInfo(str(st.context.timezone))
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("Europe/Paris")
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(zone)


def extension_of(company: Company) -> dict[str, list[dict[str, str]]]:
    """Further catalogue rows of the company's territory.

    Parameters
    ----------
    company
        Which.
    """
    with company.store.open(company.principal) as session:
        return dict(session.one("territory", id=company.row["territory_id"])["extension"])
