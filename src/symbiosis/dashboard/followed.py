"""The project behind a synergy: one thing, whether it is read and written on its sheet or on the page Projets.

A synergy has another id in each run; its project is known again by the declared flows that it joins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis.dashboard import identity, state
from symbiosis.dashboard.company import attempt
from symbiosis.dashboard.project_card import AMOUNTS
from symbiosis.report.sheet_parts import Sheet
from symbiosis.store import MoveProject, OpenProject, SaveProject
from symbiosis.store.tables import PROJECT_STAGES
from symbiosis.workspace.stored import import_territory


def is_followed(found: state.Loaded) -> bool:
    """Whether what is in sight is the territory at hand in the store, and this role follows its projects."""
    if not found.territory_id:
        return False
    principal = identity.current().principal
    return found.territory_id == principal.territory_id and identity.may_open("project", "write", principal)


def synergy_key(found: state.Loaded, synergy_id: str) -> str:
    """What a synergy joins, the same in every run that finds it.

    Parameters
    ----------
    found
        What the session looks at.
    synergy_id
        Key of its synergies.
    """
    runs = (found.proposal.feasible.proposals, found.proposal.to_investigate.proposals)
    exchanges = pd.concat([one.exchanges for one in runs])
    mine = exchanges[exchanges["synergy_id"] == synergy_id]
    if len(mine):
        return ";".join(sorted(set(mine["giver_flow_id"] + ">" + mine["taker_flow_id"])))
    # A joint round has no giver and taker: who is fetched, of what.
    row: Any = pd.concat([one.synergies for one in runs]).loc[synergy_id]
    return f"{row['giver_actor_ids']}>{row['material_ids']}"


def project_of(found: state.Loaded, synergy_id: str) -> Mapping[str, Any] | None:
    """The project that follows a synergy: that which shares most of its exchanges, those given up last.

    Parameters
    ----------
    found, synergy_id
        As for :func:`synergy_key`.
    """
    if not is_followed(found):
        return None
    store, principal = identity.current()
    with store.open(principal) as session:
        projects = session.rows("project", order_by=("created_at",))
    wanted = set(synergy_key(found, synergy_id).split(";"))
    shared = {row["id"]: len(wanted & set(row["synergy_key"].split(";"))) for row in projects}
    near = [row for row in projects if shared[row["id"]]]
    return max(near, key=lambda row: (row["stage"] != "abandoned", shared[row["id"]], row["created_at"]), default=None)


def keep_copy(found: state.Loaded) -> state.Loaded:
    """Makes what this session alone holds a territory of the store, the one at hand: a project stands beside its companies.

    Parameters
    ----------
    found
        What the session looks at.

    Returns
    -------
    Loaded
        The same run, of the territory that was kept; the session looks at it from now on.
    """
    territory_id = import_territory(identity.current().store, found.territory)
    kept = replace(found, territory_id=territory_id, is_shipped=False)
    identity.take_along(territory_id)
    st.session_state["loaded"] = kept
    state.show_first("")
    return kept


def take_up(found: state.Loaded, sheet: Sheet) -> str:
    """Makes a project of a synergy; tells its id, empty where it was refused.

    Parameters
    ----------
    found
        What the session looks at.
    sheet
        Of the synergy.
    """
    store, principal = identity.current()
    runs = (found.proposal.feasible.proposals, found.proposal.to_investigate.proposals)
    row = pd.concat([one.synergies for one in runs]).to_dict("index")[sheet.synergy_id]
    shares = pd.concat([one.shares for one in runs])
    actors = set(shares.loc[shares["synergy_id"] == sheet.synergy_id, "actor_id"])
    companies: tuple[str, ...] = ()
    if is_followed(found):
        with store.open(principal) as session:
            companies = tuple(one["id"] for one in session.rows("company", order_by=("name",)) if one["actor_key"] in actors)
    command = OpenProject(
        territory_id=principal.territory_id, title=f"{sheet.title} ({' → '.join(sheet.path)})", company_ids=companies,
        synergy_key=synergy_key(found, sheet.synergy_id),
        computed={name: float(row[name]) for name in AMOUNTS if not pd.isna(row[name])}, noted_on=_today(),
    )  # fmt: skip
    made = attempt(command, store, principal)
    return str(made["id"]) if made is not None else ""


def write_follow_up(
    found: state.Loaded, sheet: Sheet, *, stage: str, owner: str, action: str, due: date | None
) -> bool:  # fmt: skip
    """What was typed on a sheet goes to its project, which is opened if there is none yet.

    Parameters
    ----------
    found, sheet
        As for :func:`take_up`.
    stage
        A stage of a project.
    owner, action, due
        Who does what next, by when.

    Returns
    -------
    bool
        Whether it was written.
    """
    store, principal = identity.current()
    if project_of(found, sheet.synergy_id) is None and not take_up(found, sheet):
        return False
    project = project_of(found, sheet.synergy_id)
    if project is None:
        return False
    saved = SaveProject(
        project_id=project["id"], version=project["version"], owner=owner.strip(), next_action=action.strip(),
        due_on=due.isoformat() if due is not None else "", readiness=project["readiness"], realised=project["realised"],
    )  # fmt: skip
    made = attempt(saved, store, principal)
    if made is None or stage in ("", project["stage"]) or stage not in PROJECT_STAGES:
        return made is not None
    moved = MoveProject(project_id=project["id"], version=made["version"], stage=stage, noted_on=_today())
    return attempt(moved, store, principal) is not None


def _today() -> str:
    return datetime.now(tz=UTC).date().isoformat()
