"""Log-in, log-out, invitations, one's own account: plain pages outside Streamlit, which no script of it can read."""

from __future__ import annotations

import asyncio
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from symbiosis.dashboard.identity import open_store
from symbiosis.deployment import Deployment
from symbiosis.errors import NotAllowed, NotFound, StoreError
from symbiosis.messages import N_
from symbiosis.server import calendar_feed, open_id
from symbiosis.server.gate import COOKIE, PERSON
from symbiosis.server.html import FormError, alert, field, form, language, page, posted, refused, sayer
from symbiosis.store import api_tokens, joining, passwords, sessions, totp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

ROLES = {
    "reader": N_("Lecture, pour une entreprise"),
    "editor": N_("Saisie, pour une entreprise"),
    "company_admin": N_("Administration d'une entreprise"),
    "planner": N_("Planification"),
    "facilitator": N_("Animation du territoire"),
    "admin": N_("Administration des comptes"),
}
FAULTS = {
    "expired": N_("Ce lien n'est plus valable : il a servi, il a été retiré, ou ses sept jours sont passés."),
    "by_provider": N_("Ce compte se connecte par son fournisseur d'identité : à la prochaine connexion, ce rôle y est."),
    "wrong": N_("Ce n'est pas le mot de passe de ce compte."),
    "too_short": N_("Le mot de passe doit compter au moins 12 caractères."),
    "too_long": N_("Le mot de passe ne peut pas dépasser 128 caractères."),
    "too_plain": N_("Ce mot de passe se devine : il répète quelques signes, ou il est dans l'adresse."),
}


async def log_in(request: Request) -> Response:
    """The log-in form, and what it is sent."""
    say = sayer(request)
    if request.method == "GET":
        return _log_in_page(request)
    try:
        typed = await posted(request)
    except FormError:
        return refused(request)
    outcome = await asyncio.to_thread(
        sessions.log_in, open_store(), email=typed.get("email", ""), password=typed.get("password", ""),
        code=typed.get("code", ""), address=address_of(request),
    )  # fmt: skip
    if outcome.problem == "locked":
        return too_many_tries(request, outcome.wait_s)
    if outcome.problem:
        return _log_in_page(request, say("L'adresse, le mot de passe ou le code ne conviennent pas."), status=401)
    return let_in(request, outcome.token)


def let_in(request: Request, token: str) -> Response:
    """The dashboard, and the cookie of a session that has just begun.

    Parameters
    ----------
    request
        That is answered.
    token
        Of the session.
    """
    response = RedirectResponse(f"/?lang={language(request)}", 303)
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/",
        max_age=int(sessions.LIFETIME.total_seconds()),
    )  # fmt: skip
    return response


def too_many_tries(request: Request, wait_s: int) -> Response:
    """The log-in page, which says how long nobody is heard.

    Parameters
    ----------
    request
        That is answered.
    wait_s
        Seconds.
    """
    say = sayer(request)
    wait = say("Trop d'essais. Réessayez dans {0} minutes.").format(-(-wait_s // 60))
    response = _log_in_page(request, wait, status=429)
    response.headers["Retry-After"] = str(wait_s)
    return response


def _log_in_page(request: Request, problem: str = "", status: int = 200) -> Response:
    say = sayer(request)
    fields = (
        field("email", say("Adresse électronique"), kind="email", autocomplete="username", required="")
        + field("password", say("Mot de passe"), kind="password", autocomplete="current-password", required="")
        + field("code", say("Code à six chiffres"), hint=say("Si votre compte a un second facteur."), inputmode="numeric",
                autocomplete="one-time-code", maxlength="7")
    )  # fmt: skip
    body = alert(problem) + _way_to_provider(request) + form(request, fields, say("Se connecter"))
    return page(request, say("Se connecter"), body, status=status)


def _way_to_provider(request: Request) -> str:
    """The button to the identity provider, where there is one."""
    say, provider = sayer(request), open_id.provider()
    if provider is None:
        return ""
    told = say("Se connecter avec {0}").format(provider.settings.name)
    return f'<p><a class="button" href="{open_id.START}?lang={language(request)}">{escape(told)}</a></p>'


async def log_out(request: Request) -> Response:
    """A button to end the session: a link alone would let any page end it."""
    say = sayer(request)
    if request.method == "GET":
        return page(request, say("Se déconnecter"), form(request, "", say("Se déconnecter")))
    try:
        await posted(request)
    except FormError:
        return refused(request)
    await asyncio.to_thread(sessions.log_out, open_store(), _someone(request).session_id)
    response = RedirectResponse("/connexion", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


async def invitation(request: Request) -> Response:
    """Whoever was invited chooses a password, or types the one they have."""
    say, token = sayer(request), request.path_params["token"]
    problem = ""
    if request.method == "POST":
        try:
            typed = await posted(request)
        except FormError:
            return refused(request)
        code = await asyncio.to_thread(
            joining.answer_invitation, open_store(), token, name=typed.get("name", ""), password=typed.get("password", ""),
            language=language(request), address=address_of(request),
        )  # fmt: skip
        if not code:
            return RedirectResponse(f"/connexion?lang={language(request)}", 303)
        problem = say(FAULTS[code])
    found = await asyncio.to_thread(joining.invitation, open_store(), token)
    title = say("Invitation")
    if found is None:
        return page(request, title, alert(say(FAULTS["expired"])), status=404)
    intro = f"<p>{escape(found['email'])} – {escape(say(ROLES[found['role']]))}</p>" + _way_to_provider(request)
    if found["is_by_provider"]:
        return page(request, title, alert(say(FAULTS["by_provider"])) + intro)
    if found["is_known"]:
        fields = field("password", say("Mot de passe de votre compte"), kind="password", autocomplete="current-password",
                       required="")  # fmt: skip
        return page(request, title, alert(problem) + intro + form(request, fields, say("Accepter le rôle")))
    bounds = {"minlength": str(passwords.SHORTEST), "maxlength": str(passwords.LONGEST)}
    fields = field("name", say("Votre nom"), autocomplete="name", maxlength="200") + field(
        "password", say("Choisissez un mot de passe"), kind="password", autocomplete="new-password", required="",
        hint=say("Au moins 12 caractères ; une phrase convient."), **bounds,
    )  # fmt: skip
    return page(request, title, alert(problem) + intro + form(request, fields, say("Créer le compte")))


async def second_factor(request: Request) -> Response:
    """A facilitator or an administrator ties an authenticator application to the account."""
    say, someone = sayer(request), _someone(request)
    # The same secret each time the page is shown in this session, kept nowhere before the first code has proved it.
    secret = Deployment.of_this_process().digest(someone.session_id, "totp")[: totp.SECRET_BYTES]
    title, problem = say("Second facteur"), ""
    code = field(
        "code", say("Code à six chiffres"), inputmode="numeric", autocomplete="one-time-code", maxlength="7", required=""
    )
    if request.method == "POST":
        try:
            typed = await posted(request)
        except FormError:
            return refused(request)
        outcome = await asyncio.to_thread(_prove, request, someone, secret, typed.get("code", ""))
        if outcome.problem == "locked":
            return too_many_tries(request, outcome.wait_s)
        if not outcome.problem:
            return RedirectResponse(f"/?lang={language(request)}", 303)
        problem = say("Ce code ne convient pas : vérifiez l'heure du téléphone.")
    if someone.has_totp:
        text = f"<p>{escape(say('Votre compte a un second facteur : tapez son code.'))}</p>"
        return page(
            request, title, alert(problem) + text + form(request, code, say("Se connecter")) + _role_form(request, someone)
        )
    explained = say(
        "Ce rôle voit les données de plusieurs entreprises : il demande un code à usage unique. Ouvrez ce lien sur votre "
        "téléphone, ou tapez cette clé dans une application d'authentification, puis écrivez le code qu'elle affiche."
    )
    link = f'<a href="{escape(totp.address(secret, someone.email))}">{escape(say("Ouvrir l’application"))}</a>'
    body = (
        f"{alert(problem)}<p>{escape(explained)}</p><p>{link}</p><p><code>{totp.as_text(secret)}</code></p>"
        + form(request, code, say("Enregistrer"))
        + _role_form(request, someone)
    )
    return page(request, title, body)


def _prove(request: Request, someone: sessions.Person, secret: bytes, code: str) -> sessions.LogIn:
    """What comes of a code: the first one of a new second factor, or the one that a session began without."""
    if someone.has_totp:
        return sessions.give_second_factor(open_store(), someone, code, address=address_of(request))
    is_set = sessions.set_second_factor(open_store(), someone, secret, code)
    return sessions.LogIn(problem="" if is_set else "wrong")


async def switch_role(request: Request) -> Response:
    """Acts in another of one's roles."""
    try:
        typed = await posted(request)
    except FormError:
        return refused(request)
    await asyncio.to_thread(sessions.switch_role, open_store(), _someone(request), typed.get("member", ""))
    return RedirectResponse(f"/?lang={language(request)}", 303)


async def account(request: Request) -> Response:
    """One's own account: roles, tokens of programs."""
    say, someone = sayer(request), _someone(request)
    problem, shown = "", ""
    typed: dict[str, str] = {}
    if request.method == "POST":
        try:
            typed = await posted(request)
        except FormError:
            return refused(request)
        try:
            shown = await asyncio.to_thread(_change_tokens, someone, typed)
        except (NotAllowed, NotFound, StoreError, ValueError):
            problem = say("Ce jeton n'a pas pu être créé ou révoqué.")
    held = await asyncio.to_thread(api_tokens.tokens_of, open_store(), someone)
    told = say("Copiez ce jeton, il ne sera plus montré :")
    if shown and "calendar" in typed:
        told = say("Copiez ce lien dans votre agenda (« s'abonner à un calendrier »), il ne sera plus montré :")
        shown = f"{request.url.scheme}://{request.url.netloc}{calendar_feed.ADDRESS.format(token=shown)}"
    fields = (
        field("label", say("À quoi sert ce jeton"), required="", maxlength="200")
        + field("days", say("Nombre de jours"), kind="number", min="1", max=str(api_tokens.LONGEST_TOKEN_DAYS), value="90")
        + _right_boxes(say, someone)
    )
    parts = (
        alert(problem),
        f'<p role="status">{escape(told)} <code>{escape(shown)}</code></p>' if shown else "",
        f"<p>{escape(someone.name)} – {escape(someone.email)}</p>",
        _role_form(request, someone),
        f"<h2>{escape(say('Jetons pour un autre logiciel'))}</h2>",
        _tokens(request, held),
        form(request, fields, say("Créer un jeton")),
        _calendar_form(request, someone),
        f'<p><a href="/">{escape(say("Retour au tableau de bord"))}</a></p>',
        f'<p><a href="/deconnexion">{escape(say("Se déconnecter"))}</a></p>',
    )
    return page(request, say("Mon compte"), "".join(parts))


def _tokens(request: Request, held: Sequence[Mapping[str, Any]]) -> str:
    if not held:
        return ""
    say = sayer(request)
    heads = "".join(
        f'<th scope="col">{escape(words)}</th>' for words in (say("Usage"), say("Fin"), say("Droits"), say("Révoquer"))
    )
    rows = "".join(
        f"<tr><td>{escape(token['label'])}</td><td>{escape(token['expires_at'][:10])}</td>"
        f"<td>{escape(', '.join(token['rights']))}</td>"
        f"<td>{form(request, _hidden('revoke', token['id']), say('Révoquer'))}</td></tr>"
        for token in held
    )
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _change_tokens(someone: sessions.Person, typed: dict[str, str]) -> str:
    if "revoke" in typed:
        api_tokens.revoke_token(open_store(), someone, typed["revoke"])
        return ""
    if "calendar" in typed:
        return api_tokens.create_token(
            open_store(), someone, label=typed["calendar"], rights=[calendar_feed.RIGHT], days=calendar_feed.DAYS
        )
    rights = [name.removeprefix("right-") for name in typed if name.startswith("right-")]
    return api_tokens.create_token(
        open_store(), someone, label=typed.get("label", ""), rights=rights, days=int(typed.get("days", "90"))
    )


def _right_boxes(say: Callable[[str], str], someone: sessions.Person) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="right-{right}"> {right}</label>'
        for right in sorted(api_tokens.rights_of(someone.membership.role))
    )
    return f"<fieldset><legend>{escape(say('Droits de ce jeton, parmi les vôtres'))}</legend>{boxes}</fieldset>"


def _calendar_form(request: Request, someone: sessions.Person) -> str:
    """A button that makes a link for a calendar program, for whoever follows projects."""
    if calendar_feed.RIGHT not in api_tokens.rights_of(someone.membership.role):
        return ""
    say = sayer(request)
    told = say("Les échéances des projets, sans rien dire de leur contenu ; se révoque comme un jeton, sert un an.")
    button = form(request, _hidden("calendar", say("Agenda")), say("Créer un lien d'agenda"))
    return f"<h2>{escape(say('Rappels dans votre agenda'))}</h2><p>{escape(told)}</p>{button}"


def _role_form(request: Request, someone: sessions.Person) -> str:
    say = sayer(request)
    now = f"<p>{escape(say('Vous agissez comme :'))} <strong>{escape(say(ROLES[someone.membership.role]))}</strong></p>"
    others = [role for role in someone.memberships if role.id != someone.membership.id]
    return now + "".join(
        form(request, _hidden("member", role.id), say("Agir comme : {0}").format(say(ROLES[role.role])), action="/compte/role")
        for role in others
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _someone(request: Request) -> sessions.Person:
    """Who the gate has let in; without it there is nobody, and the page fails."""
    found = request.scope[PERSON]
    if not isinstance(found, sessions.Person):
        raise TypeError("the gate says who it is")
    return found


def address_of(request: Request) -> str:
    """Where a request comes from, as the proxy says it.

    Parameters
    ----------
    request
        That is answered.
    """
    return request.client.host if request.client else ""
