"""The registry over HTTP: who may ask, what is asked, and the answer as JSON."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from functools import partial
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.registry.codes.minting import RESOURCE_CODE_DIGITS
from gateway.registry.faults import NotRegistered, RequestFault
from gateway.registry.life.access import Access, Role
from gateway.registry.service.desk import Desk
from gateway.registry.service.exchange import json_response, problems, read_body
from gateway.registry.service.one_thread import OneThread
from gateway.registry.service.operations import MAX_ENTERPRISE_ID, OWNERS
from gateway.registry.service.repetition import MAX_KEY_CHARACTERS
from gateway.registry.service.step_routes import EVENTS, STEP_ROLES, StepRoutes
from gateway.registry.service.wire import (
    MAX_BODY_OCTETS,
    MAX_NUMBER,
    asked_codes,
    changes_body,
    is_code,
    registration_body,
    registrations_body,
    row_body,
    rows_body,
    whole_number,
)
from gateway.registry.views.changes import MAX_CHANGES
from gateway.registry.views.listings import MAX_ROWS
from gateway.registry.views.lookups import Register

_MAX_WAITING = 256
_MAX_TOKEN_CHARACTERS = 512
_ASKING = frozenset({Role.GATEWAY})
_READING = frozenset({Role.ENTERPRISE, Role.SUPERVISOR, Role.OPERATOR})
_READ_ROLES = {
    "/v1/codes/{code}": _ASKING,
    "/v1/changes": _ASKING,
    "/v1/enterprises": _READING,
    "/v1/enterprises/{enterprise}": _READING,
    "/v1/products": _READING,
    "/v1/products/{resource_code}": _READING,
    "/v1/applications": _READING,
    "/v1/applications/{application}": _READING,
    "/v1/steps": _READING,
}
ROLES: Mapping[tuple[str, str], frozenset[Role]] = (
    {("POST", "/v1/lookups"): _ASKING}
    | {("GET", path): roles for path, roles in _READ_ROLES.items()}
    | {("POST", path): roles for path, roles in STEP_ROLES.items()}
    | {("GET", EVENTS): OWNERS}
)
_OPEN_PATHS = frozenset({"/healthz", "/openapi.json"})
_ACCESS = web.RequestKey("access", Access)


class Api:
    """One application.  Look-ups and lists each have a thread of their own; without a `desk` no steps are taken."""

    def __init__(self, register: Register, token: str, desk: Desk | None = None) -> None:
        self._register = register
        self._authorization = f"Bearer {token}".encode()
        self._thread = OneThread("register", _MAX_WAITING)
        self._reading = OneThread("reading", _MAX_WAITING)
        self._steps = None if desk is None else StepRoutes(desk, lambda request: request[_ACCESS])
        self._description = resources.files("gateway.registry.service").joinpath("openapi.json").read_bytes()

    def application(self) -> web.Application:
        """The aiohttp application, to be run once."""
        application = web.Application(client_max_size=MAX_BODY_OCTETS, middlewares=[problems, self._authenticated])
        reading = {
            "/v1/codes/{code}": self._code,
            "/v1/changes": self._changes,
            "/v1/enterprises": self._enterprises,
            "/v1/enterprises/{enterprise}": self._enterprise,
            "/v1/products": self._products,
            "/v1/products/{resource_code}": self._product,
            "/v1/applications": self._applications,
            "/v1/applications/{application}": self._application,
            "/v1/steps": self._record,
            "/healthz": self._health,
            "/openapi.json": self._describe,
        }
        application.add_routes([web.get(path, read, allow_head=False) for path, read in reading.items()])
        application.add_routes([web.post("/v1/lookups", self._look_ups)])
        if self._steps is not None:
            application.add_routes(self._steps.routes())
        application.on_cleanup.append(self._stop)
        return application

    async def _stop(self, _application: web.Application) -> None:
        for each in (self._thread, self._reading, self._steps):
            if each is not None:
                each.close()

    @web.middleware
    async def _authenticated(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _OPEN_PATHS:
            access = await self._admitted(request.headers.get("Authorization", ""))
            if access is None:
                raise web.HTTPUnauthorized(
                    headers={"WWW-Authenticate": "Bearer"}, text="send Authorization: Bearer with a token in force"
                )
            resource = request.match_info.route.resource
            if resource is not None and access.role not in ROLES.get(
                (request.method, resource.canonical), frozenset(Role)
            ):
                raise web.HTTPForbidden(text=f"the role {access.role} is not shown this, and does not do it")
            request[_ACCESS] = access
        return await handler(request)

    async def _admitted(self, given: str) -> Access | None:
        if hmac.compare_digest(given.encode(errors="surrogateescape"), self._authorization):
            return Access(Role.GATEWAY)
        scheme, _, token = given.partition(" ")
        if scheme != "Bearer" or not 0 < len(token) <= _MAX_TOKEN_CHARACTERS:
            return None
        return await self._thread.run(self._register.doorkeeper.admit, token)

    async def _look_ups(self, request: web.Request) -> web.StreamResponse:
        # A look-up changes nothing, so a repeated one needs no memory of the first: the key is only kept in bounds.
        if len(request.headers.get("Idempotency-Key", "")) > MAX_KEY_CHARACTERS:
            raise RequestFault(f"Idempotency-Key is longer than {MAX_KEY_CHARACTERS} characters")
        asked = asked_codes(await read_body(request))
        return json_response(registrations_body(await self._thread.run(self._register.look_up, asked)))

    async def _code(self, request: web.Request) -> web.StreamResponse:
        code = request.match_info["code"]
        if not is_code(code):
            raise RequestFault("the path names no code: write 20 or 16 ASCII digits")
        return json_response(registration_body((await self._thread.run(self._register.look_up, [code]))[0]))

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        asked = request.query.get("after")
        limit = whole_number("limit", request.query.get("limit", str(MAX_CHANGES)), 1, MAX_CHANGES)
        if asked is None:
            return json_response(
                changes_body([], await self._thread.run(partial(self._register.feed.last_before, _instant(request))))
            )
        after = whole_number("after", asked, 0, MAX_NUMBER)
        changes = await self._thread.run(self._register.feed.after, after, limit)
        return json_response(changes_body(changes, changes[-1].number if changes else after))

    async def _enterprises(self, request: web.Request) -> web.StreamResponse:
        after = _after(request)
        reading = self._register.reading
        rows = await self._reading.run(reading.enterprises, request[_ACCESS], after, _limit(request))
        return json_response(rows_body("enterprises", rows, rows[-1].number if rows else after))

    async def _enterprise(self, request: web.Request) -> web.StreamResponse:
        number = _number(request, "enterprise")
        return json_response(
            row_body(await self._reading.run(self._register.reading.enterprise, request[_ACCESS], number))
        )

    async def _products(self, request: web.Request) -> web.StreamResponse:
        after = request.query.get("after", "")
        if after and not (after.isascii() and after.isdecimal() and len(after) == RESOURCE_CODE_DIGITS):
            raise RequestFault(f"after: write a product resource code, {RESOURCE_CODE_DIGITS} digits")
        rows = await self._reading.run(self._register.reading.products, request[_ACCESS], after, _limit(request))
        return json_response(rows_body("products", rows, rows[-1].resource_code if rows else after))

    async def _product(self, request: web.Request) -> web.StreamResponse:
        resource_code = request.match_info["resource_code"]
        return json_response(
            row_body(await self._reading.run(self._register.reading.product, request[_ACCESS], resource_code))
        )

    async def _applications(self, request: web.Request) -> web.StreamResponse:
        after = _after(request)
        reading = self._register.reading
        rows = await self._reading.run(reading.applications, request[_ACCESS], after, _limit(request))
        return json_response(rows_body("applications", rows, rows[-1].number if rows else after))

    async def _application(self, request: web.Request) -> web.StreamResponse:
        number = _number(request, "application")
        row = await self._reading.run(self._register.reading.application, request[_ACCESS], number)
        return json_response(row_body(row), etag=row.etag)

    async def _record(self, request: web.Request) -> web.StreamResponse:
        after = _after(request)
        rows = await self._reading.run(self._register.reading.steps, request[_ACCESS], after, _limit(request))
        return json_response(rows_body("steps", rows, rows[-1].number if rows else after))

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        await self._thread.run(self._register.check)
        return json_response(b'{"status":"ok"}')

    async def _describe(self, _request: web.Request) -> web.StreamResponse:
        return json_response(self._description)


def _after(request: web.Request) -> int:
    return whole_number("after", request.query.get("after", "0"), 0, MAX_NUMBER)


def _number(request: web.Request, name: str) -> int:
    """A number in the path; what can be none's is not found."""
    try:
        return whole_number(name, request.match_info[name], 1, MAX_ENTERPRISE_ID)
    except RequestFault as exc:
        raise NotRegistered("there is no such {field}", "no_such", field=name) from exc


def _limit(request: web.Request) -> int:
    return whole_number("limit", request.query.get("limit", str(MAX_ROWS)), 1, MAX_ROWS)


def _instant(request: web.Request) -> float:
    """`since`: Unix time in whole seconds; the end of time where it is left out."""
    since = request.query.get("since")
    return math.inf if since is None else whole_number("since", since, 0, MAX_NUMBER)
