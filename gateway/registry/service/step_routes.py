"""Steps over HTTP: each operation at its path; code files and life-cycle events as streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.registry.faults import Crowded
from gateway.registry.life.access import Access, Role
from gateway.registry.service.desk import Asked, Desk
from gateway.registry.service.event_page import events_wanted
from gateway.registry.service.exchange import json_response, read_body
from gateway.registry.service.one_thread import OneThread
from gateway.registry.service.operations import ENROLMENT, OWNERS, Operation
from gateway.registry.service.operations_in_circulation import CIRCULATION

OPERATIONS = (*ENROLMENT, *CIRCULATION)
_CODE_FILE = "/v1/applications/{application}/code-file"
EVENTS = "/v1/products/{resource_code}/events"
STEP_ROLES: Mapping[str, frozenset[Role]] = {each.path: each.roles for each in OPERATIONS} | {_CODE_FILE: OWNERS}
_MAX_WAITING = 64
_MAX_DELIVERIES = 4


class StepRoutes:
    """Serves the desk.  Steps, which wait for the disk, have a thread of their own: look-ups do not wait for them."""

    def __init__(self, desk: Desk, access_of: Callable[[web.Request], Access]) -> None:
        self._desk = desk
        self._access_of = access_of
        self._thread = OneThread("desk", _MAX_WAITING)
        self._writing = OneThread("files", _MAX_DELIVERIES)
        self._deliveries = 0

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        steps = [web.post(each.path, self._taking(each)) for each in OPERATIONS]
        events = web.get(EVENTS, self._events, allow_head=False)
        return [*steps, web.post(_CODE_FILE, self._deliver), events]

    def close(self) -> None:
        """Wait for the step at hand."""
        self._thread.close()
        self._writing.close()

    def _taking(self, operation: Operation) -> Handler:
        return partial(self._take, operation)

    async def _take(self, operation: Operation, request: web.Request) -> web.StreamResponse:
        answer = await self._thread.run(self._desk.take, operation, await self._asked(request))
        return json_response(answer.body, answer.status, answer.etag)

    async def _asked(self, request: web.Request) -> Asked:
        return Asked(
            access=self._access_of(request),
            target=request.path,
            path=dict(request.match_info),
            body=await read_body(request),
            key=request.headers.get("Idempotency-Key", ""),
            if_match=request.headers.get("If-Match", ""),
        )

    async def _deliver(self, request: web.Request) -> web.StreamResponse:
        with self._delivering():
            code_file = await self._thread.run(self._desk.deliver, await self._asked(request))
            name = f"codes-{code_file.application.number}.zmcf"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return await self._streamed(request, "application/octet-stream", headers, code_file.sealed())

    async def _events(self, request: web.Request) -> web.StreamResponse:
        with self._delivering():
            wanted = events_wanted(request.match_info["resource_code"], dict(request.query))
            page = await self._thread.run(self._desk.events, self._access_of(request), wanted)
            headers = {"Link": page.next_link} if page.next_link else {}
            return await self._streamed(request, "application/ld+json", headers, page.octets())

    @contextmanager
    def _delivering(self) -> Iterator[None]:
        if self._deliveries >= _MAX_DELIVERIES:
            raise Crowded("enough files are being written: come back")
        self._deliveries += 1
        try:
            yield
        finally:
            self._deliveries -= 1

    async def _streamed(
        self, request: web.Request, content_type: str, headers: Mapping[str, str], pieces: Iterator[bytes]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={**headers, "Cache-Control": "no-store"})
        response.content_type = content_type
        await response.prepare(request)
        while piece := await self._writing.run(next, pieces, b""):
            await response.write(piece)
        await response.write_eof()
        return response
