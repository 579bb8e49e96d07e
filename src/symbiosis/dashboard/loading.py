"""Loading and computing: a demonstration in one click, files of one's own, the assumptions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from symbiosis.dashboard import identity, state
from symbiosis.dashboard.text import _, labels, language, number, word
from symbiosis.errors import ScenarioError, SymbiosisError
from symbiosis.messages import failure
from symbiosis.messages.plans import RUN_STEPS
from symbiosis.scenario import OBJECTIVE_NAMES, Scenario
from symbiosis.store import Principal, Store
from symbiosis.workspace.recording import record_run

STOPPED, STOPPED_ON, ASKED = "stopped", "stopped_on", "asked"
"""Under the first two names, the session holds which computation was called off and on which page that is said; the third is
what somebody had asked for."""

TOLD_EVERY_S = 0.25


def computed(compute: Callable[[Callable[[str, float], None]], object], *, what: str = "") -> object | None:
    """Run a computation under a progress bar and a button that ends it; its failure is a sentence.

    The button ends it as anything else does that somebody clicks meanwhile: Streamlit raises from the progress bar, and the
    child that computes is ended (:mod:`symbiosis.workspace.apart`). Whatever is kept is kept after the computation.

    Parameters
    ----------
    compute
        Is handed what it tells its progress, many times a second, and from which it may never return.
    what
        Name of a computation that the page asks for by itself: once called off, it waits until somebody asks for it.
    """
    if what and st.session_state.get(STOPPED) == what:
        with st.container(border=True):
            st.markdown(_("Ce calcul a été arrêté ; rien n'a été changé."))
            if not st.button(_("Reprendre le calcul"), key=f"resume_{what}", type="primary"):
                return None
    st.session_state.pop(STOPPED, None)
    with st.status(_("Calcul en cours"), expanded=True) as status:
        bar = st.progress(0.0, text=_("Préparation"))
        place = st.empty()
        place.button(
            _("Arrêter"), key=f"stop_{what}", icon=":material/stop_circle:", on_click=_note_stopped, args=(what or ASKED,)
        )
        began, told_at = time.monotonic(), 0.0

        def tell(step: str, share: float) -> None:
            nonlocal told_at
            now = time.monotonic()
            if now - told_at < TOLD_EVERY_S:
                return
            told_at = now
            said = _(RUN_STEPS[step]) if step in RUN_STEPS else step or _("Préparation")
            passed = _("{0} · {1} s").format(said, number(now - began))
            bar.progress(min(max(share, 0.0), 1.0), text=passed)

        try:
            result = compute(tell)
        except SymbiosisError as error:
            place.empty()
            status.update(label=_("Le calcul n'a pas abouti"), state="error")
            st.text(failure(error, language()))
            return None
        place.empty()
        if isinstance(result, state.Refused):
            status.update(label=_("Des fichiers sont à corriger avant le calcul"), state="error", expanded=False)
        else:
            status.update(label=_("Calcul terminé"), state="complete", expanded=False)
    return result


def _note_stopped(what: str) -> None:
    # Not where the script is ended: by then Streamlit has given the session to the next run.
    st.session_state[STOPPED] = what
    st.session_state.pop(STOPPED_ON, None)


def is_stopped() -> bool:
    """Whether what somebody had asked for last was called off."""
    return st.session_state.get(STOPPED) == ASKED


def say_stopped(page: str) -> None:
    """Say it on the page where it happened, until something else is computed."""
    if is_stopped() and st.session_state.setdefault(STOPPED_ON, page) == page:
        said = _("Calcul arrêté : rien n'a été changé ni enregistré. Vous pouvez le relancer.")
        st.warning(said, icon=":material/stop_circle:")


def _hold(result: state.Loaded) -> None:
    st.session_state["loaded"] = result
    if not result.is_shipped:
        # Whoever has opened something of their own finds no demonstration in its place when the page is loaded again.
        state.show_first("")
    for key in ("refused", "synergy_id", "theme", STOPPED):
        st.session_state.pop(key, None)


def _take(result: object | None) -> None:
    if isinstance(result, state.Loaded):
        _hold(result)
        st.rerun()
    if isinstance(result, state.Refused):
        st.session_state["refused"] = result


def open_demonstration(name: str, scenario: Scenario) -> None:
    """Load a territory of the package, at once where it was computed before.

    Parameters
    ----------
    name
        Of the territory.
    scenario
        What is assumed.
    """
    if state.is_kept(name, scenario):
        _take(state.load_shipped(name, scenario))
    _take(computed(lambda tell: state.load_shipped(name, scenario, tell)))


def open_files(files: list[tuple[str, bytes]]) -> None:
    """Load a territory from files that were handed in.

    Parameters
    ----------
    files
        Name and content of each.
    """
    _take(computed(lambda tell: state.load_files(files, Scenario(), tell)))


def open_stored(*, goes_home: bool = False) -> None:
    """Load the territory at hand in the store.

    Parameters
    ----------
    goes_home
        Whether the first page, which says where the territory stands, is shown then.
    """
    store, principal = identity.current()
    result = computed(lambda tell: state.load_stored(store, principal, Scenario(), tell))
    if goes_home and isinstance(result, state.Loaded):
        _hold(result)
        st.switch_page(st.session_state["pages"]["home"])
    _take(result)


def computed_for_all(store: Store, principal: Principal) -> dict[str, Any] | None:
    """Matches the territory at hand with every price that was entrusted, and keeps what each company is told of it.

    What the run itself reads never reaches the page: it is made as the engine, and recorded as the present role.

    Parameters
    ----------
    store, principal
        Who records.

    Returns
    -------
    dict or None
        How many matches were recorded; ``None`` where nothing could be matched.
    """
    blind = Principal.engine(principal.territory_id)

    def compute(tell: Callable[[str, float], None]) -> object:
        result = state.load_stored(store, blind, Scenario(), tell)
        if isinstance(result, state.Refused):
            return result
        return record_run(store, principal, result.proposal, territory_id=principal.territory_id)

    result = computed(compute)
    if isinstance(result, dict):
        return result
    _take(result)
    return None


def assumptions(now: state.Loaded) -> None:
    """The few assumptions that change most, and the button that computes again.

    Parameters
    ----------
    now
        What the session looks at.
    """
    current = now.proposal.scenario
    with st.popover(_("Hypothèses"), key="assumptions"):
        with st.form("scenario", border=False):
            objective = st.selectbox(
                _("Ce que l'on cherche"),
                OBJECTIVE_NAMES,
                index=OBJECTIVE_NAMES.index(current.objective),
                format_func=labels({name: word(name) for name in OBJECTIVE_NAMES}),
            )
            distance = st.slider(_("Distance maximale (km)"), 5, 300, int(current.maximum_distance_km), step=5)
            lifted = st.checkbox(_("Ne pas imposer la hiérarchie des déchets"), value=current.is_hierarchy_lifted)
            stable = st.checkbox(
                _("Chercher aussi le partage qu'aucun groupe n'a intérêt à quitter"), value=current.split == "least_core"
            )
            st.markdown(
                f":gray[{_('Les prix, taxes et facteurs viennent du catalogue ; leur source est à côté de chaque chiffre.')}]"
            )
            is_sent = st.form_submit_button(_("Recalculer"), type="primary")
        # Not inside the form: it has no place for the button that stops the computation.
        if is_sent:
            try:
                scenario = replace(
                    current, objective=objective, maximum_distance_km=float(distance), is_hierarchy_lifted=lifted,
                    split="least_core" if stable else "equal",
                )  # fmt: skip
            except ScenarioError as error:
                st.text(str(error))
                return
            if now.is_shipped and state.is_kept(now.territory.name, scenario):
                _take(state.load_shipped(now.territory.name, scenario))
            _take(computed(lambda tell: state.load_again(now, scenario, tell)))
