"""The verification backend over HTTP: one batch of codes, one request, and no trust in what comes back."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

import aiohttp

from gateway.core.errors import VerificationUnavailable
from gateway.verification.breaker import Breaker
from gateway.verification.settings import BackendSettings
from gateway.verification.wire import Found, registrations, request_body

ATTEMPTS = 2


class _TryAgain(VerificationUnavailable):
    """The attempt failed in a way that the next one may not."""


class BackendClient:
    """Made and closed inside a running loop.  `clock`: seconds that only go forward."""

    def __init__(self, settings: BackendSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._breaker = Breaker(settings.failure_limit, settings.pause_seconds, settings.pause_limit_seconds)
        self._address = settings.url.rstrip("/") + "/v1/lookups"
        limit = settings.connection_limit
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(settings.socket), limit=limit)
            if settings.socket
            else aiohttp.TCPConnector(limit=limit),
            timeout=aiohttp.ClientTimeout(total=settings.attempt_seconds),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "Accept": "application/json", "Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {settings.token}"} if settings.token else {}),
        )

    @property
    def available(self) -> bool:
        """Whether the backend counts as there: no run of failures has opened the circuit."""
        return not self._breaker.is_open

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def fetch(self, codes: Sequence[str]) -> list[Found]:
        """What the backend says of each code, in order.  Raises VerificationUnavailable if it says nothing usable."""
        now = self._clock()
        if not self._breaker.admits(now):
            raise VerificationUnavailable("the backend is away; it is tried again shortly")
        self._breaker = self._breaker.asked(now)
        try:
            found = await self._attempts(codes)
        except VerificationUnavailable:
            self._breaker = self._breaker.failed(self._clock())
            raise
        self._breaker = self._breaker.succeeded()
        return found

    async def _attempts(self, codes: Sequence[str]) -> list[Found]:
        body = request_body(codes)
        key = secrets.token_hex(16)  # the same for every attempt: to the backend they are one request
        for _ in range(ATTEMPTS - 1):
            try:
                return registrations(await self._attempt(body, key), codes)
            except _TryAgain:
                continue
        return registrations(await self._attempt(body, key), codes)

    async def _attempt(self, body: bytes, key: str) -> bytes:
        try:
            async with self._session.post(
                self._address, data=body, headers={"Idempotency-Key": key}, allow_redirects=False
            ) as response:
                self._check(response)
                return await self._read(response)
        except TimeoutError as exc:
            raise _TryAgain(f"the backend gave no answer within {self._settings.attempt_seconds:g} s") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _TryAgain(f"the backend cannot be reached at {self._settings.url}: {exc}") from exc

    def _check(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status >= 500 or status == 429:
            raise _TryAgain(f"the backend answered {status}")
        if status in (401, 403):
            raise VerificationUnavailable(f"the backend refused our token ({status}): check verification.backend.token")
        if status != 200:
            raise VerificationUnavailable(f"the backend answered {status} where 200 was due: check its url and version")
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise VerificationUnavailable(f"the backend compressed its answer ({encoding}) although we did not ask")

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._settings.body_octets_limit
        if (response.content_length or 0) > limit:
            raise VerificationUnavailable(f"the backend's answer is longer than {limit} octets")
        chunks: list[bytes] = []
        total = 0
        async for chunk in response.content.iter_any():
            total += len(chunk)
            if total > limit:
                raise VerificationUnavailable(f"the backend's answer is longer than {limit} octets")
            chunks.append(chunk)
        return b"".join(chunks)
