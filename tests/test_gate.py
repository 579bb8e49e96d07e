"""The gate, and the pages outside Streamlit: who is let in, forms that only our pages send, links that show one side."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tests.network import HOST, PASSWORD, SECRET, Network, application, client, fresh, mark
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from symbiosis import server
from symbiosis.dashboard.identity import HEADER, PURPOSE
from symbiosis.deployment import Deployment
from symbiosis.errors import DeploymentError
from symbiosis.server.gate import Gate
from symbiosis.store import accounts, answer_links, run, sessions, totp
from symbiosis.store.accounts import RevokeMember

PAGE = {"accept": "text/html"}
SERVER = {"SYMBIOSIS_MODE": "server", "SYMBIOSIS_SECRET": SECRET, "SYMBIOSIS_HOSTS": HOST}


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    for name, value in {**SERVER, "SYMBIOSIS_DATA": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return fresh(tmp_path)


@pytest.fixture
def app(network: Network) -> Starlette:
    return application()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SYMBIOSIS_MODE": "shared"}, "SYMBIOSIS_MODE"),
        ({"SYMBIOSIS_MODE": "server", "SYMBIOSIS_HOSTS": HOST}, "SYMBIOSIS_SECRET"),
        ({"SYMBIOSIS_MODE": "server", "SYMBIOSIS_HOSTS": HOST, "SYMBIOSIS_SECRET": "x" * 31}, "SYMBIOSIS_SECRET"),
        ({"SYMBIOSIS_MODE": "server", "SYMBIOSIS_SECRET": "x" * 32}, "SYMBIOSIS_HOSTS"),
        ({"SYMBIOSIS_MODE": "server", "SYMBIOSIS_SECRET": "x" * 32, "SYMBIOSIS_HOSTS": "*"}, "SYMBIOSIS_HOSTS"),
        ({"SYMBIOSIS_MODE": "public"}, "SYMBIOSIS_HOSTS"),
    ],
)
def test_a_server_without_its_secret_or_its_host_does_not_start(
    environment: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SERVER:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DeploymentError, match=said):
        server.middleware()
    with pytest.raises(DeploymentError, match=said):
        server.run(port=1)


def test_the_secret_is_shown_nowhere() -> None:
    deployment = Deployment.of_this_process(SERVER)
    assert SECRET not in repr(deployment)
    assert deployment.verified(deployment.signed("a", "session"), "session") == "a"
    assert deployment.verified(deployment.signed("a", "other"), "session") == ""
    assert deployment.verified("a", "session") == deployment.verified("", "session") == ""
    with pytest.raises(DeploymentError):
        Deployment.of_this_process({}).signed("a", "session")


def test_the_anonymous_are_sent_to_the_log_in_and_given_nothing(app: Starlette) -> None:
    visitor = client(app)
    answer = visitor.get("/", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")
    for path in ("/", "/carte", "/media/abc.csv", "/_stcore/host-config", "/_stcore/upload_file/x/y", "/compte", "/deconnexion",
                 "/cells/val-de-fensch.geojson", "/connexion/", "/static", "//static/x"):  # fmt: skip
        assert visitor.get(path).status_code == 401, path
    for path in ("/connexion", "/static/app.js", "/_stcore/health", "/symbiosis-words.js"):
        assert visitor.get(path).status_code == 200, path


def test_whoever_is_let_in_is_told_to_the_pages_by_a_signed_name(app: Starlette, network: Network) -> None:
    deployment = Deployment.of_this_process()
    forged = {HEADER: deployment.signed(network.person("editor").session_id, PURPOSE), "X_Symbiosis_Session": "forged"}
    told = client(app, network, "reader").get("/page", headers=forged).text
    assert deployment.verified(told, PURPOSE) == network.person("reader").session_id
    assert client(app).get("/static/x", headers=forged).text == "nobody"


def test_another_host_and_another_origin_are_refused(app: Starlette, network: Network) -> None:
    reader = client(app, network, "reader")
    for host in (
        "attacker.example",
        f"attacker@{HOST}",
        f"{HOST}/attacker.example",
        f"{HOST}:x",
        f"{HOST}:80:80",
        "",
        f"{HOST} x",
    ):
        assert reader.get("/page", headers={"host": host}).status_code == 421, host
    for host in (f"{HOST}:8501", HOST.upper(), f"{HOST}."):
        assert reader.get("/page", headers={"host": host}).status_code == 200, host
    editor = client(app, network, "editor")
    body = {"table_name": "outputs", "row_key": "O", "cells": {}}
    for origin in ("https://attacker.example", "null", f"https://{HOST}.attacker.example"):
        assert editor.post("/api/v1/flows", json=body, headers={"origin": origin, "Idempotency-Key": "k"}).status_code == 421


def socket_close_code(app: Starlette, cookie: str = "", origin: str = f"https://{HOST}") -> int:
    """What a websocket is told; 0 if it is let through to what stands for Streamlit, which has none."""
    sent: list[dict[str, Any]] = []
    reached: list[bool] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(True)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    gate = next(one for one in app.user_middleware if one.cls is Gate)
    headers = [(b"host", HOST.encode()), (b"origin", origin.encode()), (b"cookie", f"symbiosis_session={cookie}".encode())]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers, "query_string": b"", "scheme": "wss"}
    guarded: Any = Gate(inner, **gate.kwargs)  # type: ignore[arg-type]
    asyncio.run(guarded(scope, receive, send))
    return 0 if reached else int(sent[0]["code"])


def test_a_websocket_opens_for_whoever_is_logged_in_only(app: Starlette, network: Network) -> None:
    assert socket_close_code(app) == socket_close_code(app, "guessed") == 4401
    assert socket_close_code(app, network.cookie["reader"]) == 0
    assert socket_close_code(app, network.cookie["reader"], origin="https://attacker.example") == 4401


def test_logging_in_sets_a_cookie_that_no_script_reads_and_logging_out_ends_it(app: Starlette, network: Network) -> None:
    browser = client(app)
    form = browser.get("/connexion?lang=en")
    assert '<html lang="en">' in form.text
    assert "<h1>Log in</h1>" in form.text
    fields = {"symbiosis_form": mark(form.text), "email": f"Editor@{HOST}", "password": "wrong"}
    refused = browser.post("/connexion?lang=en", data=fields)
    assert refused.status_code == 401
    assert 'role="alert"' in refused.text
    assert "wrong" not in refused.text
    answer = browser.post("/connexion?lang=en", data={**fields, "password": PASSWORD})
    assert answer.status_code == 303
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("symbiosis_session="))
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert browser.get("/page").status_code == 200
    assert browser.get("/deconnexion").status_code == 200  # a link alone ends nothing
    assert browser.get("/page").status_code == 200
    kept = browser.cookies["symbiosis_session"]
    browser.post("/deconnexion", data={"symbiosis_form": mark(browser.get("/deconnexion").text)})
    assert browser.get("/page").status_code == 401
    assert sessions.person(network.store, token=kept) is None


def test_a_form_that_no_page_of_ours_has_given_is_refused(app: Starlette, network: Network) -> None:
    fields = {"email": f"editor@{HOST}", "password": PASSWORD}
    visitor = client(app)
    assert visitor.post("/connexion", data=fields).status_code == 403
    visitor.get("/connexion")
    assert visitor.post("/connexion", data={**fields, "symbiosis_form": "x" * 43}).status_code == 403
    assert visitor.post("/connexion", data={**fields, "name": "x" * 20_000}).status_code == 403
    assert visitor.post("/connexion", content=b"\xff\xfe", headers={"content-type": "text/plain"}).status_code == 403


def test_the_seventh_try_is_told_to_wait(app: Starlette) -> None:
    visitor = client(app)
    fields = {"symbiosis_form": mark(visitor.get("/connexion").text), "email": f"nobody@{HOST}", "password": "wrong"}
    answers = [visitor.post("/connexion", data=fields) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert 50 <= int(answers[-1].headers["retry-after"]) <= 60


def test_a_facilitator_is_led_to_the_second_factor_and_nowhere_else(app: Starlette, network: Network) -> None:
    browser = client(app)
    browser.cookies.set("symbiosis_session", sessions.open_session(network.store, network.user["facilitator"],
                                                                   has_second_factor=False), domain=HOST)  # fmt: skip
    assert browser.get("/", headers=PAGE).headers["location"] == "/compte/second-facteur"
    assert browser.get("/media/x").status_code == browser.get("/compte").status_code == 401
    assert browser.get("/api/v1/flows").status_code == 401
    page = browser.get("/compte/second-facteur").text
    secret = totp.from_text(re.search(r"<code>([A-Z2-7]+)</code>", page)[1])  # type: ignore[index]
    fields = {"symbiosis_form": mark(page), "code": "000000"}
    assert browser.post("/compte/second-facteur", data=fields).status_code == 200
    fields["code"] = totp.code(secret, int(time.time()) // 30)
    assert browser.post("/compte/second-facteur", data=fields).headers["location"] == "/?lang=fr"
    assert browser.get("/api/v1/flows").status_code == 200


def test_what_is_withdrawn_is_refused_at_the_next_request(app: Starlette, network: Network) -> None:
    browser = client(app, network, "editor")
    assert browser.get("/api/v1/flows").status_code == browser.get("/page").status_code == 200
    revoked = RevokeMember(member_id=network.person("editor").membership.id)
    run(network.store, network.principal("admin"), revoked, key="revoke")
    assert browser.get("/api/v1/flows").status_code == browser.get("/page").status_code == 401
    assert socket_close_code(app, network.cookie["editor"]) == 4401


@pytest.mark.long
def test_a_hundred_withdrawals_take_effect_at_the_next_request(app: Starlette, network: Network) -> None:
    browser = client(app)
    for _ in range(100):
        token = sessions.open_session(network.store, network.user["editor"], has_second_factor=False)
        browser.cookies.set("symbiosis_session", token, domain=HOST)
        assert browser.get("/api/v1/flows").status_code == 200
        someone = sessions.person(network.store, token=token)
        assert someone is not None
        sessions.log_out(network.store, someone.session_id)
        assert browser.get("/api/v1/flows").status_code == 401


def test_an_invitation_makes_an_account(app: Starlette, network: Network) -> None:
    token = accounts.operate(
        network.store, email=f"new@{HOST}", action="invite", role="planner", territory_id=network.territory["A"]
    )
    visitor = client(app)
    page = visitor.get(f"/invitation/{token}").text
    assert f"new@{HOST}" in page
    fields = {"symbiosis_form": mark(page), "name": "<script>x</script>", "password": "short"}
    assert 'role="alert"' in visitor.post(f"/invitation/{token}", data=fields).text
    assert visitor.post(f"/invitation/{token}", data={**fields, "password": PASSWORD}).status_code == 303
    assert visitor.get(f"/invitation/{token}").status_code == visitor.get("/invitation/unknown").status_code == 404
    log_in = {"symbiosis_form": mark(visitor.get("/connexion").text), "email": f"new@{HOST}", "password": PASSWORD}
    assert visitor.post("/connexion", data=log_in).status_code == 303
    shown = visitor.get("/compte").text
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_a_token_is_made_shown_once_and_revoked_on_ones_page(app: Starlette, network: Network) -> None:
    browser = client(app, network, "editor")
    fields = {"symbiosis_form": mark(browser.get("/compte").text), "label": "ERP", "days": "30", "right-flow:read": "on"}
    token = re.search(r"<code>(sym_[^<]+)</code>", browser.post("/compte", data=fields).text)[1]  # type: ignore[index]
    program = client(app)
    assert program.get("/api/v1/flows", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert program.get("/api/v1/contacts", headers={"authorization": f"Bearer {token}"}).status_code == 403
    page = browser.get("/compte").text
    assert token not in page
    token_id = re.search(r'name="revoke" value="(\w+)"', page)[1]  # type: ignore[index]
    # What a token forbids, the cookie of somebody else beside it does not allow.
    both = client(app, network, "facilitator").get("/api/v1/contacts", headers={"authorization": f"Bearer {token}"})
    assert both.status_code == 403
    browser.post("/compte", data={"symbiosis_form": mark(page), "revoke": token_id})
    assert program.get("/api/v1/flows", headers={"authorization": f"Bearer {token}"}).status_code == 401
    bad = {"symbiosis_form": mark(page), "label": "x", "days": "30", "right-match:read": "on"}
    assert 'role="alert"' in browser.post("/compte", data=bad).text


def test_a_company_answers_by_its_link_and_sees_its_own_side_only(app: Starlette, network: Network) -> None:
    token = answer_links.answer_link(
        network.store, network.principal("facilitator"), match_id=network.match["B"], company_id=network.company["B"]
    )
    visitor = client(app)
    page = visitor.get(f"/reponse/{token}")
    assert page.status_code == 200
    assert "own B" in page.text
    assert "name A" not in page.text
    assert "own A" not in page.text
    fields = {"symbiosis_form": mark(page.text), "decision": "refused", "reason": "price"}
    assert visitor.post(f"/reponse/{token}", data={**fields, "symbiosis_form": "x"}).status_code == 403
    assert 'role="alert"' in visitor.post(f"/reponse/{token}", data={**fields, "decision": "withdrawn"}).text
    assert 'role="status"' in visitor.post(f"/reponse/{token}", data=fields).text
    assert 'role="alert"' in visitor.post(f"/reponse/{token}", data={**fields, "decision": "accepted"}).text
    assert "<form" not in visitor.get(f"/reponse/{token}").text
    assert visitor.get(f"/reponse/{network.match['A']}.x").status_code == 404
    # The link opens nothing else.
    assert visitor.get("/api/v1/sides").status_code == 401
    with network.store.open(network.principal("facilitator")) as session:
        assert session.one("consent", match_id=network.match["B"])["reason_code"] == "price"


def test_public_processes_have_neither_log_in_nor_private_routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh(tmp_path)
    (tmp_path / "private.db").unlink()
    for name, value in {"SYMBIOSIS_MODE": "public", "SYMBIOSIS_HOSTS": HOST, "SYMBIOSIS_DATA": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    visitor = client(application())
    assert visitor.get("/api/v1/publications").status_code == 200
    for path in ("/api/v1/flows", "/api/v1/companies", "/api/v1/runs"):
        assert visitor.get(path, headers={"authorization": "Bearer sym_x"}).status_code == 404
    assert visitor.get("/connexion").text == "nobody"  # the dashboard's own page, not a form
    assert not (tmp_path / "private.db").exists()


def test_the_local_mode_asks_nobody_and_hears_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    monkeypatch.delenv("SYMBIOSIS_MODE", raising=False)
    app = application()
    assert client(app, host="127.0.0.1").get("/page", headers={HEADER: "forged"}).text == "nobody"
    assert client(app, host="attacker.example").get("/page").status_code == 421
    assert client(app, host="localhost").get("/api/v1/territory").json()["rows"][0]["name"] == "Mon territoire"


LIVE = """
import streamlit as st, sys
from symbiosis import server
app = st.App(sys.argv[1], middleware=server.middleware(), routes=server.routes())
app.run(config={**server.CONFIG, "server.port": int(sys.argv[2])})
"""
SCRIPT = """
import streamlit as st
from symbiosis.dashboard import identity
store, principal = identity.current()
st.text("I am " + principal.role)
st.download_button("d", "SECRET OF " + principal.role, file_name="s.csv", mime="text/csv")
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[int, Network]]:
    """A real server of Streamlit behind our gate."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    network = fresh(tmp_path)
    (tmp_path / "page.py").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, **SERVER, "SYMBIOSIS_HOSTS": "127.0.0.1", "SYMBIOSIS_DATA": str(tmp_path)}
    command = [sys.executable, "-c", LIVE, str(tmp_path / "page.py"), str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path
    ) as served:
        try:
            for _ in range(240):
                with suppress(httpx.TransportError):
                    if status(port, "/_stcore/health") == 200:
                        break
                time.sleep(0.25)
            yield port, network
        finally:
            served.terminate()


def status(port: int, path: str, cookie: str = "") -> int:
    answer = httpx.get(f"http://127.0.0.1:{port}{path}", headers={"cookie": f"symbiosis_session={cookie}"}, trust_env=False)
    return answer.status_code


def seen_by(port: int, cookie: str, others: tuple[str, ...] = ()) -> tuple[str, list[int]]:
    """What one run of the page shows to a browser, and what its download answers to it, then to others."""
    headers = {"Cookie": f"symbiosis_session={cookie}", "X-Symbiosis-Session": "forged"}
    text, address = "", ""
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", additional_headers=headers, max_size=None) as opened:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        opened.send(asked.SerializeToString())
        told = ForwardMsg()
        while told.WhichOneof("type") != "script_finished":
            told.ParseFromString(opened.recv(timeout=60))
            text = told.delta.new_element.text.body or text
            address = told.delta.new_element.download_button.url or address
        assert address.startswith("/media/")
        return text, [status(port, address, one) for one in (cookie, *others)]


def test_a_download_is_given_to_the_browser_that_it_was_offered_to_only(live: tuple[int, Network]) -> None:
    port, network = live
    editor, reader = network.cookie["editor"], network.cookie["reader"]
    assert seen_by(port, editor, (reader, "", "guessed")) == ("I am editor", [200, 404, 401, 401])
    assert seen_by(port, reader, (editor,)) == ("I am reader", [200, 404])
    with pytest.raises(InvalidStatus):
        seen_by(port, "guessed")
