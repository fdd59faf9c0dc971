"""What a carrier sees of its links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class LinkState(StrEnum):
    """What a link is at; a pair is bound when both of its sessions are."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    BOUND = "bound"
    HALF_BOUND = "half bound"  # one session of a pair
    WAITING = "waiting"  # for the next attempt
    REFUSED = "refused"  # credentials refused: an alarm


@dataclass(slots=True)
class Counters:
    """Counts since the process began, kept where things happen."""

    messages: int = 0  # deliver_sm and data_sm from people
    receipts: int = 0
    sent: int = 0  # messages of which every segment was accepted
    segments: int = 0  # submit_sm sent
    throttles: int = 0
    in_doubt: int = 0
    sessions: int = 0  # times bound
    errors: Counter[int] = field(default_factory=Counter)  # refusals of submit_sm by command_status
    oddities: Counter[str] = field(default_factory=Counter)  # what a correct peer does not send, by kind


@dataclass(frozen=True, slots=True)
class LossSeen:
    """`code` is one of events.Why's names in lower case; `text` says the same, with its detail, in English."""

    code: str
    detail: str
    text: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One link at one moment.  Counts are since the process began; `errors` and `oddities` are (key, count) pairs.

    `in_state_seconds` is how long it has been in `state`, `unbound_seconds` how long it has not been bound, whatever
    was tried meanwhile (0 while it is).  `lost` is the end of the last session that was bound, `failed` that of the
    last attempt if it failed; `retry_seconds` is left until the next one.  `window_in_use` counts segments under way or
    reserved, `outstanding` those sent and not answered, `waiting` the messages that wait for room.
    `segments_per_second` is the pace at present (infinite: none), `paused_seconds` what is left of a pause for
    throttling, `oldest_unanswered_seconds` the age of the oldest message that we have not answered.
    """

    account: str
    name: str
    state: LinkState
    in_state_seconds: float
    unbound_seconds: float
    retry_seconds: float
    lost: LossSeen | None
    failed: LossSeen | None
    interface_version: int | None
    messages: int
    receipts: int
    sent: int
    segments: int
    throttles: int
    in_doubt: int
    sessions: int
    errors: tuple[tuple[int, int], ...]
    oddities: tuple[tuple[str, int], ...]
    window: int
    window_in_use: int
    outstanding: int
    waiting: int
    unanswered: int
    oldest_unanswered_seconds: float
    segments_per_second: float
    paused_seconds: float

    @property
    def why_lost(self) -> str:
        """Why there is no session, or why the last one ended, in English; "" if none did."""
        loss = self.failed or self.lost
        return loss.text if loss else ""

    @property
    def alarm(self) -> bool:
        """Whether someone must look: the SMSC refuses the credentials."""
        return self.state is LinkState.REFUSED
