"""Steps over HTTP: each operation at its path, and code files as encrypted streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.registry.faults import Crowded
from gateway.registry.life.access import Access, Role
from gateway.registry.service.desk import Asked, Desk
from gateway.registry.service.exchange import json_response, read_body
from gateway.registry.service.one_thread import OneThread
from gateway.registry.service.operations import ENROLMENT, OWNERS, Operation
from gateway.registry.service.operations_in_circulation import CIRCULATION

OPERATIONS = (*ENROLMENT, *CIRCULATION)
_CODE_FILE = "/v1/applications/{application}/code-file"
STEP_ROLES: Mapping[str, frozenset[Role]] = {each.path: each.roles for each in OPERATIONS} | {_CODE_FILE: OWNERS}
_MAX_WAITING = 64
_MAX_DELIVERIES = 4


class StepRoutes:
    """Serves the desk.  Steps, which wait for the disk, have a thread of their own: look-ups do not wait for them."""

    def __init__(self, desk: Desk, access_of: Callable[[web.Request], Access]) -> None:
        self._desk = desk
        self._access_of = access_of
        self._thread = OneThread("desk", _MAX_WAITING)
        self._writing = OneThread("code files", _MAX_DELIVERIES)
        self._deliveries = 0

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        steps = [web.post(each.path, self._taking(each)) for each in OPERATIONS]
        return [*steps, web.post(_CODE_FILE, self._deliver)]

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
        if self._deliveries >= _MAX_DELIVERIES:
            raise Crowded("enough code files are being written: come back")
        self._deliveries += 1
        try:
            code_file = await self._thread.run(self._desk.deliver, await self._asked(request))
            name = f"codes-{code_file.application.number}.zmcf"
            response = web.StreamResponse(
                headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
            )
            response.content_type = "application/octet-stream"
            await response.prepare(request)
            pieces = code_file.sealed()
            while piece := await self._writing.run(next, pieces, b""):
                await response.write(piece)
            await response.write_eof()
            return response
        finally:
            self._deliveries -= 1
