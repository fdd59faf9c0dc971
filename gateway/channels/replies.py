"""The reply of a query: fixed and durable, then the intent to send it, then sent, then logged."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.bridge import result_of
from gateway.channels.receipts import ReceiptBook
from gateway.core.answer import Answer, Ending, Outcome
from gateway.core.errors import NotDurable, StateUnavailable, VerificationUnavailable
from gateway.core.ports import Journal, JournalState, OpenQuery, OtherKind
from gateway.core.query import Query, ReplyRoute
from smpp import Account, Address, OutgoingMessage, Reservation, SubmitResult
from smpp.errors import Expired, NoLink
from smpp.segments import Mode, Segment, segment

logger = logging.getLogger(__name__)

_AWAY = (VerificationUnavailable, StateUnavailable)  # neither the registry nor our own log says anything false
_NOTICE_SECONDS = 60.0  # a notice that cannot leave for so long is pointless
_JOURNAL_RETRY_SECONDS = 1.0
_LEAST_WAIT_SECONDS, _MOST_WAIT_SECONDS = 1.0, 15.0


@dataclass(frozen=True, slots=True)
class Outlet:
    """How one carrier's replies leave."""

    account: Account
    long_messages: Mode
    default_alphabet: str  # what data_coding 0 means to this carrier
    registered_delivery: int

    def segments(self, text: str, reference: int) -> tuple[Segment, ...]:
        """`text` as this carrier takes it; the same reference gives the same octets."""
        return segment(text, reference, self.long_messages, self.default_alphabet)


class Answering(Protocol):
    """Whoever answers queries: the Answerer, or one around it."""

    async def answer(self, query: Query) -> Answer:
        """The answer to an accepted query.  Raises VerificationUnavailable or StateUnavailable."""

    def notice(self, query: Query) -> str:
        """What is said at once when the answer has to wait for the registry."""


class Replies:
    """Sees queries to their end.  Reserve, commit the intent, submit: a crash leaves at most a window in doubt."""

    def __init__(
        self,
        *,
        answerer: Answering,
        journal: Journal,
        outlets: Mapping[str, Outlet],
        receipts: ReceiptBook,
        clock: Callable[[], float],
        validity_seconds: float,
        hold_doubtful: bool,
    ) -> None:
        self._answerer = answerer
        self._journal = journal
        self._outlets = outlets
        self._receipts = receipts
        self._clock = clock
        self._validity_seconds = validity_seconds
        self._hold_doubtful = hold_doubtful
        self.counts: dict[str, int] = {"sent": 0, "resent": 0, "postponed": 0, "notices": 0, "late": 0}

    async def serve(self, query: Query, *, fresh: bool = True) -> None:
        """Answer an accepted query.  While the registry is away, `fresh` ones are told that the answer follows."""
        try:
            answer = await self._answerer.answer(query)
        except _AWAY:
            answer = await self._answer_later(query, notify=fresh)
        await self.send(query, answer)

    async def resume(self, found: OpenQuery) -> None:
        """Go on with a query that an earlier process left unfinished."""
        if found.state is JournalState.ACCEPTED or found.answer is None:
            await self.serve(found.query, fresh=False)
        elif found.state is JournalState.SENDING and self._hold_doubtful:
            await self._finish(found.query, found.answer, Outcome(Ending.IN_DOUBT, self._clock(), found.sending_link))
        else:
            await self.send(found.query, found.answer, resent=found.state is JournalState.SENDING)

    async def send(self, query: Query, answer: Answer, *, resent: bool = False) -> None:
        """Send a fixed answer and log the query.  Only a commit that succeeded lets the text out."""
        route = query.route
        if not answer.reply or route is None:
            await self._finish(query, answer, Outcome(Ending.WITHHELD, self._clock()))
            return
        outlet = self._outlets.get(route.carrier)
        if outlet is None:  # the carrier has been taken out of the configuration
            await self._finish(query, answer, Outcome(Ending.EXPIRED, self._clock(), resent=resent))
            return
        segments = outlet.segments(answer.reply, query.uid)
        while True:
            left = query.arrived_at + self._validity_seconds - self._clock()
            try:
                reservation = await self._reserve(query, answer, outlet, len(segments), left, doubtful=resent)
            except (NoLink, Expired):
                if self._outlets.get(route.carrier, outlet) is not outlet:  # the carrier's links were set up anew
                    await self.send(query, answer, resent=resent)
                    return
                self.counts["late"] += 1
                await self._finish(query, answer, Outcome(Ending.EXPIRED, self._clock(), resent=resent))
                return
            message = _message(route, segments, left, outlet.registered_delivery)
            result = await result_of(reservation.submit(message))
            if not result.in_doubt or result.overdue or self._hold_doubtful:  # overdue: a late response may yet come
                break
            resent = True  # the session died before the response: SMPP leaves us in doubt, the policy is to resend
            self.counts["resent"] += 1
        await self._conclude(query, answer, route, result, resent)

    async def _reserve(
        self, query: Query, answer: Answer, outlet: Outlet, segments: int, left_seconds: float, *, doubtful: bool
    ) -> Reservation:
        """Room on a link, with the intent to use it committed.  Raises NoLink or Expired when it is too late.

        `doubtful`: it was sent before, and the journal says so: that is not taken back while it waits for its turn.
        """
        if left_seconds <= 0 or query.route is None:
            raise Expired("the reply's validity is over")
        waiting = outlet.account.reserve(
            segments,
            _destination(query.route),
            prefer=query.route.link,
            give_up_after_seconds=left_seconds,
        )
        if waiting.called:
            reservation = await result_of(waiting)
            commit = self._journal.answer(query, answer, sending_link=reservation.link)
        else:
            if not doubtful:
                await self._persist(lambda: self._journal.answer(query, answer))
            reservation = await result_of(waiting)
            commit = self._journal.sending(query.uid, reservation.link)
        try:
            await commit
        except NotDurable:
            await self._persist(lambda: self._journal.answer(query, answer, sending_link=reservation.link))
        return reservation

    async def _conclude(
        self, query: Query, answer: Answer, route: ReplyRoute, result: SubmitResult, resent: bool
    ) -> None:
        if result.ok:
            self.counts["sent"] += 1
        awaited: tuple[str, ...] = ()
        if self._outlets[route.carrier].registered_delivery:
            awaited = self._receipts.awaited(route.carrier, result.message_ids)
        outcome = outcome_of(result, self._clock(), resent=resent, receipt_ids=awaited)
        await self._finish(query, answer, outcome)

    async def _finish(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        await self._persist(lambda: self._journal.finish(query, answer, outcome))

    async def _persist(self, commit: Callable[[], Awaitable[None]]) -> None:
        """Repeat a commit until it succeeds: a full disk is waited for, nothing is skipped."""
        while True:
            try:
                await commit()
                return
            except NotDurable:
                await asyncio.sleep(_JOURNAL_RETRY_SECONDS)

    async def _answer_later(self, query: Query, *, notify: bool) -> Answer:
        """Tell the caller that the answer follows, and ask again until the registry is back."""
        self.counts["postponed"] += 1
        if notify:
            await self._give_notice(query)
        wait_seconds = _LEAST_WAIT_SECONDS
        while self._clock() < query.arrived_at + self._validity_seconds:
            await asyncio.sleep(wait_seconds * random.uniform(0.5, 1.0))
            wait_seconds = min(wait_seconds * 2, _MOST_WAIT_SECONDS)
            try:
                return await self._answerer.answer(query)
            except _AWAY:
                continue
        return Answer(None, "", query.understanding.language, note="registry_away")

    async def _give_notice(self, query: Query) -> None:
        """Say "accepted, the answer follows".  Whether it arrives changes nothing of the query: no receipt is asked
        for."""
        route = query.route
        outlet = self._outlets.get(route.carrier) if route else None
        if route is None or outlet is None:
            return
        segments = outlet.segments(self._answerer.notice(query), query.uid)
        try:
            reservation = await result_of(
                outlet.account.reserve(
                    len(segments),
                    _destination(route),
                    prefer=route.link,
                    give_up_after_seconds=_NOTICE_SECONDS,
                )
            )
            result = await result_of(reservation.submit(_message(route, segments, _NOTICE_SECONDS)))
        except (NoLink, Expired):
            logger.warning("the notice for query %d found no link", query.uid)
            return
        self.counts["notices"] += 1
        outcome = outcome_of(result, self._clock())
        await self._persist(lambda: self._journal.sent_besides(query.uid, route.carrier, OtherKind.NOTICE, outcome))


def _message(
    route: ReplyRoute, segments: tuple[Segment, ...], left_seconds: float, registered_delivery: int = 0
) -> OutgoingMessage:
    return OutgoingMessage(
        source=Address(route.source, route.source_ton, route.source_npi),
        destination=_destination(route),
        segments=segments,
        validity_seconds=left_seconds,
        registered_delivery=registered_delivery,
    )


def outcome_of(result: SubmitResult, at: float, *, resent: bool = False, receipt_ids: tuple[str, ...] = ()) -> Outcome:
    """What became of a message that a link took, at Unix time `at`."""
    ending = Ending.SENT if result.ok else Ending.IN_DOUBT if result.in_doubt else Ending.REFUSED
    return Outcome(
        ending, at, result.link, result.command_status, result.message_ids, result.segments, resent, receipt_ids
    )


def _destination(route: ReplyRoute) -> Address:
    return Address(route.destination, route.destination_ton, route.destination_npi)
