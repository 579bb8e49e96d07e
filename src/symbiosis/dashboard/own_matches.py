"""Pistes et gains: what a company could gain, each match from its own side only, and its answer."""

from __future__ import annotations

from typing import Any

import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import state
from symbiosis.dashboard.company import Company, attempt, here
from symbiosis.dashboard.text import _, day, euros, gray, labels_of, language, number, plain
from symbiosis.messages import N_
from symbiosis.store import Decide
from symbiosis.workspace.recording import OwnMatch, own_matches

SIZES: dict[str, str] = {
    "all": N_("chacun pourrait porter tout ce flux"),
    "half": N_("chacun pourrait porter la moitié au moins de ce flux"),
    "part": N_("chacun pourrait porter une partie de ce flux"),
}
DECIDED: dict[str, str] = {
    "accepted": N_("vous avez accepté"),
    "refused": N_("vous avez refusé"),
    "withdrawn": N_("vous avez retiré votre accord"),
}


def show_matches(company: Company) -> None:
    """What the company pays today, and the matches that concern it.

    Parameters
    ----------
    company
        Whose.
    """
    _today(company)
    matches = own_matches(company.store, company.principal, company.id)
    if not matches:
        st.info(
            _("Aucune piste n'est enregistrée pour l'instant. Elles paraissent ici après le prochain calcul de l'animatrice ; "
              "des déclarations plus complètes en font paraître davantage.")
        )  # fmt: skip
        return
    st.markdown(
        _(
            "Vous ne voyez que votre côté. L'identité et le contact de l'autre partie s'ouvrent quand les deux ont accepté ; "
            "les prix, jamais."
        )
    )
    for match in matches:
        _show(company, match)


def _today(company: Company) -> None:
    """What outlets cost and what needs are bought for: from the company's own rows, so that nobody else's enter."""
    if not company.knows_prices:
        return
    totals = {"outputs": 0.0, "needs": 0.0}
    for row in company.rows:
        cost = {"outputs": "outlet_cost_eur_per_unit", "needs": "price_eur_per_unit"}.get(row.table_name)
        if cost:
            totals[row.table_name] += max(_number(row.cells.get("quantity")) * _number(row.cells.get(cost)), 0.0)
    left, right = st.columns(2)
    for place, title, name in (
        (left, _("Vos exutoires, aujourd'hui"), "outputs"),
        (right, _("Vos achats déclarés, aujourd'hui"), "needs"),
    ):
        with place, st.container(border=True, gap="xxsmall"):
            st.metric(title, euros(totals[name]))
            st.markdown(f":gray[{_('par an, d’après vos seules déclarations : quantité × coût')}]")


def _number(text: str | None) -> float:
    try:
        return float((text or "0").replace(" ", "").replace("\u202f", "").replace(",", "."))
    except ValueError:
        return 0.0


def partner_sentence(match: OwnMatch) -> str:
    """All that is told of the other side before both have accepted.

    Parameters
    ----------
    match
        As the company sees it.
    """
    told: Any = match.sheet["partners"]
    if match.partner_class != "three_or_more" or not told:
        return _("Une piste existe, votre animatrice vous appelle.")
    size = _(SIZES[told["size"]])
    if told["within_km"] is None:
        return _("Au moins trois partenaires possibles ; {0}.").format(size)
    return _("Au moins trois partenaires possibles à moins de {0} km ; {1}.").format(number(told["within_km"]), size)


def _show(company: Company, match: OwnMatch) -> None:
    sheet = match.sheet
    with st.container(border=True):
        unit = {"m3": "m³"}.get(str(sheet["unit"]), str(sheet["unit"]))
        side = {"giver": _("Vous donnez"), "taker": _("Vous recevez")}[str(sheet["side"])]
        st.markdown(
            f"{gray(side)}  \n**{plain(sheet['description'])}** – {plain(number(sheet['quantity'], 1))} {plain(unit)} "
            + _("par an, déclaré")
        )
        st.markdown(plain(partner_sentence(match)))
        if sheet["gain_high_eur_per_yr"] is not None and company.knows_prices:
            st.markdown(
                _("Gain possible : de 0 à {0} par an, ce que ce flux vous coûte aujourd'hui.").format(
                    f"**{plain(euros(sheet['gain_high_eur_per_yr']))}**"
                )
            )
        if sheet["steps"]:
            steps = [messages.step(code, language(), state.catalogue()) for code in sheet["steps"]]
            st.markdown(_("De votre côté, il reste à :") + "\n" + "\n".join(f"- {plain(one)}" for one in dict.fromkeys(steps)))
        if match.contact is not None:
            _contact(match.contact)
        if match.decision:
            st.markdown(f":blue-badge[{_(DECIDED[match.decision])}]")
        st.markdown(f":gray[{_('Calcul du {0}').format(day(here(match.created_at)))}]")
        _answer(company, match)


def _contact(contact: Any) -> None:
    parts = [contact[f"contact_{name}"] for name in ("name", "function", "email", "phone")]
    st.success(plain(_("Les deux parties ont accepté : {0}").format(" · ".join(filter(None, (contact["other_name"], *parts))))))


def _answer(company: Company, match: OwnMatch) -> None:
    """Accept, refuse with a reason, or withdraw; the facilitator writes how she was told."""
    may_write = company.may("write", "consent")
    if not may_write:
        return
    by_phone = not company.principal.is_member
    with st.popover(_("Répondre") if not by_phone else _("Noter la réponse de l'entreprise"), key=f"answer_{match.match_id}"):
        trace = ""
        if by_phone:
            trace = st.text_input(
                _("Qui l'a dit, quand et comment"), key=f"trace_{match.match_id}",
                placeholder=_("par exemple : la responsable HSE, par téléphone, le 25/11 à 10 h"),
            ).strip()  # fmt: skip
        if match.decision == "accepted":
            if st.button(_("Retirer l'accord"), key=f"withdraw_{match.match_id}", disabled=by_phone and not trace):
                _decide(company, match, "withdrawn", trace=trace)
            return
        if st.button(_("Accepter"), key=f"accept_{match.match_id}", type="primary", disabled=by_phone and not trace):
            _decide(company, match, "accepted", trace=trace)
        reason = st.selectbox(
            _("Motif d'un refus"), list(messages.REFUSALS), key=f"reason_{match.match_id}",
            format_func=labels_of(messages.REFUSALS),
        )  # fmt: skip
        if st.button(_("Refuser"), key=f"refuse_{match.match_id}", disabled=by_phone and not trace):
            _decide(company, match, "refused", reason=str(reason), trace=trace)


def _decide(company: Company, match: OwnMatch, decision: str, *, reason: str = "", trace: str = "") -> None:
    command = Decide(
        match_id=match.match_id,
        company_id=company.id,
        decision=decision,
        reason_code=reason,
        is_by_phone=bool(trace),
        trace=trace,
    )
    attempt(command, company.store, company.principal)
    st.rerun()
