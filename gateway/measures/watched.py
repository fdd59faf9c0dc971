"""The journal and the backend as the rest of the gateway uses them, their traffic counted on the way through.

The whole life of every query passes here, so neither channels nor answering need to count anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from gateway.core.answer import Answer, Outcome
from gateway.core.errors import NotDurable, VerificationUnavailable
from gateway.core.ports import Journal, MessagePart, OpenQuery, OtherKind, Refusal
from gateway.core.query import Query
from gateway.core.receipts import ReceiptTold
from gateway.core.registration import Registration
from gateway.measures.distribution import Recorder
from gateway.measures.events import QueryEvents
from gateway.measures.meters import Meters
from gateway.measures.snapshot import BackendReading

logger = logging.getLogger(__name__)


class WatchedJournal:
    """The port Journal over another one.  `refusals` counts commits that failed; `failing`: the last one did."""

    def __init__(self, journal: Journal, events: QueryEvents) -> None:
        self.meters = self._meters = Meters()
        self._journal = journal
        self._events = events
        self._each = events.each
        self.refusals = 0
        self.failing = False

    async def accept(self, query: Query, parts_key: str = "") -> None:
        """See ports.Journal."""
        try:
            await self._journal.accept(query, parts_key)
        except NotDurable:
            self._could_not()
            raise
        self.failing = False
        self._meters.accepted(query)
        if self._each:
            self._events.accepted(query)

    def answer(self, query: Query, answer: Answer, sending_link: str = "") -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        if self._each:
            self._events.answered(query, answer, sending_link)
        return self._journal.answer(query, answer, sending_link)

    def sending(self, uid: int, link: str) -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        if self._each:
            self._events.sending(uid, link)
        return self._journal.sending(uid, link)

    async def finish(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """See ports.Journal."""
        try:
            await self._journal.finish(query, answer, outcome)
        except NotDurable:
            self._could_not()
            raise
        self.failing = False
        self._meters.finished(query, answer, outcome)
        self._events.finished(query, answer, outcome)

    def accept_part(self, part: MessagePart) -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        return self._journal.accept_part(part)

    def redelivered(self, uid: int) -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        return self._journal.redelivered(uid)

    def refused(self, refusal: Refusal) -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        self._meters.refused(refusal)
        return self._journal.refused(refusal)

    def receipt_told(self, receipt: ReceiptTold) -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        return self._journal.receipt_told(receipt)

    def sent_besides(self, uid: int, carrier: str, kind: OtherKind, outcome: Outcome) -> Coroutine[Any, Any, None]:
        """See ports.Journal."""
        return self._journal.sent_besides(uid, carrier, kind, outcome)

    async def open_queries(self) -> list[OpenQuery]:
        """See ports.Journal.  What is found open is counted as open here, too."""
        found = await self._journal.open_queries()
        for each in found:
            self._meters.found_open(each.query)
        return found

    def open_parts(self) -> Coroutine[Any, Any, list[MessagePart]]:
        """See ports.Journal."""
        return self._journal.open_parts()

    def recent_fingerprints(self, since: float) -> Coroutine[Any, Any, list[tuple[str, int]]]:
        """See ports.Journal."""
        return self._journal.recent_fingerprints(since)

    def _could_not(self) -> None:
        self.refusals += 1
        self.failing = True


class Backend(Protocol):
    """Whoever answers batches of codes, and knows whether it may be asked."""

    @property
    def available(self) -> bool:
        """Whether the circuit is closed."""

    async def fetch(self, codes: Sequence[str]) -> list[Registration | VerificationUnavailable]:
        """What is known of each code, in order.  Raises VerificationUnavailable."""


class WatchedBackend:
    """A backend over another one.  `clock`: seconds that only go forward."""

    def __init__(self, backend: Backend, clock: Callable[[], float]) -> None:
        self._backend = backend
        self._clock = clock
        self._latency = Recorder()
        self._requests = self._failures = self._codes = 0

    async def fetch(self, codes: Sequence[str]) -> list[Registration | VerificationUnavailable]:
        """As the other's.  Only what answered has a latency."""
        began_at, was_available = self._clock(), self._backend.available
        self._requests += 1
        self._codes += len(codes)
        try:
            found = await self._backend.fetch(codes)
        except VerificationUnavailable as exc:
            self._failures += 1
            if was_available and not self._backend.available:
                self._tell("open", "the backend is away: %s", exc)
            raise
        self._latency.record(self._clock() - began_at)
        if not was_available:
            self._tell("closed", "the backend is back")
        return found

    def reading(self) -> BackendReading:
        """What it did since the process began, and whether it is available."""
        return BackendReading(
            self._backend.available, self._requests, self._failures, self._codes, self._latency.distribution
        )

    def _tell(self, state: str, message: str, *words: object) -> None:
        logger.warning(message, *words, extra={"event": "breaker", "state": state})
