"""Hears of changes, finds who is to be told, has the registry confirm each recall, and gives the notices out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from gateway.core.errors import StateUnavailable, VerificationUnavailable
from gateway.core.registration import CodeState, Registration
from gateway.recalls.dispatch import Dispatch, NotNow
from gateway.recalls.subscription import Subscription
from gateway.recalls.subscriptions import Subscriptions
from gateway.tasks import Tasks

logger = logging.getLogger(__name__)

_PAGE = 200
_AGAIN_SECONDS = 30.0
_MOST_WAIT_SECONDS = 60.0
_DRAIN_SECONDS = 5.0
_LEAST_REST_SECONDS = 1.0
_MOST_PRODUCTS = 10_000  # more that changed at once: all are looked up


class Registry(Protocol):
    """Whoever knows codes as they are now, without copies: the backend's client."""

    def fetch(self, codes: Sequence[str]) -> Awaitable[list[Registration | VerificationUnavailable]]:
        """What is known of each code, in order.  Raises VerificationUnavailable."""


class Herald:
    """Runs until closed.  `clock`: Unix time in seconds; `sweep_seconds`: how often all are looked up."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        registry: Registry,
        dispatch: Dispatch,
        *,
        sweep_seconds: float,
        resend_doubtful: bool,
        clock: Callable[[], float],
    ) -> None:
        self._subscriptions = subscriptions
        self._registry = registry
        self._dispatch = dispatch
        self._sweep_seconds = sweep_seconds
        self._resend_doubtful = resend_doubtful
        self._clock = clock
        self._changed: dict[str, None] = {}
        self._news = asyncio.Event()
        self._sweep_at = 0.0
        self._running = Tasks()

    def start(self) -> None:
        """Begin, with a look at all."""
        self._running.start(self._run())

    async def close(self) -> None:
        """Begin no more notices, and wait a little for those that are leaving."""
        await self._running.drain(0.0)
        await self._dispatch.drain(_DRAIN_SECONDS)

    def changed(self, resource_code: str) -> None:
        """Something about this product is another than it was: it may have been recalled."""
        self._changed[resource_code] = None
        if len(self._changed) > _MOST_PRODUCTS:
            self._sweep_at = 0.0
            self._changed.clear()
        self._news.set()

    async def _run(self) -> None:
        recovered = False
        while True:
            try:
                if not recovered:
                    await self._recover()
                    recovered = True
                await self._subscriptions.expire(self._clock())
                if self._dispatch.validity_seconds():
                    await self._look_in_measure()
                await self._subscriptions.empty_log()
            except (NotNow, StateUnavailable, VerificationUnavailable) as exc:
                logger.warning("recall notices wait: %s", exc)
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            await self._wait()

    async def _recover(self) -> None:
        doubtful = await self._subscriptions.recover(self._clock(), resend=self._resend_doubtful)
        if doubtful:
            fate = "are sent again" if self._resend_doubtful else "count as told"
            logger.warning("%d recall notices of an earlier process are in doubt and %s", doubtful, fate)

    async def _wait(self) -> None:
        """For news or the next sweep.  In quiet hours news is kept: the time is looked at every minute."""
        left = self._sweep_at - asyncio.get_running_loop().time()
        if self._dispatch.validity_seconds():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), max(0.0, min(left, _MOST_WAIT_SECONDS)))
        else:
            await asyncio.sleep(_MOST_WAIT_SECONDS)

    async def _look_in_measure(self) -> None:
        """Look, and rest for as long: a product that changes all the time must not have the registry to itself."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        await self._look()
        await asyncio.sleep(max(_LEAST_REST_SECONDS, loop.time() - began_at))

    async def _look(self) -> None:
        """At all, if it is time; else at the products that changed.  What is interrupted is looked at again."""
        self._news.clear()
        if asyncio.get_running_loop().time() >= self._sweep_at:
            self._changed.clear()
            await self._tell(None)
            self._sweep_at = asyncio.get_running_loop().time() + self._sweep_seconds
        while self._changed:
            resource_code = next(iter(self._changed))
            del self._changed[resource_code]
            try:
                await self._tell(resource_code)
            except BaseException:
                self._changed[resource_code] = None
                raise

    async def _tell(self, resource_code: str | None) -> None:
        """Who asked about this product (None: any) and whose code is recalled.

        Raises the last NotNow once all have had their turn: another carrier's links may be bound.
        """
        after, told = 0, self._dispatch.told
        late: NotNow | None = None
        while page := await self._subscriptions.waiting(resource_code, after, self._clock(), _PAGE):
            after = page[-1].row
            if recalled := await self._recalled(page):
                late = await self._give_out(recalled) or late
                await self._subscriptions.empty_log()  # a long pass must not keep wiped numbers in it
            if not self._dispatch.validity_seconds():
                late = NotNow("the quiet hours have begun")
                break
        if self._dispatch.told > told:
            logger.info("%d callers were told of recalls", self._dispatch.told - told)
        if late is not None:
            raise late

    async def _recalled(self, page: list[Subscription]) -> list[tuple[Subscription, Registration]]:
        found = await self._registry.fetch([each.code for each in page])
        return [
            (each, known)
            for each, known in zip(page, found, strict=True)
            if isinstance(known, Registration) and known.state is CodeState.RECALLED
        ]

    async def _give_out(self, recalled: list[tuple[Subscription, Registration]]) -> NotNow | None:
        """All of them, several at a time; what made one wait.  Raises StateUnavailable."""
        late = None
        for found in await asyncio.gather(*[self._dispatch.tell(*each) for each in recalled], return_exceptions=True):
            if isinstance(found, NotNow):
                late = found
            elif isinstance(found, BaseException):
                raise found
        return late
