"""Plain pages outside Streamlit: no script, one form each, in the two languages; and forms that only our own pages can send."""

from __future__ import annotations

import hmac
import secrets
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, PlainTextResponse

from symbiosis import messages
from symbiosis.errors import SymbiosisError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

CSRF = "symbiosis_form"
LONGEST_FORM = 16_384

_STYLE = """
:root{color-scheme:light dark;--front:#1a2620;--back:#fff;--line:#c9d6ce;--main:#1f6b4a;--on:#fff;--soft:#eef4f0}
@media(prefers-color-scheme:dark){:root{--front:#e8f0eb;--back:#121a16;--line:#3a4a41;--main:#6fd3a4;--on:#121a16;--soft:#1c2721}}
body{font:1.05rem/1.5 system-ui,sans-serif;color:var(--front);background:var(--back);margin:0}
main{max-width:34rem;margin:3rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
label{display:block;margin:1rem 0 .25rem;font-weight:600}small{display:block}
input:not([type=checkbox]):not([type=radio]),select{width:100%;box-sizing:border-box;font:inherit;padding:.5rem;
border:1px solid var(--front);border-radius:.4rem;background:var(--back);color:var(--front)}
button,a.button{font:inherit;font-weight:600;margin-top:1.2rem;padding:.55rem 1.1rem;border:0;border-radius:.4rem;
background:var(--main);color:var(--on);cursor:pointer}
a.button{display:inline-block;text-decoration:none}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
[role=alert],[role=status]{border-left:.3rem solid var(--main);background:var(--soft);padding:.7rem 1rem}
a{color:var(--main)}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}code{overflow-wrap:anywhere}
"""


class FormError(SymbiosisError):
    """A form that does not come from one of our pages, or is too long."""


def language(request: Request) -> str:
    """``fr`` or ``en``: what the address says, else what the browser prefers, else French."""
    asked = request.query_params.get("lang", "")
    if asked in messages.LANGUAGES:
        return asked
    preferred = request.headers.get("accept-language", "").strip().lower()[:2]
    return "en" if preferred == "en" else "fr"


def sayer(request: Request) -> Callable[[str], str]:
    """Translates into the language of a request."""
    return messages.translation(language(request)).gettext


def page(request: Request, title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """A whole page.

    Parameters
    ----------
    request
        That it answers.
    title
        As text.
    body
        As HTML; what people typed in it is escaped by whoever made it.
    status
        Of the answer.

    Returns
    -------
    HTMLResponse
        With the cookie that the forms of the page are compared with.
    """
    spoken = language(request)
    other, name = ("en", "English") if spoken == "fr" else ("fr", "Français")
    html = (
        f'<!DOCTYPE html><html lang="{spoken}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} – symbiosis</title><style>{_STYLE}</style></head><body><main>"
        f'<p><a href="?lang={other}" lang="{other}" hreflang="{other}">{name}</a></p>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    response = HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})
    response.set_cookie(CSRF, _mark(request), httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/")
    return response


def form(request: Request, fields: str, button: str, *, action: str = "") -> str:
    """A form that only this page can send.

    Parameters
    ----------
    request
        That the page answers.
    fields
        As HTML.
    button
        Its word.
    action
        Where it goes; the page itself by default.
    """
    spoken = language(request)
    return (
        f'<form method="post" action="{escape(action or request.url.path)}?lang={spoken}">'
        f'<input type="hidden" name="{CSRF}" value="{_mark(request)}">{fields}'
        f'<button type="submit">{escape(button)}</button></form>'
    )


def field(name: str, label: str, *, kind: str = "text", hint: str = "", **attributes: str) -> str:
    """A labelled input.

    Parameters
    ----------
    name, label
        Of the input.
    kind
        Of HTML.
    hint
        What stands below the label.
    **attributes
        Others of HTML, with ``_`` for ``-``.
    """
    others = "".join(f' {key.replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    described = f'<small id="{name}-hint">{escape(hint)}</small>' if hint else ""
    link = f' aria-describedby="{name}-hint"' if hint else ""
    return (
        f'<label for="{name}">{escape(label)}</label>{described}<input id="{name}" name="{name}" type="{kind}"{link}{others}>'
    )


def alert(text: str) -> str:
    """What went wrong, said before the form."""
    return f'<p role="alert">{escape(text)}</p>' if text else ""


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form of ours.

    Parameters
    ----------
    request
        A POST.

    Returns
    -------
    dict

    Raises
    ------
    FormError
        If it was not sent by a page of ours, or is longer than any of our forms.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise FormError("too long")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise FormError("not a form") from error
    cookie = request.cookies.get(CSRF, "")
    if not cookie or not hmac.compare_digest(cookie.encode(), fields.pop(CSRF, "").encode()):
        raise FormError("not from one of our pages")
    return fields


def refused(request: Request) -> PlainTextResponse:
    """What a form that is not ours is answered."""
    say = sayer(request)
    return PlainTextResponse(say("Ce formulaire a expiré : rechargez la page et recommencez."), status_code=403)


def _mark(request: Request) -> str:
    """The mark of this browser's forms: the one it has, or a new one that stays the same through one page."""
    if not hasattr(request.state, "mark"):
        known = request.cookies.get(CSRF, "")
        request.state.mark = (
            known if len(known) == 43 and known.replace("-", "").replace("_", "").isalnum() else secrets.token_urlsafe(32)
        )
    return str(request.state.mark)
