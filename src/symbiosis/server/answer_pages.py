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
    "direction": N_("Sens"),
    "quantity": N_("Quantité par an"),
    "unit": N_("Unité"),
    "process": N_("Comment"),
    "distance_class": N_("Distance"),
    "benefit_eur_per_yr": N_("Ce que vous pourriez y gagner, en € par an"),
    "co2e_t_per_yr": N_("Émissions évitées, en t CO2e par an"),
    "papers": N_("Documents à prévoir"),
}
PARTNERS = {
    "fewer_than_three": N_("Une piste existe ; votre animatrice vous en dit plus."),
    "three_or_more": N_("Au moins trois partenaires sont possibles."),
}
REASONS = {
    "already_contracted": N_("Ce flux a déjà un débouché ou un fournisseur sous contrat"),
    "quantity": N_("La quantité ne convient pas"),
    "quality": N_("La qualité ne convient pas"),
    "price": N_("Le prix ne convient pas"),
    "distance": N_("C'est trop loin"),
    "confidential": N_("Nous ne voulons pas en parler"),
    "later": N_("Pas maintenant"),
    "other": N_("Autre raison"),
}
DECIDED = {
    "accepted": N_("Vous avez accepté. Si l'autre partie accepte aussi, chacune saura qui est l'autre."),
    "refused": N_("Vous avez refusé. Personne d'autre que votre animatrice ne le saura."),
}
GONE = N_("Ce lien n'est plus valable : il a été retiré, ou ses sept jours sont passés. Votre animatrice peut en envoyer un autre.")


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
                reason_code=reason if reason in REASONS else "",
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
    body = f"<p>{escape(intro)}</p><table>{rows}</table><p>{escape(say(PARTNERS[found.partner_class]))}</p>"
    if found.decision:
        return body + f'<p role="status">{escape(say(DECIDED[found.decision]))}</p>'
    choices = (
        f'<fieldset><legend>{escape(say("Votre réponse"))}</legend>'
        f'<label><input type="radio" name="decision" value="accepted" required> {escape(say("J’accepte d’en parler"))}</label>'
        f'<label><input type="radio" name="decision" value="refused"> {escape(say("Je refuse"))}</label></fieldset>'
        f'<label for="reason">{escape(say("Si vous refusez, pourquoi ?"))}</label><select id="reason" name="reason">'
        '<option value=""></option>'
        + "".join(f'<option value="{code}">{escape(say(words))}</option>' for code, words in REASONS.items())
        + "</select>"
    )
    return body + form(request, choices, say("Envoyer"))


def _shown(sheet: Mapping[str, Any], name: str, spoken: str) -> str:
    value = sheet[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return messages.number(value, spoken, 0 if abs(value) >= 100 else 1)
    return str(value)
