"""Log-in by an identity provider: OpenID Connect, authorization code with PKCE, for a server that is set up for it.

The environment names the provider: ``SYMBIOSIS_OIDC_ISSUER`` (its HTTPS address), ``SYMBIOSIS_OIDC_CLIENT_ID``, the file that
holds the client's secret in ``SYMBIOSIS_OIDC_CLIENT_SECRET_FILE``, and what the button calls it in ``SYMBIOSIS_OIDC_NAME``.
Nothing is believed but an ID token that the provider signed with a key of its own for us, for this log-in, a moment ago.

What a log-in was begun with is one random word, the state: a signed cookie holds it, and the nonce and the code verifier are
digests of it with the server's secret, so that the browser knows neither.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from symbiosis.errors import DeploymentError, SymbiosisError
from symbiosis.store.joining import Identity

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

    from symbiosis.deployment import Deployment

START, CALLBACK = "/connexion/fournisseur", "/connexion/retour"
LIFETIME_S = 600
"""How long somebody may take at the provider."""

_ALGORITHMS = ("RS256", "PS256", "ES256")  # signed with a key that the provider alone holds: neither "none" nor a shared secret
_LEEWAY_S = 60
_TIMEOUT_S, _LONGEST = 10, 1_000_000
_KEPT_S, _ASKED_AGAIN_S = 3600, 60
_PURPOSE = "identity provider"
_NEEDED = ("SYMBIOSIS_OIDC_ISSUER", "SYMBIOSIS_OIDC_CLIENT_ID", "SYMBIOSIS_OIDC_CLIENT_SECRET_FILE")


class ProviderUnreachable(SymbiosisError):  # noqa: N818  # the other outcome is a refusal: neither is a mistake of ours
    """The identity provider does not answer, or not what such a provider answers."""


class NotVouchedFor(SymbiosisError):  # noqa: N818
    """What came back from the provider does not prove who somebody is; the text says why, and holds nothing personal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The provider of this server.

    Attributes
    ----------
    issuer
        Address that the provider's tokens carry.
    client_id, client_secret
        Ours, at the provider.
    name
        What people call it.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""

    @classmethod
    def of_this_process(cls, environment: Mapping[str, str] = os.environ) -> Settings | None:
        """The settings that the environment holds; ``None`` without any.

        Parameters
        ----------
        environment
            Variables by name.

        Raises
        ------
        DeploymentError
            If only some of them are there, the file of the secret cannot be read, the address is not HTTPS, or the packages of
            the extra ``server`` are missing.
        """
        given = {name: environment.get(name, "").strip() for name in _NEEDED}
        if not any(given.values()):
            return None
        if missing := [name for name, value in given.items() if not value]:
            raise DeploymentError(f"an identity provider needs {', '.join(missing)} too")
        issuer, client_id, file = given.values()
        try:
            client_secret = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DeploymentError("SYMBIOSIS_OIDC_CLIENT_SECRET_FILE cannot be read") from error
        if not client_secret:
            raise DeploymentError("SYMBIOSIS_OIDC_CLIENT_SECRET_FILE is empty")
        if not _is_safe(issuer):
            raise DeploymentError("SYMBIOSIS_OIDC_ISSUER must be an https:// address")
        try:
            import joserfc  # noqa: F401
        except ImportError as error:
            raise DeploymentError("an identity provider needs: pip install symbiosis[server]") from error
        name = environment.get("SYMBIOSIS_OIDC_NAME", "").strip() or str(urlsplit(issuer).hostname)
        return cls(issuer=issuer, client_id=client_id, client_secret=client_secret, name=name)


class Provider:
    """The identity provider, as it describes itself and as its keys stand.

    Parameters
    ----------
    settings
        Of this server.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def address(self, deployment: Deployment, state: str, redirect_uri: str) -> str:
        """Where somebody is sent to say who they are.

        Parameters
        ----------
        deployment
            Whose secret the nonce and the verifier are made with.
        state
            That this log-in is begun with.
        redirect_uri
            Where the provider sends them back to.

        Raises
        ------
        ProviderUnreachable
            If it does not say where.
        """
        challenge = hashlib.sha256(_verifier(deployment, state).encode()).digest()
        asked = {
            "response_type": "code", "client_id": self.settings.client_id, "redirect_uri": redirect_uri,
            "scope": "openid email profile", "state": state, "nonce": _nonce(deployment, state),
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(), "code_challenge_method": "S256",
        }  # fmt: skip
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identity(self, deployment: Deployment, state: str, redirect_uri: str, answer: Mapping[str, str]) -> Identity:
        """Who the provider says somebody is who came back from it.

        Parameters
        ----------
        deployment, state, redirect_uri
            As for :meth:`address`; the state as the browser that began the log-in kept it.
        answer
            Parameters of the address at which they came back.

        Raises
        ------
        NotVouchedFor
            If what came back does not prove it.
        ProviderUnreachable
            If the provider does not answer.
        """
        if not state or not secrets.compare_digest(state.encode(), answer.get("state", "").encode()):
            raise NotVouchedFor("another state")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise NotVouchedFor("the answer of another provider")
        if "error" in answer or not answer.get("code"):
            raise NotVouchedFor("no code")
        spoken = self._asked(
            self._endpoint("token_endpoint"),
            grant_type="authorization_code", code=answer["code"], redirect_uri=redirect_uri,
            code_verifier=_verifier(deployment, state),
        )  # fmt: skip
        return self._read(str(spoken.get("id_token", "")), nonce=_nonce(deployment, state))

    def _read(self, id_token: str, *, nonce: str) -> Identity:
        """What a token says, if the provider signed it for us, for this log-in, a moment ago."""
        from joserfc import errors, jwt

        try:
            try:
                token = jwt.decode(id_token, self._keys(), algorithms=_ALGORITHMS)
            except errors.InvalidKeyIdError:
                token = jwt.decode(id_token, self._keys(is_renewed=True), algorithms=_ALGORITHMS)  # a key that is new
            # All at once: a claim that is missing is as wrong as one that says something else.
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_S, iss={"essential": True, "value": self.settings.issuer}, sub={"essential": True},
                aud={"essential": True, "value": self.settings.client_id}, exp={"essential": True}, iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(token.claims)  # fmt: skip
        except (errors.JoseError, ValueError) as error:
            raise NotVouchedFor(f"the token does not hold: {type(error).__name__}") from error
        claims = token.claims
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise NotVouchedFor("a token for another client")
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims:
            raise NotVouchedFor("a token for several clients")
        email, name = claims.get("email"), claims.get("name")
        # Letters of other alphabets may fold to those of somebody else's address.
        if claims.get("email_verified") is not True or not isinstance(email, str) or not email.isascii() or "@" not in email:
            raise NotVouchedFor("no verified e-mail address")
        return Identity(
            issuer=self.settings.issuer, subject=str(claims["sub"]), email=email, name=name if isinstance(name, str) else ""
        )

    def _keys(self, *, is_renewed: bool = False) -> KeySet:
        """The keys that the provider signs with."""
        from joserfc.jwk import KeySet

        told = self._told(self._endpoint("jwks_uri"), at_most_s=_ASKED_AGAIN_S if is_renewed else _KEPT_S)
        kinds = (("RSA", None), ("EC", "P-256"))  # those of _ALGORITHMS; others are not ours to understand
        usable = [key for key in told.get("keys", ()) if (key.get("kty"), key.get("crv")) in kinds]
        return KeySet.import_key_set({"keys": [key for key in usable if key.get("use", "sig") == "sig"]})

    def _endpoint(self, name: str) -> str:
        """An address that the provider gives of itself."""
        told = self._told(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration", at_most_s=_KEPT_S)
        found = str(told.get(name, ""))
        if told.get("issuer") != self.settings.issuer or not _is_safe(found):
            raise ProviderUnreachable(f"the provider gives no {name} of its own")
        return found

    def _told(self, url: str, *, at_most_s: int) -> dict[str, Any]:
        """What the provider publishes at an address, as it stood a while ago at most."""
        at, told = self._kept.get(url, (-1e9, {}))
        if time.monotonic() - at > at_most_s:
            told = _json(urllib.request.Request(url))  # noqa: S310  # _is_safe has said so
            self._kept[url] = (time.monotonic(), told)
        return told

    def _asked(self, url: str, **fields: str) -> dict[str, Any]:
        """What the provider answers to us, who say our name and secret."""
        ours = f"{quote(self.settings.client_id, safe='')}:{quote(self.settings.client_secret, safe='')}"
        headers = {"Authorization": f"Basic {base64.b64encode(ours.encode()).decode()}"}
        return _json(urllib.request.Request(url, urlencode(fields).encode(), headers))  # noqa: S310


@cache
def provider() -> Provider | None:
    """The provider of this process, if it has one."""
    settings = Settings.of_this_process()
    return None if settings is None else Provider(settings)


def begun(deployment: Deployment) -> tuple[str, str]:
    """The state of a new log-in, and the cookie by which the browser that begins it is known again.

    Parameters
    ----------
    deployment
        Whose secret the cookie is signed with.
    """
    state = secrets.token_urlsafe(32)
    return state, deployment.signed(f"{state}~{int(time.time())}", _PURPOSE)


def state_of(deployment: Deployment, cookie: str) -> str:
    """The state that a browser began a log-in with; empty if it is too long ago or not ours.

    Parameters
    ----------
    deployment
        As for :func:`begun`.
    cookie
        As :func:`begun` gave it.
    """
    state, _, at = deployment.verified(cookie, _PURPOSE).partition("~")
    return state if state and 0 <= time.time() - int(at) <= LIFETIME_S else ""


def _nonce(deployment: Deployment, state: str) -> str:
    return deployment.digest(state, f"{_PURPOSE}: nonce").hex()


def _verifier(deployment: Deployment, state: str) -> str:
    return deployment.digest(state, f"{_PURPOSE}: verifier").hex()


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can read or change what is said at an address; a provider on this machine is for trials."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1"))


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: a secret is sent to the address that was given, or not at all."""

    def redirect_request(self, *args: object, **options: object) -> None:
        """Nothing to ask instead."""


def _json(request: urllib.request.Request) -> dict[str, Any]:
    request.add_header("Accept", "application/json")
    try:
        with urllib.request.build_opener(_Straight).open(request, timeout=_TIMEOUT_S) as answer:
            told = json.loads(answer.read(_LONGEST))
    except urllib.error.HTTPError as error:
        error.close()
        if 400 <= error.code < 500 and request.data is not None:
            raise NotVouchedFor("the provider refuses the code") from error
        raise ProviderUnreachable(f"the provider answers {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ProviderUnreachable(f"the provider does not answer: {type(error).__name__}") from error
    if not isinstance(told, dict):
        raise ProviderUnreachable("the provider answers something else")
    return told
