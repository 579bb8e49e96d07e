"""Who calls: the bearer of a token, whoever the gate has let in, the owner of the machine, or an anonymous citizen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request

from symbiosis.deployment import Deployment
from symbiosis.errors import NotAllowed, SymbiosisError
from symbiosis.store import Principal, Store
from symbiosis.store.api_tokens import principal_of_token
from symbiosis.store.local import owner_at
from symbiosis.store.permissions import matrix
from symbiosis.store.sessions import Person


class Unauthorized(SymbiosisError):  # noqa: N818  # named as HTTP says it
    """Nobody is logged in, or the token serves no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """How callers of this process are known.

    Attributes
    ----------
    deployment, store, person_key
        As for :func:`symbiosis.api.create_api`.
    """

    deployment: Deployment
    store: Callable[[], Store]
    person_key: str

    def principal(self, request: Request, territory_id: str) -> Principal:
        """Who calls, as things stand now.

        Parameters
        ----------
        request
            Of the call.
        territory_id
            The territory that the owner of the machine means; nobody else chooses.

        Raises
        ------
        Unauthorized
            If a token was shown that does not serve.
        """
        shown = request.headers.get("authorization", "")
        if shown:
            scheme, _, token = shown.partition(" ")
            found = principal_of_token(self.store(), token.strip()) if scheme.lower() == "bearer" else None
            if found is None:
                raise Unauthorized
            return found
        if self.deployment.mode == "local":
            return owner_at(self.store(), territory_id)
        someone = request.scope.get(self.person_key)
        return someone.principal if isinstance(someone, Person) else Principal.anonymous()


@dataclass(frozen=True, slots=True)
class Caller:
    """A call: where it reads and writes, and as whom."""

    store: Store
    principal: Principal

    def holds(self, resource: str, action: str) -> bool:
        """Whether the role, and the token where there is one, have any right to an action; the store judges each row.

        Parameters
        ----------
        resource, action
            Row of the permission matrix.
        """
        rule = matrix().get((resource, action))
        if rule is None or not rule.cells[self.principal.role]:
            return False
        return self.principal.rights is None or f"{resource}:{action}" in self.principal.rights


def _caller(request: Request, territory_id: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "") -> Caller:
    callers: Callers = request.app.state.callers
    return Caller(callers.store(), callers.principal(request, territory_id))


Calling = Annotated[Caller, Depends(_caller)]
Key = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=1, max_length=64, pattern=r"^[!-~]+$",
           description="Chosen by the caller; the same when the same command is sent again for want of an answer."),
]  # fmt: skip


def needs(resource: str, action: str) -> dict[str, Any]:
    """What a route says of the row of the matrix that it needs: the check, and its mention in the description.

    Parameters
    ----------
    resource, action
        Row of the permission matrix.

    Returns
    -------
    dict
        Arguments of the route.
    """

    def check(caller: Calling) -> None:
        if not caller.holds(resource, action):
            if not caller.principal.user_id:
                raise Unauthorized
            raise NotAllowed(action, resource, caller.principal.role)

    return {"dependencies": [Depends(check)], "openapi_extra": {"x-permission": f"{resource}:{action}"}}
