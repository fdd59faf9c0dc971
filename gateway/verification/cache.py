"""Registrations kept in Redis, shared by all gateways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.core.errors import StateUnavailable
from gateway.core.registration import Registration
from gateway.verification.changes import Changes, batch_scope
from gateway.verification.copies import decode, encode
from gateway.verification.settings import CacheSettings

logger = logging.getLogger(__name__)


class Commands(Protocol):
    """Redis, as the cache needs it."""

    @property
    def prefix(self) -> str:
        """What stands before every key."""

    def execute(self, *command: str | bytes | int | float) -> Awaitable[Any]:
        """The reply to come.  Raises StateUnavailable, at once or when awaited."""

    def send(self, *command: str | bytes | int | float) -> None:
        """For commands whose reply nobody needs.  Never raises."""


@dataclass(frozen=True, slots=True)
class Cached:
    """A copy of a registration; one that is not `fresh` answers only when the backend is away."""

    registration: Registration
    fresh: bool


class RegistrationCache:
    """Losable: without Redis every look-up is a miss.  `clock`: Unix time in seconds."""

    def __init__(self, redis: Commands, settings: CacheSettings, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._settings = settings
        self._clock = clock
        self._changes = Changes()
        self._changes_key = f"{redis.prefix}changed"

    async def start(self) -> None:
        """Learn which changes other gateways, or an earlier run, noted while copies from before may still be kept."""
        try:
            fields = await self._redis.execute("HGETALL", self._changes_key)
        except StateUnavailable:
            return
        longest_seconds = self._settings.activated_seconds + self._settings.stale_seconds
        for scope, at in zip(fields[::2], fields[1::2], strict=True):
            if float(at) + longest_seconds < self._clock():
                self._redis.send("HDEL", self._changes_key, scope)
            else:
                self._changes.note(scope.decode(), float(at))

    async def get(self, codes: Sequence[str]) -> list[Cached | None]:
        """The copy of each code's registration, in order; None where there is none."""
        try:
            if len(codes) == 1:
                return [self._read(codes[0], await self._redis.execute("GET", self._key(codes[0])))]
            found = await asyncio.gather(*[self._redis.execute("GET", self._key(code)) for code in codes])
        except StateUnavailable:
            return [None] * len(codes)
        return [self._read(code, octets) for code, octets in zip(codes, found, strict=True)]

    def put(self, registration: Registration, asked_at: float) -> None:
        """Keep what the backend said when asked at `asked_at` (Unix time, seconds)."""
        if self._changes.outdates(registration, asked_at):
            return
        kept_ms = int(self._settings.kept_seconds(registration.state) * 1000)
        self._redis.send("SET", self._key(registration.code), encode(registration, asked_at), "PX", max(1, kept_ms))

    async def invalidate(self, codes: Sequence[str] = (), resource_code: str = "", batch: str = "") -> None:
        """Believe no copy from before now: of these codes, or of a product's codes, or of those of its one batch."""
        now = self._clock()
        for code in codes:
            self._changes.note(code, now)
            self._redis.send("DEL", self._key(code))
        if resource_code:
            scope = batch_scope(resource_code, batch)
            self._changes.note(scope, now)
            self._redis.send("HSET", self._changes_key, scope, now)

    def _key(self, code: str) -> str:
        return f"{self._redis.prefix}code:{{{code}}}"

    def _read(self, code: str, octets: bytes | None) -> Cached | None:
        copy = None if octets is None else decode(code, octets)
        if copy is None or self._changes.outdates(copy.registration, copy.asked_at):
            return None
        age_seconds = self._clock() - copy.asked_at  # below 0: the clock stepped back, so the age is not known
        return Cached(copy.registration, 0 <= age_seconds < self._settings.fresh_seconds(copy.registration.state))
