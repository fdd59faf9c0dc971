from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from gateway.core.errors import VerificationUnavailable
from gateway.verification.client import BackendClient
from gateway.verification.settings import BackendSettings
from tests.gateway.verification.samples import CODE, OTHER_CODE, unknown

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


def rows(*codes: str) -> bytes:
    return json.dumps({"registrations": [{"code": code, "state": "unknown"} for code in codes]}).encode()


async def truthful(request: web.Request) -> web.StreamResponse:
    return web.Response(body=rows(*(await request.json())["codes"]), content_type="application/json")


def saying(status: int, body: bytes = b"", **headers: str) -> Answering:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


class Backend:
    """An HTTP server in this process: each request gets the next of `script`, and the last one ever after."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.script: list[Answering] = [truthful]
        self.requests: list[tuple[web.Request, bytes]] = []
        self.now = 1000.0
        self.client: BackendClient | None = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request, await request.read()))
        answering = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await answering(request)

    async def runner(self) -> web.AppRunner:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0)
        await runner.setup()
        return runner

    def fetcher(self, *, attempt_seconds: float = 5.0, body_octets_limit: int = 4096) -> BackendClient:
        self.client = BackendClient(
            BackendSettings(
                url="http://registry",
                socket=self.socket,
                token="hush",
                attempt_seconds=attempt_seconds,
                body_octets_limit=body_octets_limit,
                failure_limit=2,
            ),
            clock=lambda: self.now,
        )
        return self.client


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[Backend]:
    served = Backend(tmp_path / "b")
    runner = await served.runner()
    await web.UnixSite(runner, str(served.socket)).start()
    yield served
    if served.client is not None:
        await served.client.close()
    await runner.cleanup()


async def test_one_request_carries_the_codes_the_token_and_a_key(backend: Backend) -> None:
    assert await backend.fetcher().fetch([CODE, OTHER_CODE]) == [unknown(CODE), unknown(OTHER_CODE)]
    ((request, body),) = backend.requests
    assert (request.method, request.path) == ("POST", "/v1/lookups")
    assert json.loads(body) == {"codes": [CODE, OTHER_CODE]}
    assert request.headers["Authorization"] == "Bearer hush"
    assert request.headers["Accept-Encoding"] == "identity"
    assert len(request.headers["Idempotency-Key"]) == 32


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
async def test_a_failed_attempt_is_repeated_once_with_the_same_key(backend: Backend, status: int) -> None:
    backend.script = [saying(status), truthful]
    assert await backend.fetcher().fetch([CODE]) == [unknown()]
    first, second = (request.headers["Idempotency-Key"] for request, _ in backend.requests)
    assert first == second


async def test_two_requests_have_different_keys(backend: Backend) -> None:
    client = backend.fetcher()
    await client.fetch([CODE])
    await client.fetch([CODE])
    assert len({request.headers["Idempotency-Key"] for request, _ in backend.requests}) == 2


async def test_after_two_failed_attempts_the_backend_is_unavailable(backend: Backend) -> None:
    backend.script = [saying(503)]
    with pytest.raises(VerificationUnavailable, match="503"):
        await backend.fetcher().fetch([CODE])
    assert len(backend.requests) == 2


REFUSED = [
    (saying(401), "token"),
    (saying(403), "token"),
    (saying(404), "404"),
    (saying(204), "204"),
    (saying(302, Location="http://registry/elsewhere"), "302"),
    (saying(200, b"not json"), "not JSON"),
    (saying(200, rows(OTHER_CODE) + b"}"), "not JSON"),
    (saying(200, b"{}"), "registrations"),
    (saying(200, rows(CODE, CODE)), "2 registrations for 1 codes"),
    (saying(200, b"\x1f\x8b", Content_Encoding="gzip"), "compressed"),
    (saying(200, b"x" * 5000), "longer than 4096"),
]


@pytest.mark.parametrize(("answering", "said"), REFUSED)
async def test_an_answer_that_cannot_be_used_is_refused_without_a_second_attempt(
    backend: Backend, answering: Answering, said: str
) -> None:
    backend.script = [answering]
    with pytest.raises(VerificationUnavailable, match=said):
        await backend.fetcher().fetch([CODE])
    assert len(backend.requests) == 1


async def test_a_body_without_end_is_cut_off_at_the_limit(backend: Backend) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 1024)

    backend.script = [endless]
    with pytest.raises(VerificationUnavailable, match="longer than 4096"):
        await backend.fetcher().fetch([CODE])


async def test_a_body_that_drips_is_given_up_at_the_time_limit(backend: Backend) -> None:
    stop = asyncio.Event()

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await stop.wait()
        return response

    backend.script = [dripping]
    with pytest.raises(VerificationUnavailable, match="no answer within"):
        await backend.fetcher(attempt_seconds=0.05).fetch([CODE])
    stop.set()


async def test_a_dropped_connection_is_tried_again(backend: Backend) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    backend.script = [hang_up, truthful]
    assert await backend.fetcher().fetch([CODE]) == [unknown()]


async def test_a_backend_that_is_not_there_is_named(backend: Backend) -> None:
    backend.socket = backend.socket.with_name("nobody")
    with pytest.raises(VerificationUnavailable, match="cannot be reached at http://registry"):
        await backend.fetcher().fetch([CODE])


async def test_after_failures_in_a_row_the_backend_is_left_alone_until_a_trial_succeeds(backend: Backend) -> None:
    backend.script = [saying(500)]
    client = backend.fetcher()
    for _ in range(2):
        with pytest.raises(VerificationUnavailable):
            await client.fetch([CODE])
    asked = len(backend.requests)
    assert not client.available
    with pytest.raises(VerificationUnavailable, match="tried again shortly"):
        await client.fetch([CODE])
    assert len(backend.requests) == asked
    backend.now += 1.0
    backend.script = [truthful]
    assert await client.fetch([CODE]) == [unknown()]
    assert client.available


async def test_over_tcp_the_backend_is_reached_as_well(backend: Backend) -> None:
    runner = await backend.runner()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    client = BackendClient(BackendSettings(url=f"http://127.0.0.1:{port}/"))
    assert await client.fetch([CODE]) == [unknown()]
    assert "Authorization" not in backend.requests[0][0].headers
    await client.close()
    await runner.cleanup()
