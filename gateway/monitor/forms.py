"""What was posted: read within bounds of size and time, and from where."""

from __future__ import annotations

import asyncio
import secrets

from aiohttp import web
from multidict import MultiDictProxy

from gateway.monitor.client import same_origin

BODY_SECONDS = 10.0

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


async def read_form(request: web.Request, limit_octets: int) -> Form:
    """The posted fields; none for a body that is no form, which is then read for `request.json()`.

    Raises HTTPLengthRequired, HTTPRequestEntityTooLarge, HTTPRequestTimeout, HTTPBadRequest.
    """
    if request.content_length is None and request.body_exists:
        raise web.HTTPLengthRequired
    if (request.content_length or 0) > limit_octets:
        raise web.HTTPRequestEntityTooLarge(limit_octets, request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if not request.content_type.startswith("multipart/"):
                await request.read()
            return await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, LookupError) as exc:  # no text, no such charset, or no multipart body
        raise web.HTTPBadRequest from exc


def is_own_form(request: web.Request) -> bool:
    """Whether the browser, as far as it says so, posts from a page of ours."""
    headers = request.headers
    return same_origin(request.host, headers.get("Origin", ""), headers.get("Sec-Fetch-Site", ""))


def is_same(posted: str, expected: str) -> bool:
    """Whether a form's token is the expected one, in a time that does not tell how nearly; an empty one never is."""
    return bool(expected) and secrets.compare_digest(posted.encode(errors="replace"), expected.encode())
