"""The deadlines of one session as a value: `tick(now)` gives the new value and what has become due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from smpp.settings import LinkSettings

NEVER = float("inf")


class Due(Enum):
    """What a deadline asks for."""

    BIND_OVERDUE = "bind_overdue"
    ENQUIRE = "enquire"
    ENQUIRE_OVERDUE = "enquire_overdue"
    HALF_PDU_OVERDUE = "half_pdu_overdue"
    UNBIND_OVERDUE = "unbind_overdue"


@dataclass(frozen=True, slots=True)
class Periods:
    """How long each wait may be, in seconds."""

    bind_seconds: float
    enquire_idle_seconds: float
    enquire_answer_seconds: float
    half_pdu_seconds: float
    unbind_seconds: float


def periods(settings: LinkSettings) -> Periods:
    """The periods that a link's settings give."""
    return Periods(
        settings.bind_timeout_seconds,
        settings.enquire_idle_seconds,
        settings.enquire_timeout_seconds,
        settings.half_pdu_timeout_seconds,
        settings.unbind_timeout_seconds,
    )


@dataclass(frozen=True, slots=True)
class Timers:
    """Instants of one clock, in seconds; NEVER where nothing is awaited."""

    periods: Periods
    bind_at: float = NEVER
    enquire_at: float = NEVER
    enquire_answer_at: float = NEVER
    half_pdu_at: float = NEVER
    unbind_at: float = NEVER

    @property
    def next_at(self) -> float:
        """The earliest deadline."""
        return min(self.bind_at, self.enquire_at, self.enquire_answer_at, self.half_pdu_at, self.unbind_at)

    @property
    def may_ask(self) -> bool:
        """Whether ENQUIRE is to come: the session is bound, and no answer is awaited."""
        return self.enquire_at != NEVER

    def connected(self, now: float) -> Timers:
        """The bind response is awaited from here."""
        return replace(self, bind_at=now + self.periods.bind_seconds)

    def bound(self, now: float) -> Timers:
        """The session is bound; silence is measured from here."""
        return replace(self, bind_at=NEVER, enquire_at=now + self.periods.enquire_idle_seconds)

    def heard(self, now: float, partial: bool, whole: bool = True) -> Timers:
        """Octets arrived: life.  `partial`: a PDU is incomplete now; `whole`: at least one was completed."""
        bound = self.bind_at == NEVER and self.unbind_at == NEVER
        half_pdu_at = self.half_pdu_at
        if not partial:
            half_pdu_at = NEVER
        elif whole or half_pdu_at == NEVER:
            half_pdu_at = now + self.periods.half_pdu_seconds
        return Timers(
            self.periods,
            self.bind_at,
            now + self.periods.enquire_idle_seconds if bound else NEVER,
            NEVER,
            half_pdu_at,
            self.unbind_at,
        )

    def asking(self, now: float) -> Timers:
        """There is cause to ask at once whether the peer lives."""
        return replace(self, enquire_at=now) if self.may_ask else self

    def unbinding(self, now: float) -> Timers:
        """The end of the session is awaited from here; nothing is asked any more."""
        unbind_at = now + self.periods.unbind_seconds
        return replace(self, bind_at=NEVER, enquire_at=NEVER, enquire_answer_at=NEVER, unbind_at=unbind_at)

    def deaf(self) -> Timers:
        """Nothing is read for a while, so silence says nothing."""
        return replace(self, enquire_at=NEVER, enquire_answer_at=NEVER, half_pdu_at=NEVER)

    def tick(self, now: float) -> tuple[Timers, tuple[Due, ...]]:
        """What is due at `now`.  A deadline is reported once; ENQUIRE starts the wait for its answer."""
        if now < self.next_at:
            return self, ()
        timers = self
        due = []
        if now >= self.bind_at:
            timers = replace(timers, bind_at=NEVER)
            due.append(Due.BIND_OVERDUE)
        if now >= self.enquire_answer_at:
            timers = replace(timers, enquire_answer_at=NEVER)
            due.append(Due.ENQUIRE_OVERDUE)
        if now >= self.half_pdu_at:
            timers = replace(timers, half_pdu_at=NEVER)
            due.append(Due.HALF_PDU_OVERDUE)
        if now >= self.unbind_at:
            timers = replace(timers, unbind_at=NEVER)
            due.append(Due.UNBIND_OVERDUE)
        if now >= self.enquire_at:
            answer_at = now + self.periods.enquire_answer_seconds
            timers = replace(timers, enquire_at=NEVER, enquire_answer_at=answer_at)
            due.append(Due.ENQUIRE)
        return timers, tuple(due)
