"""Errors as ``application/problem+json`` (RFC 9457): what is wrong and what to do, never how it is made inside."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from symbiosis import errors, messages
from symbiosis.api.caller import Unauthorized
from symbiosis.messages import N_

LOG = logging.getLogger(__name__)


class TooMany(errors.SymbiosisError):
    """A costly call comes too often.

    Parameters
    ----------
    wait_s
        After how long it may come again.
    """

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(f"again in {wait_s} s")


# Code: status, what is wrong, what to do.
PROBLEMS: dict[str, tuple[int, str, str]] = {
    "unauthorized": (401, N_("Personne n'est identifié, ou ce jeton ne sert plus."), N_("Envoyez un jeton valable.")),
    "not_allowed": (403, N_("Ce rôle, ou ce jeton, ne permet pas cela."), N_("Voyez la matrice des droits.")),
    "not_found": (404, N_("Cela n'existe pas, ou ce n'est pas à vous."), N_("Vérifiez l'identifiant.")),
    "method": (405, N_("Cette adresse ne connaît pas cette méthode."), N_("Voyez la description de l'API.")),
    "stale_version": (409, N_("Quelqu'un a modifié cela entre-temps."), N_("Relisez, puis envoyez la version présente.")),
    "key_reused": (409, N_("Cette clé a servi pour une autre commande."), N_("Choisissez une nouvelle clé.")),
    "contradiction": (409, N_("Cette commande contredit ce qui est enregistré."), N_("Relisez l'état présent.")),
    "invalid": (422, N_("Cette demande n'a pas la forme attendue."), N_("Corrigez les champs nommés dans « errors ».")),
    "scenario": (422, N_("Une hypothèse est inconnue ou hors bornes."), N_("Corrigez le scénario.")),
    "too_many": (429, N_("Trop de demandes coûteuses."), N_("Attendez avant de recommencer.")),
    "schema": (
        503,
        N_("Les données ont été enregistrées par une autre version de symbiosis."),
        N_("Sur la machine qui les garde, lancez « symbiosis migrate », ou installez la dernière version."),
    ),
    "broken": (500, N_("Le serveur a échoué. L'erreur est écrite dans son journal."), N_("Réessayez plus tard.")),
}

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (Unauthorized, "unauthorized"),
    (errors.NotAllowed, "not_allowed"),
    (errors.NotFound, "not_found"),
    (errors.StaleVersion, "stale_version"),
    (errors.KeyReused, "key_reused"),
    (errors.SchemaError, "schema"),
    (errors.StoreError, "contradiction"),
    (errors.ScenarioError, "scenario"),
    (RequestValidationError, "invalid"),
    (TooMany, "too_many"),
)


def install(app: FastAPI) -> None:
    """Makes every error of an application a problem.

    Parameters
    ----------
    app
        The API.
    """
    for kind, _ in _CODES:
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer)


async def _answer(request: Request, error: Exception) -> JSONResponse:
    code = next((code for kind, code in _CODES if isinstance(error, kind)), "broken")
    if code == "broken":
        # The kind and the place are logged, not the text: it may hold what somebody declared.
        route = request.scope.get("route")
        LOG.error("%s %s failed: %s", request.method, getattr(route, "path", "?"), type(error).__name__)
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, RequestValidationError):
        # Where and what, without the value that was sent.
        more["errors"] = [{"at": [str(part) for part in one["loc"]], "what": one["type"]} for one in error.errors()]
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.wait_s)
    if code == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    return problem(request, code, headers=headers, **more)


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method"}.get(status, "invalid" if status < 500 else "broken")
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(request, code, headers=dict(headers or {}))


def problem(request: Request, code: str, *, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """One problem.

    Parameters
    ----------
    request
        That it answers.
    code
        Key of :data:`PROBLEMS`.
    headers
        Of the answer.
    **more
        Further members.

    Returns
    -------
    JSONResponse
    """
    status, title, remedy = PROBLEMS[code]
    spoken = "fr" if request.headers.get("accept-language", "").lower().startswith("fr") else "en"
    say = messages.translation(spoken).gettext
    body = {"type": "about:blank", "status": status, "code": code, "title": say(title), "remedy": say(remedy), **more}
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **(headers or {})},
                        media_type="application/problem+json")  # fmt: skip
