"""One match, answered by a company through a link: its own figures, accept or refuse, without an account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from symbiosis import messages
from symbiosis.dashboard.identity import open_store
from symbiosis.errors import NotFound, StoreError
from symbiosis.messages import N_
from symbiosis.server.html import FormError, alert, form, language, page, posted, refused, sayer
from symbiosis.store.answer_links import Answer, decide_by_link, open_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

# Figures of a side that a company is shown, in this order, each with its words; what is not named here is not shown.
FIGURES = {
    "description": N_("Votre flux"),
    "quantity": N_("Quantité par an"),
    "gain_high_eur_per_yr": N_("Ce que vous pourriez y gagner au plus, en € par an"),
}
SIZES = {
    "all": N_("chacun pourrait prendre ou fournir à peu près tout"),
    "half": N_("chacun pourrait prendre ou fournir au moins la moitié"),
    "part": N_("chacun pourrait en prendre ou en fournir une partie"),
}
PARTNERS = {
    "fewer_than_three": N_("Une piste existe ; votre animatrice vous en dit plus."),
    "three_or_more": N_("Au moins trois partenaires sont possibles."),
}
DECIDED = {
    "accepted": N_("Vous avez accepté. Si l'autre partie accepte aussi, chacune saura qui est l'autre."),
    "refused": N_("Vous avez refusé. Personne d'autre que votre animatrice ne le saura."),
}
GONE = N_(
    "Ce lien n'est plus valable : il a été retiré, ou ses sept jours sont passés. Votre animatrice peut en envoyer un autre."
)


async def answer(request: Request) -> Response:
    """The page of one link."""
    say, token = sayer(request), request.path_params["token"]
    problem = ""
    if request.method == "POST":
        try:
            typed = await posted(request)
        except FormError:
            return refused(request)
        reason = typed.get("reason", "")
        try:
            await asyncio.to_thread(
                decide_by_link, open_store(), token, decision=typed.get("decision", ""),
                reason_code=reason if reason in messages.REFUSALS else "",
            )  # fmt: skip
        except NotFound:
            problem = say("Ce lien a déjà servi.")
        except StoreError:
            problem = say("Choisissez d'accepter ou de refuser.")
    found = await asyncio.to_thread(open_answer, open_store(), token)
    if found is None:
        return page(request, say("Lien expiré"), alert(say(GONE)), status=404)
    title = say("Une piste pour {0}").format(found.company_name)
    return page(request, title, alert(problem) + _body(request, found, say))


def _body(request: Request, found: Answer, say: Callable[[str], str]) -> str:
    intro = say("Voici vos propres chiffres. L'autre partie n'est pas nommée, et elle ne voit pas cette page.")
    rows = "".join(
        f'<tr><th scope="row">{escape(say(words))}</th><td>{escape(_shown(found.sheet, name, language(request)))}</td></tr>'
        for name, words in FIGURES.items()
        if found.sheet.get(name) not in (None, "")
    )
    body = f"<p>{escape(intro)}</p><table>{rows}</table><p>{escape(_partners(found, say))}</p>"
    if found.decision:
        return body + f'<p role="status">{escape(say(DECIDED[found.decision]))}</p>'
    choices = (
        f"<fieldset><legend>{escape(say('Votre réponse'))}</legend>"
        f'<label><input type="radio" name="decision" value="accepted" required> {escape(say("J’accepte d’en parler"))}</label>'
        f'<label><input type="radio" name="decision" value="refused"> {escape(say("Je refuse"))}</label></fieldset>'
        f'<label for="reason">{escape(say("Si vous refusez, pourquoi ?"))}</label><select id="reason" name="reason">'
        '<option value=""></option>'
        + "".join(f'<option value="{code}">{escape(say(words))}</option>' for code, words in messages.REFUSALS.items())
        + "</select>"
    )
    return body + form(request, choices, say("Envoyer"))


def _shown(sheet: Mapping[str, Any], name: str, spoken: str) -> str:
    value = sheet[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = messages.number(value, spoken, 0 if abs(value) >= 100 else 1)
        return f"{shown} {sheet.get('unit', '')}".strip() if name == "quantity" else shown
    return str(value)


def _partners(found: Answer, say: Callable[[str], str]) -> str:
    """What is true of three possible partners at least; nothing where there are fewer."""
    classes = found.sheet.get("partners") or {}
    told = [say(PARTNERS[found.partner_class])]
    if classes.get("within_km"):
        told.append(say("À moins de {0} km").format(int(classes["within_km"])))
    if classes.get("size") in SIZES:
        told.append(say(SIZES[classes["size"]]))
    return " ; ".join(told)
