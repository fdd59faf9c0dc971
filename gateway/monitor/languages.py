"""In which language a request is answered: `?lang=`, the cookie of such a choice, the user's own, the browser's."""

from __future__ import annotations

from aiohttp import web

from gateway.monitor.roles import User
from gateway.monitor.texts import Texts

LANGUAGE_COOKIE = "zhenma-language"
_A_YEAR_SECONDS = 31_536_000


def language_of(request: web.Request, texts: Texts, user: User | None) -> str:
    """One of the languages that have texts."""
    own = user.language if user else ""
    wanted = (request.query.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, ""), own)
    return texts.choose(wanted, request.headers.get("Accept-Language", ""))


def remember_choice(request: web.Request, response: web.StreamResponse, texts: Texts) -> None:
    """Keep what `?lang=` chose for this browser.  At this time aiohttp has turned its own cookies into headers."""
    chosen = request.query.get("lang", "")
    if chosen in texts.languages:
        cookie = f"{LANGUAGE_COOKIE}={chosen}; Max-Age={_A_YEAR_SECONDS}; Path=/; HttpOnly; SameSite=Strict"
        response.headers.add("Set-Cookie", cookie)


def forget_choice(response: web.StreamResponse) -> None:
    """The user's own setting counts from now on."""
    response.del_cookie(LANGUAGE_COOKIE, path="/", httponly=True, samesite="Strict")
