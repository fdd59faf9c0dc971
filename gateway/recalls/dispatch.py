"""A recall notice on its way: in its turn, its intent durable, then sent, then entered in the carrier's accounts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.bridge import result_of
from gateway.channels.replies import Outlet, outcome_of
from gateway.core.errors import NotDurable, StateUnavailable
from gateway.core.ports import Journal, OtherKind
from gateway.core.query import ReplyRoute
from gateway.core.registration import Registration
from gateway.core.wording import in_language
from gateway.recalls.pace import Pace
from gateway.recalls.quiet_hours import QuietHours
from gateway.recalls.sealing import NotSealedHere
from gateway.recalls.subscription import Subscription, recall_of
from gateway.recalls.subscriptions import Subscriptions
from gateway.texts import Texts
from smpp import Address, LinkState, OutgoingMessage, Reservation
from smpp.errors import Expired, NoLink
from smpp.segments import Segment

logger = logging.getLogger(__name__)

_GIVE_UP_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_VALIDITY_SECONDS = 86_400.0
_LEAST_VALIDITY_SECONDS = 600.0  # shortly before the quiet hours nothing is begun
_BATCH_TAIL = 6
_BOUND = (LinkState.BOUND, LinkState.HALF_BOUND)
_ROOM = 8  # notices on their way at a time


class NotNow(Exception):
    """The notice cannot leave now: try again later."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When notices may leave, and whether one whose submit_sm_resp was lost is sent again."""

    quiet_hours: QuietHours
    resend_doubtful: bool


class Dispatch:
    """Sends notices.  `clock`: Unix time in seconds; `texts` may be renewed."""

    def __init__(
        self,
        *,
        outlets: Mapping[str, Outlet],
        subscriptions: Subscriptions,
        journal: Journal,
        texts: Texts,
        pace: Pace,
        policy: Policy,
        clock: Callable[[], float],
    ) -> None:
        self._outlets = outlets
        self._subscriptions = subscriptions
        self._journal = journal
        self._pace = pace
        self._policy = policy
        self._clock = clock
        self._room = asyncio.Semaphore(_ROOM)
        self._leaving: set[asyncio.Task[None]] = set()
        self.texts = texts
        self.told = 0

    def validity_seconds(self) -> float:
        """How long the SMSC may try to deliver what leaves now, so that no phone rings in quiet hours; 0: not now."""
        free_seconds = self._policy.quiet_hours.free_seconds(self._clock())
        return min(free_seconds, _VALIDITY_SECONDS) if free_seconds >= _LEAST_VALIDITY_SECONDS else 0.0

    async def tell(self, subscription: Subscription, registration: Registration) -> None:
        """Send one notice of a recall that the registry has confirmed, once.

        Raises NotNow, and StateUnavailable where the subscriptions cannot be written.  Once its room on a link is
        reserved it is seen to its end even if this is cancelled.
        """
        try:
            route = self._subscriptions.route_of(subscription)
        except NotSealedHere as exc:
            logger.error("subscription %d: %s", subscription.row, exc)
            return
        async with self._room:
            outlet = await self._free_outlet(route.carrier)
            segments = outlet.segments(self._words(subscription, registration), subscription.uid)
            reservation, message = await self._reserved(outlet, route, segments)
            leave = self._leave(subscription, recall_of(registration), route.carrier, reservation, message)
            leaving = asyncio.ensure_future(leave)
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            await asyncio.shield(leaving)

    async def drain(self, seconds: float) -> None:
        """Wait for what is leaving; what takes longer is in doubt."""
        left = list(self._leaving)
        if left:
            await asyncio.wait(left, timeout=seconds)
        for leaving in left:
            leaving.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _free_outlet(self, carrier: str) -> Outlet:
        """The carrier's way out, in turn, and once no reply waits for it.  Raises NotNow."""
        turn = False
        while True:
            outlet = self._outlets.get(carrier)
            if not self.validity_seconds():
                raise NotNow("the quiet hours begin")
            if outlet is None:
                raise NotNow(f"carrier {carrier} is not configured any more")
            links = outlet.account.status()
            if not any(link.state in _BOUND for link in links):
                raise NotNow(f"no link of {carrier} is bound")
            if any(link.waiting for link in links):
                await asyncio.sleep(_LOOK_SECONDS)
            elif turn:
                return outlet
            else:
                await self._pace.turn()
                turn = True

    async def _reserved(
        self, outlet: Outlet, route: ReplyRoute, segments: tuple[Segment, ...]
    ) -> tuple[Reservation, OutgoingMessage]:
        """Room for the message, and the message as it may leave now.  Raises NotNow."""
        source = Address(route.source, route.source_ton, route.source_npi)
        destination = Address(route.destination, route.destination_ton, route.destination_npi)
        reserving = outlet.account.reserve(
            len(segments), destination, prefer=route.link, give_up_after_seconds=_GIVE_UP_SECONDS
        )
        try:
            reservation = await result_of(reserving)
        except (NoLink, Expired) as exc:
            raise NotNow(f"no link of {route.carrier} took a recall notice") from exc
        validity_seconds = self.validity_seconds()
        if not validity_seconds:
            reservation.release()
            raise NotNow("the quiet hours begin")
        return reservation, OutgoingMessage(source, destination, segments, validity_seconds)

    async def _leave(
        self, subscription: Subscription, recall: str, carrier: str, reservation: Reservation, message: OutgoingMessage
    ) -> None:
        try:
            begun = await self._subscriptions.begin(subscription.row, recall, self._clock())
        except StateUnavailable:
            reservation.release()
            raise
        if not begun:
            reservation.release()
            return
        result = await result_of(reservation.submit(message))
        again = result.in_doubt and not result.overdue and self._policy.resend_doubtful
        if again:
            await self._subscriptions.postpone(subscription.row)
        else:
            await self._subscriptions.settle(subscription.row, self._clock())
            self.told += 1
        try:
            outcome = outcome_of(result, self._clock())
            await self._journal.sent_besides(subscription.uid, carrier, OtherKind.RECALL, outcome)
        except NotDurable as exc:
            logger.warning("a recall notice is missing in the accounts of %s: %s", carrier, exc)
        if again:
            raise NotNow(f"a session of {carrier} ended before it had answered")

    def _words(self, subscription: Subscription, registration: Registration) -> str:
        product = registration.product
        words: dict[str, str | int] = {
            "product": in_language(product.name, subscription.language) if product else "",
            "batch": registration.batch[-_BATCH_TAIL:],
            "reason": registration.reason,
        }
        return self.texts.reply(subscription.language, "recall_notice", words)
