"""Which link a message leaves by, and in which order: one at a time to each destination."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

from smpp.errors import Expired, NoLink, SmppError
from smpp.link import Link
from smpp.shipment import Claim, Shipment
from smpp.timers import NEVER

_SWEEP_SECONDS = 0.5


class Routes:
    """Claims on the way to their links.  Time is an argument; `tick` when `next_at` has come."""

    def __init__(self, links: Sequence[Link], failover_seconds: float) -> None:
        self._links = {link.name: link for link in links if link.settings.transmits}
        self._failover_seconds = failover_seconds
        self._lanes: dict[str, deque[Claim] | None] = {}  # behind the one message that each destination has under way
        self._delayed: list[tuple[float, int, Claim]] = []
        self._order = count()
        self._sweep_at = NEVER

    @property
    def busy(self) -> bool:
        """Whether any message is waiting or under way."""
        return bool(self._lanes)

    def enter(self, claim: Claim, now: float) -> None:
        """A new claim; it waits until nothing else is under way to its destination."""
        number = claim.destination.number
        if number in self._lanes:
            lane = self._lanes[number]
            if lane is None:
                lane = self._lanes[number] = deque()
            lane.append(claim)
            self._expect_expiry(claim, now)
        else:
            self._lanes[number] = None
            self._place(claim, now)

    def leave(self, number: str, now: float) -> None:
        """The message under way to this destination is finished; the next may go."""
        lane = self._lanes[number]
        if lane:
            self._place(lane.popleft(), now)
        else:
            del self._lanes[number]

    def again(self, claim: Claim, now: float) -> None:
        """A message that was refused for the time being: it goes before those that came later."""
        shipment = claim.shipment
        if shipment is not None and shipment.retry_at > now:
            heapq.heappush(self._delayed, (shipment.retry_at, next(self._order), claim))
        else:
            self._place(claim, now, first=True)
        self._expect_expiry(claim, now)

    def withdraw(self, claim: Claim, now: float) -> None:
        """Forget a claim that waits."""
        lane = self._lanes.get(claim.destination.number)
        if lane and claim in lane:
            lane.remove(claim)
            return
        for link in self._links.values():
            if claim in link.outlet.waiting:
                link.outlet.waiting.remove(claim)
                break
        else:
            self._delayed = [entry for entry in self._delayed if entry[2] is not claim]
            heapq.heapify(self._delayed)
        self.leave(claim.destination.number, now)

    def refuse_all(self, error: SmppError, now: float) -> None:
        """Nothing that waits will be sent."""
        for claim in list(self._waiting()):
            self._refuse(claim, error, now)

    @property
    def next_at(self) -> float:
        """When `tick` has something to do."""
        downs = (
            link.down_since_at + self._failover_seconds
            for link in self._links.values()
            if any(not claim.bound_to_link for claim in link.outlet.waiting)
        )
        future = min(downs, default=NEVER) if any(link.usable for link in self._links.values()) else NEVER
        return min(self._delayed[0][0] if self._delayed else NEVER, self._sweep_at, future)

    def tick(self, now: float) -> None:
        """Let go what waited for the time: retries, other links' room, the end of patience."""
        while self._delayed and self._delayed[0][0] <= now:
            self._place(heapq.heappop(self._delayed)[2], now, first=True)
        self._fail_over(now)
        for link in self._links.values():
            link.outlet.pump(now)
        if now >= self._sweep_at:
            self._sweep(now)

    def _place(self, claim: Claim, now: float, first: bool = False) -> None:
        link = self._choose(claim, now)
        link.outlet.claim(claim, now, first)
        if not claim.link:
            self._expect_expiry(claim, now)

    def _choose(self, claim: Claim, now: float) -> Link:
        preferred = self._links.get(claim.prefer)
        if preferred is not None and (
            preferred.usable or claim.bound_to_link or now - preferred.down_since_at < self._failover_seconds
        ):
            return preferred
        usable = [link for link in self._links.values() if link.usable]
        if usable:
            return max(usable, key=lambda link: link.outlet.free)
        return preferred or next(iter(self._links.values()))

    def _fail_over(self, now: float) -> None:
        if not any(link.usable for link in self._links.values()):
            return
        for link in self._links.values():
            waiting = link.outlet.waiting
            if link.usable or now - link.down_since_at < self._failover_seconds or not waiting:
                continue
            moving = [claim for claim in waiting if not claim.bound_to_link]
            staying = [claim for claim in waiting if claim.bound_to_link]
            waiting.clear()
            waiting.extend(staying)
            for claim in moving:
                self._place(claim, now)

    def _waiting(self) -> Iterator[Claim]:
        for lane in self._lanes.values():
            yield from lane or ()
        for link in self._links.values():
            yield from link.outlet.waiting
        for _, _, claim in self._delayed:
            yield claim

    def _expect_expiry(self, claim: Claim, now: float) -> None:
        if claim.give_up_at != NEVER and self._sweep_at == NEVER:
            self._sweep_at = now + _SWEEP_SECONDS

    def _sweep(self, now: float) -> None:
        self._sweep_at = NEVER
        up = any(link.usable for link in self._links.values())
        for claim in list(self._waiting()):
            if claim.give_up_at <= now:
                reason = "no room on the links" if up else "no link was up"
                self._refuse(claim, Expired(f"{reason} in time") if up else NoLink(f"{reason} in time"), now)
            else:
                self._expect_expiry(claim, now)

    def _refuse(self, claim: Claim, error: SmppError, now: float) -> None:
        self.withdraw(claim, now)
        claim.refused(error)


def resend(shipment: Shipment) -> int:
    """How many segments of a message go again."""
    return len(shipment.again) if shipment.begun else len(shipment.message.segments)
