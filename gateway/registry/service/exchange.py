"""One HTTP exchange: the body in, within its time; JSON or a problem (RFC 9457) out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.core.errors import SettingsFault
from gateway.registry.faults import Crowded, NotRegistered, Outdated, Refused, RegistryFault, RequestFault, StoreFault
from gateway.registry.service.wire import problem_body

BODY_SECONDS = 10
_KEPT_HEADERS = frozenset({"WWW-Authenticate", "Retry-After", "Allow"})
_STATUSES = {
    RequestFault: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotRegistered: HTTPStatus.NOT_FOUND,
    Refused: HTTPStatus.CONFLICT,
    Outdated: HTTPStatus.PRECONDITION_FAILED,
}

_log = logging.getLogger(__name__)


async def read_body(request: web.Request) -> bytes:
    """The whole body.  Raises HTTPRequestTimeout, and HTTPRequestEntityTooLarge beyond the application's cap."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as exc:
        raise web.HTTPRequestTimeout(text=f"the body did not arrive within {BODY_SECONDS} s") from exc


def json_response(body: bytes, status: int = HTTPStatus.OK, etag: str = "") -> web.Response:
    """A body of JSON, or a problem where the status is one."""
    kind = "application/json" if status < HTTPStatus.BAD_REQUEST else "application/problem+json"
    headers = {"ETag": etag} if etag else {}
    return web.Response(status=status, body=body, headers=headers, content_type=kind, charset="utf-8")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error of what is served becomes a problem."""
    try:
        return await handler(request)
    except web.HTTPException as exc:
        if exc.status < HTTPStatus.BAD_REQUEST:
            raise
        return _problem(HTTPStatus(exc.status), exc.text or exc.reason, exc.headers)
    except (RequestFault, NotRegistered, Refused, Outdated) as exc:
        return _problem(_STATUSES[type(exc)], exc)
    except Crowded as exc:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(exc), {"Retry-After": "1"})
    except (StoreFault, SettingsFault) as exc:
        _log.exception("a request failed: look at the database")
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(exc), {"Retry-After": "1"})


def _problem(status: HTTPStatus, detail: str | RegistryFault, headers: Mapping[str, str] | None = None) -> web.Response:
    kept = {name: value for name, value in (headers or {}).items() if name in _KEPT_HEADERS}
    return web.Response(
        status=status,
        body=problem_body(status, status.phrase, detail),
        headers=kept,
        content_type="application/problem+json",
    )
