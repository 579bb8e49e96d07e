"""Log-in by an identity provider: who is let in, and everything that proves nothing; the provider is one of our own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.applications import Starlette
from tests.network import HOST, PASSWORD, SECRET, Network, application, client, fresh, mark

from symbiosis import server
from symbiosis.errors import DeploymentError
from symbiosis.server import open_id
from symbiosis.store import Principal, accounts, joining, sessions, throttle, totp

CLIENT, CLIENT_SECRET = "symbiosis of the tests", "a secret / of the client"


@cache
def rsa(name: str) -> RSAKey:
    """A key of that name; making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@dataclass
class Fake:
    """A provider: it remembers what each code was given for, and signs what it is told to say."""

    issuer: str = ""
    key: Any = field(default_factory=lambda: rsa("first"))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    says: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "first"})
    signs_with: Callable[[], Any] | None = None
    redirects: bool = False

    def claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": self.issuer, "aud": CLIENT, "sub": "person-1", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "email": f"new@{HOST}", "email_verified": True, "name": "Une Personne",
        }  # fmt: skip
        return {name: value for name, value in {**told, **self.says}.items() if value is not None}

    def token(self, asked: dict[str, str]) -> str:
        claims = self.claims(asked)
        if self.header["alg"] == "none":
            parts = (json.dumps(part).encode() for part in (self.header, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        algorithms = [self.header["alg"]]
        return jwt.encode(self.header, claims, self.signs_with() if self.signs_with else self.key, algorithms=algorithms)


class Handler(BaseHTTPRequestHandler):
    """What the provider answers over HTTP."""

    def do_GET(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        if self.path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            self._say(200, {"issuer": fake.issuer, **{name: f"{fake.issuer}/{end}" for name, end in ends.items()}})
        elif self.path == "/keys":
            other = {"kty": "oct", "k": "c2VjcmV0"}  # a key of a kind that signs nothing here
            self._say(200, {"keys": [other, fake.key.as_dict(private=False)]})
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        sent = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if fake.redirects:
            self.send_response(307)
            self.send_header("Location", "http://elsewhere.example/token")
            self.end_headers()
            return
        asked = fake.codes.pop(sent["code"], None)  # a code serves once
        ours = base64.b64encode(b"symbiosis%20of%20the%20tests:a%20secret%20%2F%20of%20the%20client").decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and self.headers["Authorization"] == f"Basic {ours}"
            and sent["grant_type"] == "authorization_code"
            and challenge == asked["code_challenge"]
            and sent["redirect_uri"] == asked["redirect_uri"]
        )
        self._say(200, {"access_token": "x", "id_token": fake.token(asked)}) if is_right and asked else self._say(400, {})

    def _say(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def fake() -> Iterator[Fake]:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Fake(f"http://127.0.0.1:{listening.server_port}")
    listening.fake = made  # type: ignore[attr-defined]
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
    thread.start()
    yield made
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def network(tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    file = tmp_path / "client.secret"
    file.write_text(f"{CLIENT_SECRET}\n")
    environment = {
        "SYMBIOSIS_MODE": "server", "SYMBIOSIS_SECRET": SECRET, "SYMBIOSIS_HOSTS": HOST, "SYMBIOSIS_DATA": str(tmp_path),
        "SYMBIOSIS_OIDC_ISSUER": fake.issuer, "SYMBIOSIS_OIDC_CLIENT_ID": CLIENT, "SYMBIOSIS_OIDC_NAME": "Réseau <Pro>",
        "SYMBIOSIS_OIDC_CLIENT_SECRET_FILE": str(file),
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    open_id.provider.cache_clear()
    yield fresh(tmp_path)
    open_id.provider.cache_clear()


@pytest.fixture
def app(network: Network) -> Starlette:
    return application()


def invited(network: Network, email: str = f"new@{HOST}", role: str = "editor") -> str:
    company = "" if role in ("facilitator", "planner") else network.company["A"]
    return accounts.operate(
        network.store, email=email, action="invite", role=role, territory_id=network.territory["A"], company_id=company
    )


def gone(browser: Any, fake: Fake, code: str = "code") -> dict[str, str]:
    """A browser goes to the provider, which gives it a code; what it was asked with."""
    answer = browser.get("/connexion/fournisseur")
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{fake.issuer}/authorize"
    fake.codes[code] = asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    return asked


def came_back(browser: Any, fake: Fake, **changed: str) -> Any:
    asked = gone(browser, fake)
    return browser.get("/connexion/retour", params={"code": "code", "state": asked["state"], **changed})


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage().rpartition("refused: ")[2] for record in caplog.records if "refused" in record.getMessage()]


# ------------------------------------------------------------------------------------------------------------ who is let in


def test_whoever_was_invited_is_let_in_with_the_session_of_the_form(app: Starlette, network: Network, fake: Fake) -> None:
    invited(network)
    browser = client(app)
    page = browser.get("/connexion").text
    assert 'href="/connexion/fournisseur?lang=fr">Se connecter avec Réseau &lt;Pro&gt;</a>' in page
    asked = gone(browser, fake)
    assert asked["redirect_uri"] == f"https://{HOST}/connexion/retour"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    answer = browser.get("/connexion/retour", params={"code": "code", "state": asked["state"], "iss": fake.issuer})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=fr")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("symbiosis_session="))
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    someone = sessions.person(network.store, token=browser.cookies["symbiosis_session"])
    assert someone is not None
    assert (someone.email, someone.name, someone.membership.role) == (f"new@{HOST}", "Une Personne", "editor")
    assert browser.get("/api/v1/flows").status_code == 200
    # Again, from another browser, after the provider has changed the address: the same person.
    fake.says["email"] = f"renamed@{HOST}"
    other = client(app)
    assert came_back(other, fake).status_code == 303
    again = sessions.person(network.store, token=other.cookies["symbiosis_session"])
    assert again is not None
    assert again.user_id == someone.user_id


def test_what_the_browser_holds_tells_neither_the_nonce_nor_the_verifier(app: Starlette, fake: Fake) -> None:
    browser = client(app)
    answer = browser.get("/connexion/fournisseur")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/connexion/retour"} <= {part.strip() for part in cookie.split(";")}
    asked = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert asked["nonce"] not in cookie
    assert asked["code_challenge"] not in cookie
    assert asked["state"] in cookie
    assert browser.get("/connexion/fournisseur").headers["location"] != answer.headers["location"]


def test_an_account_that_is_bound_has_no_password_session_or_token_of_before(
    app: Starlette, network: Network, fake: Fake
) -> None:
    """Whoever invites an address may have answered in its place: what they chose must not outlive the person's coming."""
    token = network.token("editor", {"flow:read"})
    fake.says["email"] = f"Editor@{HOST}"
    browser = client(app)
    assert came_back(browser, fake).status_code == 303
    now = sessions.person(network.store, token=browser.cookies["symbiosis_session"])
    assert now is not None
    assert now.user_id == network.user["editor"]
    assert sessions.person(network.store, token=network.cookie["editor"]) is None
    assert client(app).get("/api/v1/flows", headers={"authorization": f"Bearer {token}"}).status_code == 401
    assert sessions.log_in(network.store, email=f"editor@{HOST}", password=PASSWORD, address="1").problem == "wrong"
    # A link that somebody else holds gives it no password either; the role is there at the next log-in.
    link = invited(network, f"editor@{HOST}", "planner")
    assert "mot de passe" not in client(app).get(f"/invitation/{link}").text
    answered = joining.answer_invitation(network.store, link, name="x", password=PASSWORD, language="fr", address="1")
    assert answered == "by_provider"
    again = client(app)
    assert came_back(again, fake).status_code == 303
    later = sessions.person(network.store, token=again.cookies["symbiosis_session"])
    assert later is not None
    assert {role.role for role in later.memberships} == {"editor", "planner"}


def test_only_the_link_of_the_operator_gives_an_account_that_was_reset_a_password(network: Network) -> None:
    email = f"editor@{HOST}"
    reset = accounts.operate(network.store, email=email, action="reset")
    held = accounts.invite(
        network.store, network.principal("facilitator"), email=email, role="reader", territory_id=network.territory["A"],
        company_id=network.company["A"],
    )  # fmt: skip
    assert joining.answer_invitation(network.store, held, name="", password=PASSWORD, language="fr", address="1") == "expired"
    assert joining.answer_invitation(network.store, reset, name="", password=PASSWORD, language="fr", address="1") == ""


def test_the_second_factor_stays_ours(app: Starlette, network: Network, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.says.update({"email": f"facilitator@{HOST}", "amr": ["mfa"]})
    browser = client(app)
    assert came_back(browser, fake).status_code == 303
    assert browser.get("/api/v1/flows").status_code == 401
    someone = sessions.person(network.store, token=browser.cookies["symbiosis_session"])
    assert someone is not None
    secret = b"0123456789abcdefghij"
    assert sessions.set_second_factor(network.store, someone, secret, totp.code(secret, int(time.time()) // 30))
    again = client(app)
    assert came_back(again, fake).status_code == 303
    page = again.get("/compte/second-facteur").text
    assert "<code>" not in page  # the secret of an account that has one is not shown again
    fields = {"symbiosis_form": mark(page), "code": "000000"}
    assert 'role="alert"' in again.post("/compte/second-facteur", data=fields).text
    assert again.get("/api/v1/flows").status_code == 401
    monkeypatch.setitem(throttle.ALLOWED, "account", 3)
    fields["code"] = totp.code(secret, int(time.time()) // 30 + 1)  # the step before has served
    assert again.post("/compte/second-facteur", data=fields).headers["location"] == "/?lang=fr"
    assert again.get("/api/v1/flows").status_code == 200
    third = client(app)
    assert came_back(third, fake).status_code == 303
    fields = {"symbiosis_form": mark(third.get("/compte/second-facteur").text), "code": "000000"}
    answers = [third.post("/compte/second-facteur", data=fields).status_code for _ in range(5)]
    assert answers == [200] * 4 + [429]


# -------------------------------------------------------------------------------------------------------- what proves nothing


def test_people_without_account_or_invitation_are_told_so_and_get_none(
    app: Starlette, network: Network, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    browser = client(app)
    answer = came_back(browser, fake)
    assert answer.status_code == 403
    assert "symbiosis_session" not in browser.cookies
    assert "Demandez une invitation" in answer.text
    with network.store.open(Principal.accounts()) as session:
        assert session.rows("user", email=f"new@{HOST}") == []
    # Nor after the invitation has ended, nor with an account that has.
    invited(network)
    with network.store.writing(Principal.accounts()) as connection:
        connection.exec_driver_sql("update invitation set expires_at = '2020-01-01' where answered_at is null")
    assert came_back(browser, fake).status_code == 403
    accounts.operate(network.store, email=f"editor@{HOST}", action="disable")
    fake.says["email"] = f"editor@{HOST}"
    assert came_back(browser, fake).status_code == 403
    assert refusals(caplog) == ["unknown"] * 3
    assert HOST not in caplog.text


def test_an_address_that_the_provider_gave_to_somebody_else_opens_nothing(app: Starlette, network: Network, fake: Fake) -> None:
    invited(network)
    assert came_back(client(app), fake).status_code == 303
    fake.says["sub"] = "person-2"
    assert came_back(client(app), fake).status_code == 403


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another nonce": ({"says": {"nonce": "x"}}, "InvalidClaimError"),
    "no nonce": ({"says": {"nonce": None}}, "MissingClaimError"),
    "another issuer": ({"says": {"iss": "https://provider.example"}}, "InvalidClaimError"),
    "another audience": ({"says": {"aud": "somebody else"}}, "InvalidClaimError"),
    "another audience too": ({"says": {"aud": [CLIENT, "somebody else"]}}, "several clients"),
    "issued to another": ({"says": {"aud": [CLIENT, "x"], "azp": "x"}}, "another client"),
    "expired": ({"says": {"exp": 1_700_000_000}}, "ExpiredTokenError"),
    "never expires": ({"says": {"exp": None}}, "MissingClaimError"),
    "issued tomorrow": ({"says": {"iat": int(time.time()) + 86_400}}, "InvalidClaimError"),
    "nobody": ({"says": {"sub": ""}}, "InvalidClaimError"),
    "unverified address": ({"says": {"email_verified": False}}, "verified e-mail"),
    "address said to be verified": ({"says": {"email_verified": "true"}}, "verified e-mail"),
    "address of unsaid standing": ({"says": {"email_verified": None}}, "verified e-mail"),
    "no address": ({"says": {"email": None}}, "verified e-mail"),
    "letters that fold to another's": ({"says": {"email": f"editor\u017f@{HOST}"}}, "verified e-mail"),
    "another key of the same name": ({"signs_with": lambda: rsa("second")}, "BadSignatureError"),
    "an unknown key": ({"header": {"alg": "RS256", "kid": "x"}, "signs_with": lambda: rsa("second")}, "InvalidKeyIdError"),
    "no signature": ({"header": {"alg": "none"}}, "Error"),
    "a signature with our secret": (
        {"header": {"alg": "HS256"}, "signs_with": lambda: OctKey.import_key(CLIENT_SECRET)}, "UnsupportedAlgorithm",
    ),
    "a key of another kind": ({"header": {"alg": "ES256"}, "signs_with": lambda: ECKey.generate_key("P-256")}, "Error"),
}  # fmt: skip


def test_a_token_that_proves_nothing_is_refused(
    app: Starlette, network: Network, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    invited(network)
    right = {"says": {}, "header": fake.header, "signs_with": None}
    for what, (changes, said) in WRONG.items():
        for name, value in {**right, **changes}.items():
            setattr(fake, name, value)
        caplog.clear()
        browser = client(app)
        answer = came_back(browser, fake)
        assert answer.status_code == 401, what
        assert "symbiosis_session" not in browser.cookies, what
        assert said in refusals(caplog)[0], what
        assert said not in answer.text, what
        assert HOST not in caplog.text, what
    for name, value in right.items():
        setattr(fake, name, value)
    assert came_back(client(app), fake).status_code == 303


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    app: Starlette, network: Network, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(network)

    def forged(asked: dict[str, str]) -> str:
        parts = ({"alg": "HS256", "kid": "first"}, fake.claims(asked))
        signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        signature = hmac.digest(fake.key.as_pem(private=False), signed, hashlib.sha256)
        return f"{signed.decode()}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    monkeypatch.setattr(fake, "token", forged)
    assert came_back(client(app), fake).status_code == 401


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    app: Starlette, network: Network, fake: Fake, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(network)
    browser, other = client(app), client(app)
    asked = gone(browser, fake)
    right = {"code": "code", "state": asked["state"]}
    for visitor, sent in (
        (other, right), (browser, {**right, "state": "x"}), (browser, {"code": "code"}), (browser, {"state": asked["state"]}),
        (browser, {**right, "error": "access_denied"}), (browser, {**right, "iss": "https://provider.example"}), (browser, {}),
    ):  # fmt: skip
        kept = browser.cookies["symbiosis_provider"]
        assert visitor.get("/connexion/retour", params=sent).status_code == 401
        if visitor is browser:
            assert "symbiosis_provider" not in browser.cookies  # whatever came back, the attempt is over
            browser.cookies.set("symbiosis_provider", kept, domain=HOST, path=open_id.CALLBACK)
    assert "code" in fake.codes  # none of them got as far as the provider
    # Too late; with a signature that is not ours.
    clock = time.time()
    monkeypatch.setattr(open_id.time, "time", lambda: clock + open_id.LIFETIME_S + 1)
    assert browser.get("/connexion/retour", params=right).status_code == 401
    monkeypatch.undo()
    assert set(refusals(caplog)) == {"another state", "no code", "the answer of another provider"}


def test_a_code_and_a_state_serve_once(app: Starlette, network: Network, fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    invited(network)
    browser = client(app)
    asked = gone(browser, fake)
    kept = browser.cookies["symbiosis_provider"]
    right = {"code": "code", "state": asked["state"]}
    assert browser.get("/connexion/retour", params=right).status_code == 303
    thief = client(app)
    thief.cookies.set("symbiosis_provider", kept, domain=HOST, path=open_id.CALLBACK)
    assert thief.get("/connexion/retour", params=right).status_code == 401
    # Were the provider to take a code twice, we do not.
    fake.codes["code"] = asked
    thief.cookies.set("symbiosis_provider", kept, domain=HOST, path=open_id.CALLBACK)
    assert thief.get("/connexion/retour", params=right).status_code == 401
    assert refusals(caplog) == ["the provider refuses the code", "used"]


def test_a_code_of_somebody_else_does_not_serve_in_ones_own_log_in(app: Starlette, network: Network, fake: Fake) -> None:
    invited(network)
    gone(client(app), fake, "stolen")
    thief = client(app)
    asked = gone(thief, fake)
    assert thief.get("/connexion/retour", params={"code": "stolen", "state": asked["state"]}).status_code == 401


def test_an_address_that_fails_too_often_is_not_heard(app: Starlette, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.ALLOWED, "address", 3)
    visitor = client(app)
    answers = [came_back(visitor, fake, state="x") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429] * 2
    assert 50 <= int(answers[-1].headers["retry-after"]) <= 60
    assert came_back(visitor, fake).status_code == 429  # nor is whoever is right


def test_a_new_key_of_the_provider_is_asked_for_once(
    app: Starlette, network: Network, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(network)
    assert came_back(client(app), fake).status_code == 303
    fake.key, fake.header = rsa("second"), {"alg": "RS256", "kid": "second"}
    assert (
        came_back(client(app), fake).status_code == 401
    )  # a moment ago it was not there: the provider is not asked at each try
    clock = time.monotonic()
    monkeypatch.setattr(open_id.time, "monotonic", lambda: clock + 61)
    assert came_back(client(app), fake).status_code == 303


def test_a_provider_that_is_away_redirects_or_describes_another_is_said_to_be_away(
    app: Starlette, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.redirects = True
    assert came_back(client(app), fake).status_code == 502  # the secret of the client goes nowhere else
    open_id.provider.cache_clear()
    fake.issuer += "/other"
    answer = client(app).get("/connexion/fournisseur")
    assert answer.status_code == 502
    assert "ne répond pas" in answer.text
    assert CLIENT_SECRET not in caplog.text
    assert CLIENT_SECRET not in repr(open_id.Settings.of_this_process())


# ------------------------------------------------------------------------------------------------------------------ settings


def test_without_a_provider_there_is_neither_button_nor_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SYMBIOSIS_MODE": "server", "SYMBIOSIS_SECRET": SECRET, "SYMBIOSIS_HOSTS": HOST}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    open_id.provider.cache_clear()
    fresh(tmp_path)
    visitor = client(application())
    assert "fournisseur" not in visitor.get("/connexion").text
    assert visitor.get("/connexion/fournisseur").status_code == visitor.get("/connexion/retour").status_code == 404
    open_id.provider.cache_clear()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SYMBIOSIS_OIDC_CLIENT_ID": ""}, "SYMBIOSIS_OIDC_CLIENT_ID"),
        ({"SYMBIOSIS_OIDC_ISSUER": ""}, "SYMBIOSIS_OIDC_ISSUER"),
        ({"SYMBIOSIS_OIDC_ISSUER": "http://provider.example"}, "https"),
        ({"SYMBIOSIS_OIDC_CLIENT_SECRET_FILE": ""}, "SYMBIOSIS_OIDC_CLIENT_SECRET_FILE"),
        ({"SYMBIOSIS_OIDC_CLIENT_SECRET_FILE": "/nowhere"}, "cannot be read"),
        ({"SYMBIOSIS_OIDC_CLIENT_SECRET_FILE": "/dev/null"}, "is empty"),
    ],
)
def test_a_server_whose_provider_is_half_named_does_not_start(
    changed: dict[str, str], said: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    open_id.provider.cache_clear()
    with pytest.raises(DeploymentError, match=said):
        server.middleware()
