"""The registry over HTTP: who may ask, what is asked, and the answer as JSON; every error is a problem (RFC 9457)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from importlib import resources
from typing import ParamSpec, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.core.errors import SettingsFault
from gateway.registry.access import Access, Role
from gateway.registry.changes import MAX_CHANGES
from gateway.registry.faults import RequestFault, StoreFault
from gateway.registry.lookups import Register
from gateway.registry.minting import RESOURCE_CODE_DIGITS
from gateway.registry.reading import MAX_ROWS
from gateway.registry.wire import (
    MAX_BODY_OCTETS,
    MAX_KEY_CHARACTERS,
    MAX_NUMBER,
    asked_codes,
    changes_body,
    is_code,
    problem_body,
    registration_body,
    registrations_body,
    rows_body,
    whole_number,
)

_BODY_SECONDS = 10
_MAX_WAITING = 256
_MAX_TOKEN_CHARACTERS = 512
_ASKING = frozenset({Role.GATEWAY})
_READING = frozenset({Role.ENTERPRISE, Role.SUPERVISOR, Role.OPERATOR})
_ROLES = {
    "/v1/lookups": _ASKING,
    "/v1/codes/{code}": _ASKING,
    "/v1/changes": _ASKING,
    "/v1/products": _READING,
    "/v1/steps": _READING,
}
_OPEN_PATHS = frozenset({"/healthz", "/openapi.json"})
_ACCESS = web.RequestKey("access", Access)

_log = logging.getLogger(__name__)
Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")


class Api:
    """One application.  The register's statements run in a thread of their own, one request at a time."""

    def __init__(self, register: Register, token: str) -> None:
        self._register = register
        self._authorization = f"Bearer {token}".encode()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="register")
        self._waiting = 0
        self._description = resources.files("gateway.registry").joinpath("openapi.json").read_bytes()

    def application(self) -> web.Application:
        """The aiohttp application, to be run once."""
        application = web.Application(client_max_size=MAX_BODY_OCTETS, middlewares=[_problems, self._authenticated])
        application.add_routes(
            [
                web.post("/v1/lookups", self._look_ups),
                web.get("/v1/codes/{code}", self._code, allow_head=False),
                web.get("/v1/changes", self._changes, allow_head=False),
                web.get("/v1/products", self._products, allow_head=False),
                web.get("/v1/steps", self._steps, allow_head=False),
                web.get("/healthz", self._health, allow_head=False),
                web.get("/openapi.json", self._describe, allow_head=False),
            ]
        )
        application.on_cleanup.append(self._stop)
        return application

    async def _stop(self, _application: web.Application) -> None:
        self._thread.shutdown(wait=True)

    @web.middleware
    async def _authenticated(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _OPEN_PATHS:
            access = await self._admitted(request.headers.get("Authorization", ""))
            if access is None:
                raise web.HTTPUnauthorized(
                    headers={"WWW-Authenticate": "Bearer"}, text="send Authorization: Bearer with a token in force"
                )
            resource = request.match_info.route.resource
            if resource is not None and access.role not in _ROLES.get(resource.canonical, frozenset(Role)):
                raise web.HTTPForbidden(text=f"the role {access.role} is not shown this")
            request[_ACCESS] = access
        return await handler(request)

    async def _admitted(self, given: str) -> Access | None:
        if hmac.compare_digest(given.encode(errors="surrogateescape"), self._authorization):
            return Access(Role.GATEWAY)
        scheme, _, token = given.partition(" ")
        if scheme != "Bearer" or not 0 < len(token) <= _MAX_TOKEN_CHARACTERS:
            return None
        return await self._in_thread(self._register.doorkeeper.admit, token)

    async def _look_ups(self, request: web.Request) -> web.StreamResponse:
        # A look-up changes nothing, so a repeated one needs no memory of the first: the key is only kept in bounds.
        if len(request.headers.get("Idempotency-Key", "")) > MAX_KEY_CHARACTERS:
            raise RequestFault(f"Idempotency-Key is longer than {MAX_KEY_CHARACTERS} characters")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await request.read()
        except TimeoutError as exc:
            raise web.HTTPRequestTimeout(text=f"the body did not arrive within {_BODY_SECONDS} s") from exc
        return _json(registrations_body(await self._in_thread(self._register.look_up, asked_codes(body))))

    async def _code(self, request: web.Request) -> web.StreamResponse:
        code = request.match_info["code"]
        if not is_code(code):
            raise RequestFault("the path names no code: write 20 or 16 ASCII digits")
        return _json(registration_body((await self._in_thread(self._register.look_up, [code]))[0]))

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        asked = request.query.get("after")
        limit = whole_number("limit", request.query.get("limit", str(MAX_CHANGES)), 1, MAX_CHANGES)
        if asked is None:
            return _json(
                changes_body([], await self._in_thread(partial(self._register.feed.last_before, _instant(request))))
            )
        after = whole_number("after", asked, 0, MAX_NUMBER)
        changes = await self._in_thread(self._register.feed.after, after, limit)
        return _json(changes_body(changes, changes[-1].number if changes else after))

    async def _products(self, request: web.Request) -> web.StreamResponse:
        after = request.query.get("after", "")
        if after and not (after.isascii() and after.isdecimal() and len(after) == RESOURCE_CODE_DIGITS):
            raise RequestFault(f"after: write a product resource code, {RESOURCE_CODE_DIGITS} digits")
        rows = await self._in_thread(self._register.reading.products, request[_ACCESS], after, _limit(request))
        return _json(rows_body("products", rows, rows[-1].resource_code if rows else after))

    async def _steps(self, request: web.Request) -> web.StreamResponse:
        after = whole_number("after", request.query.get("after", "0"), 0, MAX_NUMBER)
        rows = await self._in_thread(self._register.reading.steps, request[_ACCESS], after, _limit(request))
        return _json(rows_body("steps", rows, rows[-1].number if rows else after))

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        await self._in_thread(self._register.check)
        return _json(b'{"status":"ok"}')

    async def _describe(self, _request: web.Request) -> web.StreamResponse:
        return _json(self._description)

    async def _in_thread(
        self, statement: Callable[Asked, Answered], *asked: Asked.args, **named: Asked.kwargs
    ) -> Answered:
        if self._waiting >= _MAX_WAITING:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"}, text="too many requests wait: come back")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, partial(statement, *asked, **named))
        finally:
            self._waiting -= 1


def _limit(request: web.Request) -> int:
    return whole_number("limit", request.query.get("limit", str(MAX_ROWS)), 1, MAX_ROWS)


def _instant(request: web.Request) -> float:
    """`since`: Unix time in whole seconds; the end of time where it is left out."""
    since = request.query.get("since")
    return math.inf if since is None else whole_number("since", since, 0, MAX_NUMBER)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as exc:
        if exc.status < HTTPStatus.BAD_REQUEST:
            raise
        return _problem(HTTPStatus(exc.status), exc.text or exc.reason, exc.headers)
    except RequestFault as exc:
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc))
    except (StoreFault, SettingsFault) as exc:
        _log.exception("a request failed: look at the database")
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(exc), {"Retry-After": "1"})


def _problem(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    kept = {
        name: value for name, value in (headers or {}).items() if name in {"WWW-Authenticate", "Retry-After", "Allow"}
    }
    return web.Response(
        status=status,
        body=problem_body(status, status.phrase, detail),
        headers=kept,
        content_type="application/problem+json",
    )
