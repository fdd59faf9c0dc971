"""The sending side of one link: its window, its pace, and who waits for them, first come first served."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from smpp.errors import NotNow
from smpp.pdu import Envelope
from smpp.segments import Segment
from smpp.shipment import Claim, Shipment
from smpp.status import Meaning
from smpp.throttle import Throttle
from smpp.timers import NEVER

Context = tuple[Shipment, int]
"""What goes with each submit_sm: the message and the index of its segment."""


class Wire(Protocol):
    """Where an outlet leads."""

    name: str

    @property
    def usable(self) -> bool:
        """Whether submit_sm can leave now."""

    def send(self, envelope: Envelope, segment: Segment, context: Context) -> None:
        """Send one submit_sm.  Raises NotNow if the link is gone."""


class Outlet:
    """Room for `window` segments under way.  A longer message takes the whole window and is fed through it."""

    def __init__(
        self,
        wire: Wire,
        window: int,
        segments_per_second: float,
        *,
        settled: Callable[[Shipment], None],
        wake: Callable[[float], None],
    ) -> None:
        self.window = window
        self.used = 0  # slots reserved or under way
        self.throttle = Throttle(segments_per_second)
        self.waiting: deque[Claim] = deque()
        self._pacing: deque[Shipment] = deque()
        self._wire = wire
        self._settled = settled
        self._wake = wake  # asks for a `pump` at an instant

    @property
    def free(self) -> int:
        """Slots that nobody has or waits for."""
        return self.window - self.used - len(self.waiting)

    def claim(self, claim: Claim, now: float, first: bool = False) -> None:
        """Grant the claim now, or when its turn has come; `first` puts it before all others."""
        if first:
            self.waiting.appendleft(claim)
            self.pump(now)
        elif self.waiting or not self._grant(claim, now):
            self.waiting.append(claim)
            self._wake(self.next_at(now))

    def release(self, slots: int, now: float, unpaid: bool = False) -> None:
        """Give slots back; `unpaid`: the pace paid for them was not used."""
        self.used -= slots
        if unpaid:
            self.throttle.give_back()
        if self.waiting:
            self.pump(now)

    def pump(self, now: float) -> None:
        """Let go what may go now."""
        while self._pacing:
            shipment = self._pacing.popleft()
            shipment.paced = False
            self._proceed(shipment, now)
            if shipment.paced:
                self._pacing.rotate(1)  # back to the front: it keeps its turn
                return
        while self.waiting and self._grant(self.waiting[0], now, queued=True):
            pass
        self._wake(self.next_at(now))

    def next_at(self, now: float) -> float:
        """When `pump` will next have something to do without anything arriving; NEVER if not."""
        if self._pacing:
            return self.throttle.ready_at(now)
        if not self.waiting or not self._wire.usable or not self._has_room(self.waiting[0]):
            return NEVER
        return self.throttle.ready_at(now)

    def ship(self, shipment: Shipment, slots: int, now: float) -> None:
        """Send a message in the slots that its claim was granted."""
        shipment.slots = slots
        shipment.prepaid = True
        self._proceed(shipment, now)

    def answered(self, context: Context, sent_at: float, command_status: int, message_id: str, *, now: float) -> None:
        """A response arrived."""
        shipment, index = context
        verdict = shipment.answered(index, command_status, message_id, now)
        if verdict is Meaning.OK:
            self.throttle.accepted(now)
        elif verdict is Meaning.THROTTLED:
            self.throttle.throttled(sent_at, now)
        self._proceed(shipment, now)

    def doubted(self, context: Context, now: float, overdue: bool = False) -> None:
        """A response will not come; `overdue`: at least not in time."""
        shipment, _ = context
        shipment.doubted(overdue)
        self._proceed(shipment, now)

    def lost(self, contexts: list[Context], now: float) -> None:
        """The session is gone, with these submit_sm unanswered."""
        paced, self._pacing = self._pacing, deque()
        for shipment in paced:
            shipment.paced = False
            shipment.stranded()
            if shipment.outstanding == 0:
                self._proceed(shipment, now)
        for context in contexts:
            self.doubted(context, now)

    def _has_room(self, claim: Claim) -> bool:
        return self.used + min(claim.segments, self.window) <= self.window

    def _grant(self, claim: Claim, now: float, queued: bool = False) -> bool:
        if self._pacing or not self._has_room(claim) or not self._wire.usable or not self.throttle.take(now):
            return False
        if queued:
            self.waiting.popleft()
        slots = min(claim.segments, self.window)
        self.used += slots
        claim.slots = slots
        claim.link = self._wire.name
        claim.granted(claim)
        return True

    def _proceed(self, shipment: Shipment, now: float) -> None:
        if shipment.pending and not shipment.paced:
            self._advance(shipment, now)
            if shipment.paced:
                self._pacing.append(shipment)
                self._wake(self.throttle.ready_at(now))
        needed = min(shipment.slots, shipment.outstanding + len(shipment.pending))
        spare = shipment.slots - needed
        shipment.slots = needed
        if shipment.settled:
            unpaid, shipment.prepaid = shipment.prepaid, False
            self._settled(shipment)
            self.release(spare, now, unpaid)
        elif spare:
            self.release(spare, now)

    def _advance(self, shipment: Shipment, now: float) -> None:
        """Send as many segments as slots and pace allow; `paced` is then set if the pace did not."""
        while shipment.pending and shipment.outstanding < shipment.slots:
            if shipment.prepaid:
                shipment.prepaid = False
            elif not self.throttle.take(now):
                shipment.paced = True
                return
            index = shipment.pending[0]
            try:
                self._wire.send(shipment.envelope, shipment.segments[index], (shipment, index))
            except NotNow:
                shipment.stranded()
                return
            shipment.pending.popleft()
            shipment.outstanding += 1
