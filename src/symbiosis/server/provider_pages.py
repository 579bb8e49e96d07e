"""The way to the identity provider and back: two addresses, open to everybody, that end in the session of the log-in form."""

from __future__ import annotations

import asyncio
import logging
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from symbiosis.dashboard.identity import open_store
from symbiosis.deployment import Deployment
from symbiosis.messages import N_
from symbiosis.server import open_id
from symbiosis.server.account_pages import address_of, let_in, too_many_tries
from symbiosis.server.html import alert, language, page, sayer
from symbiosis.store import joining

if TYPE_CHECKING:
    from starlette.requests import Request

LOG = logging.getLogger(__name__)
COOKIE = "symbiosis_provider"
OUTCOMES = {
    "refused": N_("La connexion n'a pas abouti. Recommencez."),
    "used": N_("La connexion n'a pas abouti. Recommencez."),
    "unreachable": N_("Le fournisseur d'identité ne répond pas. Réessayez dans quelques minutes."),
    "unknown": N_("Personne n'a de compte ici à cette adresse. Demandez une invitation à votre animatrice."),
}
_STATUS = {"refused": 401, "used": 401, "unreachable": 502, "unknown": 403}


async def go(request: Request) -> Response:
    """Sends somebody to the provider."""
    provider, deployment = open_id.provider(), Deployment.of_this_process()
    if provider is None:
        return PlainTextResponse("not found", status_code=404)
    state, cookie = open_id.begun(deployment)
    try:
        address = await asyncio.to_thread(provider.address, deployment, state, _callback(request))
    except open_id.ProviderUnreachable as error:
        LOG.error("log-in by the identity provider: %s", error)  # noqa: TRY400  # the sentence says it all
        return _failed(request, "unreachable")
    response = RedirectResponse(address, 303)
    response.set_cookie(
        COOKIE, cookie, httponly=True, samesite="lax", secure=request.url.scheme == "https", path=open_id.CALLBACK,
        max_age=open_id.LIFETIME_S,
    )  # fmt: skip
    return response


async def come_back(request: Request) -> Response:
    """Lets in whoever comes back from the provider with its word for who they are."""
    if open_id.provider() is None:
        return PlainTextResponse("not found", status_code=404)
    response = await asyncio.to_thread(_judged, request)
    response.delete_cookie(COOKIE, path=open_id.CALLBACK)
    return response


def _judged(request: Request) -> Response:
    provider, deployment, store = open_id.provider(), Deployment.of_this_process(), open_store()
    if provider is None:
        raise RuntimeError("a provider cannot go away")
    address, state = address_of(request), open_id.state_of(deployment, request.cookies.get(COOKIE, ""))
    try:
        identity = provider.identity(deployment, state, _callback(request), request.query_params)
    except open_id.ProviderUnreachable as error:
        LOG.error("log-in by the identity provider: %s", error)  # noqa: TRY400
        return _failed(request, "unreachable")
    except open_id.NotVouchedFor as error:
        LOG.warning("log-in by the identity provider refused: %s", error)
        wait_s = joining.refuse(store, address=address)
        return too_many_tries(request, wait_s) if wait_s else _failed(request, "refused")
    outcome = joining.enter(store, identity, once=state, language=language(request), address=address)
    if outcome.problem == "locked":
        return too_many_tries(request, outcome.wait_s)
    if outcome.problem:
        LOG.warning("log-in by the identity provider refused: %s", outcome.problem)
        return _failed(request, outcome.problem)
    return let_in(request, outcome.token)


def _failed(request: Request, outcome: str) -> Response:
    say = sayer(request)
    back = f'<p><a href="/connexion?lang={language(request)}">{escape(say("Se connecter"))}</a></p>'
    return page(request, say("Se connecter"), alert(say(OUTCOMES[outcome])) + back, status=_STATUS[outcome])


def _callback(request: Request) -> str:
    """Where the provider sends people back to: an address of ours, since the gate has judged the host."""
    return f"{request.url.scheme}://{request.url.netloc}{open_id.CALLBACK}"
