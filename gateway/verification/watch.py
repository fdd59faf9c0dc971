"""Asking the registry, every few seconds, what has changed, so that a recall is answered as one in spite of copies.

A backend without this feed (404) is left in peace: copies then live as long as the settings say.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from gateway.core.errors import VerificationUnavailable
from gateway.verification.settings import BackendSettings

POLL_SECONDS = 2.0
PAGE_CHANGES = 1_000
_PAGE_OCTETS = 1_048_576
_logger = logging.getLogger(__name__)


class NoFeed(VerificationUnavailable):
    """The backend has no feed of changes: go on without."""


class Copies(Protocol):
    """Whoever keeps registrations: CachedVerification."""

    async def invalidate(self, codes: tuple[str, ...] = (), resource_code: str = "", batch: str = "") -> None:
        """Believe no copy from before now of this product's codes."""


@dataclass(frozen=True, slots=True)
class Page:
    """The products of some changes, each once, and the number to ask after next; `full` if there may be more."""

    resource_codes: tuple[str, ...]
    last: int
    full: bool


def read_page(body: bytes) -> Page:
    """A page as the backend wrote it.  Raises VerificationUnavailable if it is not of the contract's form."""
    try:
        page = json.loads(body)
        changes, last = page["changes"], page["last"]
        resource_codes = tuple(dict.fromkeys(change["resource_code"] for change in changes))
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise VerificationUnavailable("the backend's changes cannot be read: check its version") from exc
    if not isinstance(last, int) or not all(isinstance(code, str) for code in resource_codes):
        raise VerificationUnavailable("the backend's changes cannot be read: check its version")
    return Page(resource_codes, last, len(changes) >= PAGE_CHANGES)


class ChangeWatch:
    """Runs until cancelled.  `kept_seconds`: the age that a copy can reach; `clock`: Unix time in seconds."""

    def __init__(
        self,
        settings: BackendSettings,
        copies: Copies,
        kept_seconds: float,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._copies = copies
        self._kept_seconds = kept_seconds
        self._clock = clock
        self._pause = pause
        self._address = settings.url.rstrip("/") + "/v1/changes"
        self._last: int | None = None
        self._heard = True

    async def run(self) -> None:
        """Ask, and ask again.  Returns only if the backend has no feed."""
        async with self._session() as session:
            while True:
                try:
                    while await self._hear(session):
                        pass
                    self._heard = True
                except NoFeed as exc:
                    _logger.warning("%s", exc)
                    return
                except VerificationUnavailable as exc:
                    if self._heard:
                        _logger.warning("changes are not heard of: %s", exc)
                    self._heard = False
                await self._pause(POLL_SECONDS)

    async def _hear(self, session: aiohttp.ClientSession) -> bool:
        """One page; whether there may be another."""
        if self._last is None:
            since = max(0, int(self._clock() - self._kept_seconds))
            self._last = read_page(await self._get(session, {"since": str(since)})).last
        page = read_page(await self._get(session, {"after": str(self._last), "limit": str(PAGE_CHANGES)}))
        for resource_code in page.resource_codes:
            await self._copies.invalidate(resource_code=resource_code)
        self._last = page.last
        return page.full

    async def _get(self, session: aiohttp.ClientSession, query: dict[str, str]) -> bytes:
        try:
            async with session.get(self._address, params=query, allow_redirects=False) as response:
                if response.status == 404:
                    raise NoFeed("the backend tells no changes: copies are believed as long as the settings say")
                if response.status != 200:
                    raise VerificationUnavailable(f"the backend answered {response.status}")
                body = bytearray()
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > _PAGE_OCTETS:
                        raise VerificationUnavailable(f"the backend's changes are longer than {_PAGE_OCTETS} octets")
                return bytes(body)
        except (TimeoutError, aiohttp.ClientError, OSError) as exc:
            raise VerificationUnavailable(f"the backend cannot be reached at {self._settings.url}: {exc}") from exc

    def _session(self) -> aiohttp.ClientSession:
        settings = self._settings
        return aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(settings.socket)) if settings.socket else aiohttp.TCPConnector(),
            timeout=aiohttp.ClientTimeout(total=settings.attempt_seconds),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "Accept": "application/json"}
            | ({"Authorization": f"Bearer {settings.token}"} if settings.token else {}),
        )
