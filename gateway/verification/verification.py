"""The registry as the gateway sees it: a copy if it is fresh, else the backend, else an older copy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from gateway.core.errors import VerificationUnavailable
from gateway.core.registration import LookUp, Registration
from gateway.gathering import Gathering
from gateway.verification.cache import Cached, RegistrationCache
from gateway.verification.settings import BackendSettings
from gateway.verification.wire import Found


class Backend(Protocol):
    """Whoever answers batches of codes: `BackendClient` over HTTP."""

    def fetch(self, codes: Sequence[str]) -> Awaitable[list[Found]]:
        """What is known of each code, in order.  Raises VerificationUnavailable."""


class CachedVerification:
    """The port Verification.  `clock`: Unix time in seconds."""

    def __init__(
        self, backend: Backend, cache: RegistrationCache, settings: BackendSettings, clock: Callable[[], float]
    ) -> None:
        self._backend = backend
        self._cache = cache
        self._clock = clock
        self._misses: Gathering[Found] = Gathering(
            self._fetch,
            window_seconds=settings.gather_seconds,
            batch_limit=settings.batch_limit,
            join_flights=True,
        )

    async def close(self) -> None:
        """Give up what is being fetched."""
        await self._misses.close()

    async def look_up(self, codes: Sequence[str]) -> list[LookUp]:
        """One LookUp for each code, in order.  Raises VerificationUnavailable if any cannot be had."""
        copies = await self._cache.get(codes)
        misses = [code for code, copy in zip(codes, copies, strict=True) if copy is None or not copy.fresh]
        fetched: dict[str, Registration | BaseException] = {}
        if misses:
            found = await asyncio.gather(*[self._misses.ask(code) for code in misses], return_exceptions=True)
            fetched = dict(zip(misses, found, strict=True))
        return [_chosen(copy, fetched.get(code)) for code, copy in zip(codes, copies, strict=True)]

    async def invalidate(self, codes: Sequence[str] = (), resource_code: str = "", batch: str = "") -> None:
        """The registry changed these codes, or this product's, or those of one batch of it: ask again for them."""
        await self._cache.invalidate(codes, resource_code, batch)

    async def _fetch(self, codes: Sequence[str]) -> list[Found]:
        asked_at = self._clock()
        found = await self._backend.fetch(codes)
        for registration in found:
            if isinstance(registration, Registration):
                self._cache.put(registration, asked_at)
        return found


def _chosen(copy: Cached | None, fetched: Registration | BaseException | None) -> LookUp:
    if isinstance(fetched, Registration):
        return LookUp(fetched)
    if copy is not None:
        return LookUp(copy.registration, stale=not copy.fresh)
    if isinstance(fetched, VerificationUnavailable):
        raise fetched
    raise VerificationUnavailable("the look-up was given up") from fetched
