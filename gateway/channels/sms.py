"""The SMS channel: a delivery becomes a durable query, is acknowledged, and its reply leaves by `replies`.

It translates between SMPP and the core and decides nothing about codes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.channels.intake import Intake
from gateway.channels.long_messages import CommonParts, LongMessages, Whole
from gateway.channels.receipts import ReceiptBook
from gateway.channels.refusals import Refusals
from gateway.channels.replies import Replies
from gateway.core.answer import Answer
from gateway.core.duplicates import Duplicates
from gateway.core.errors import NotDurable
from gateway.core.ports import Journal, OpenQuery
from gateway.core.query import Query
from gateway.tasks import Tasks
from smpp import Delivery, LinkStatus, MessageRefusal
from smpp.status import CommandStatus

logger = logging.getLogger(__name__)

_JOURNAL_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """[sms] of gateway.toml."""

    open_limit: int = 20_000
    """Queries in hand, whole process; above it a message is refused with ESME_RX_T_APPN and comes again later."""
    duplicate_window_seconds: float = 60.0
    """After a lost session, how long a message with the same bytes is taken for a redelivery."""
    part_wait_seconds: float = 120.0
    """How long the parts of a long message wait for the rest; then what is there is taken as it is."""
    reply_validity_seconds: float = 86_400.0
    """A reply that could not leave for so long after its query arrived is dropped, and the log says so."""
    on_doubt: str = "resend"
    """What happens to a reply whose submit_sm_resp was lost: `resend` (the consumer may get it twice) or `hold`."""
    drain_seconds: float = 20.0
    """At the end, how long to wait for the replies that are under way."""

    def __post_init__(self) -> None:
        if self.on_doubt not in ("resend", "hold"):
            raise ValueError("on_doubt must be resend or hold")
        if self.open_limit < 1:
            raise ValueError("open_limit must be at least 1")


class SmsChannel:
    """The listener of all carrier accounts."""

    def __init__(
        self,
        *,
        journal: Journal,
        intake: Intake,
        replies: Replies,
        receipts: ReceiptBook,
        settings: SmsSettings,
        clock: Callable[[], float],
        on_link: Callable[[LinkStatus], None] = lambda status: None,
        common_parts: CommonParts | None = None,
    ) -> None:
        """`common_parts`: of long messages that may arrive at several nodes; without it, this one is alone."""
        self._journal = journal
        self._intake = intake
        self._replies = replies
        self._receipts = receipts
        self._settings = settings
        self._clock = clock
        self._on_link = on_link
        self._tasks = Tasks()
        self._refusals = Refusals(journal, clock)
        self._long = LongMessages(journal, settings.part_wait_seconds, common_parts)
        self.duplicates = Duplicates(settings.duplicate_window_seconds)
        self._repeated: Counter[int] = Counter()  # redeliveries under way, by uid
        self._unkept: set[int] = set()  # of those, queries that could not be made durable
        self.in_hand: Counter[str] = Counter()
        """Acknowledged messages that are not yet at their end, by carrier."""
        self.counts: dict[str, int] = {"accepted": 0, "redelivered": 0, "withheld": 0}

    @property
    def open(self) -> int:
        """How many messages are in hand."""
        return len(self._tasks)

    def renew(self, intake: Intake) -> None:
        """Read messages by this from now on."""
        self._intake = intake

    # As the listener of the accounts

    def message_arrived(self, delivery: Delivery) -> None:
        """A message from a phone: refused at once when there is too much in hand."""
        if len(self._tasks) >= self._settings.open_limit:
            self._tasks.start(self._refusals.refuse(delivery))
        else:
            self._tasks.start(self._arrived(delivery))

    def message_refused(self, refusal: MessageRefusal) -> None:
        """The link refused a message by itself: it is counted with those that were refused here."""
        self._tasks.start(self._refusals.refused_by_link(refusal))

    def receipt_arrived(self, link: str, delivery: Delivery) -> None:
        """A delivery receipt or another message of the SMSC's own: never a query."""
        self._tasks.start(self._receipts.take(link, delivery))

    def link_changed(self, status: LinkStatus) -> None:
        """A link's state is another one."""
        logger.debug("link %s is %s", status.name, status.state)  # what a carrier asks for, the link says itself
        self._on_link(status)

    def session_lost(self, link: str, session: int) -> None:
        """What that session acknowledged last may be delivered again."""
        self.duplicates.session_lost(session, _steady())

    # From delivery to durable query

    async def _arrived(self, delivery: Delivery) -> None:
        """A message, from its arrival to the end of its query; a fault of ours costs this message alone."""
        try:
            await self._take(delivery)
        except Exception:
            if delivery.response is None:
                await self._refusals.refuse(delivery)
            raise

    async def _take(self, delivery: Delivery) -> None:
        now = self._clock()
        fingerprint = self._intake.fingerprint(delivery)
        if (uid := self.duplicates.match(fingerprint, _steady())) is not None:
            await self._take_again(delivery, fingerprint, uid)
            return
        part = delivery.part
        if part is not None and part.total > 1:
            await self._take_part(delivery, fingerprint, now)
        else:
            await self._accept(self._intake.query(delivery, delivery.text, now, fingerprint), delivery)

    async def _take_again(self, delivery: Delivery, fingerprint: str, uid: int) -> None:
        """A redelivery: acknowledged once the query it repeats is durable, counted, not answered again."""
        self._repeated[uid] += 1
        try:
            await self._journal.redelivered(uid)
            kept = uid not in self._unkept
        except NotDurable:
            kept = False
        self._repeated[uid] -= 1
        if not self._repeated[uid]:
            del self._repeated[uid]
            self._unkept.discard(uid)
        if not kept:
            await self._refusals.refuse(delivery)
            return
        self.counts["redelivered"] += 1
        self._acknowledge(delivery, fingerprint, uid)

    async def _take_part(self, delivery: Delivery, fingerprint: str, now: float) -> None:
        """A part of a long message: durable before its ROK; the last one brings the whole message."""
        try:
            wholes = await self._long.take(delivery, fingerprint, now, _steady())
        except NotDurable:
            await self._refusals.refuse(delivery)
            return
        self._acknowledge(delivery, fingerprint, 0)
        for whole in wholes:
            await self._accept_whole(whole)

    async def _accept_whole(self, whole: Whole) -> None:
        """A long message: its parts are durable and acknowledged, so it is kept however long the journal takes."""
        query = self._intake.query_of_parts(whole, self._clock())
        while True:
            try:
                if not await self._long.claimed(whole, query):
                    return
                await self._journal.accept(query, whole.key)
                break
            except NotDurable:
                await asyncio.sleep(_JOURNAL_RETRY_SECONDS)
        self.counts["accepted"] += 1
        await self._see_to_its_end(query)

    async def _accept(self, query: Query, delivery: Delivery) -> None:
        """Make the query durable, acknowledge its message, and see it to its end."""
        self.duplicates.opened(query.fingerprint, query.uid)
        try:
            await self._journal.accept(query)
        except NotDurable:
            self.duplicates.closed(query.fingerprint)
            if query.uid in self._repeated:  # whoever waits to be acknowledged as its redelivery must not be
                self._unkept.add(query.uid)
            await self._refusals.refuse(delivery)
            return
        self.counts["accepted"] += 1
        self._acknowledge(delivery, query.fingerprint, query.uid)
        await self._see_to_its_end(query)

    async def _see_to_its_end(self, query: Query) -> None:
        carrier = _carrier(query)
        self.in_hand[carrier] += 1
        try:
            if reason := self._intake.unanswerable(query):
                self.counts["withheld"] += 1
                await self._replies.send(query, Answer(None, "", note=reason))
            else:
                await self._replies.serve(query)
        finally:
            self.in_hand[carrier] -= 1
            self.duplicates.closed(query.fingerprint)

    def _acknowledge(self, delivery: Delivery, fingerprint: str, uid: int) -> None:
        if delivery.respond(CommandStatus.ESME_ROK):
            self.duplicates.acknowledged(delivery.session, fingerprint, uid, _steady())
        else:  # too late, or the session is gone: the SMSC will deliver it again
            self.duplicates.doubt(fingerprint, uid, _steady())
            self._tasks.start(self._refusals.missed(delivery))

    # Start and end

    async def recover(self, open_queries: list[OpenQuery]) -> None:
        """Go on with what an earlier process accepted and did not finish."""
        now = self._clock()
        for fingerprint, uid in await self._journal.recent_fingerprints(now - self._settings.duplicate_window_seconds):
            for each in fingerprint.split(","):
                self.duplicates.doubt(each, uid, _steady())
        for found in open_queries:
            self.adopt(found)
        for whole in await self._long.recover(now, _steady()):
            self._tasks.start(self._accept_whole(whole))

    def adopt(self, found: OpenQuery) -> None:
        """Go on with one query that another process accepted: the journal holds it."""
        self.duplicates.opened(found.query.fingerprint, found.query.uid)
        self._tasks.start(self._resume(found))

    async def _resume(self, found: OpenQuery) -> None:
        carrier = _carrier(found.query)
        self.in_hand[carrier] += 1
        try:
            await self._replies.resume(found)
        finally:
            self.in_hand[carrier] -= 1
            self.duplicates.closed(found.query.fingerprint)

    async def tick(self) -> None:
        """Take what long messages have waited too long for their rest.  Called every second or so."""
        for whole in [*self._long.due(_steady()), *await self._long.due_in_common()]:
            self._tasks.start(self._accept_whole(whole))

    async def drain(self) -> int:
        """Wait for what is in hand; the number left, all of it safe in the journal."""
        return await self._tasks.drain(self._settings.drain_seconds)

    def statistics(self) -> Mapping[str, int]:
        """Counters since the start, and what is in hand."""
        return {**self.counts, "refused": self._refusals.count, "open": len(self._tasks)}


def _carrier(query: Query) -> str:
    return "" if query.route is None else query.route.carrier


def _steady() -> float:
    """Seconds for what is waited for: the wall clock may be set back an hour, and a redelivery does not wait for it."""
    return asyncio.get_running_loop().time()
