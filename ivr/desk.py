"""What a call needs from whoever knows the answers: the contract between dialogue and application.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call as its Asterisk described it.

    `caller_number` is as received, "" where withheld (never in `repr`); `dialled` the hotline's own number;
    `started_at` Unix time, seconds; `key` identifies the call in logs and records (random, 16 hex digits).
    """

    key: str
    caller_number: str = field(repr=False)
    dialled: str
    unique_id: str
    started_at: float
    language: str = "zh"
    agents_open: bool = False


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits spoken one by one, in groups of four."""

    digits: str


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number, 0 to 99,999."""

    number: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, with `hour` and `minute` if they are to be said.  Local time of the hotline."""

    year: int
    month: int
    day: int
    hour: int | None = None
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """Words that speech makes: a product's or an enterprise's name, by language ("" falls back to the other)."""

    zh: str
    en: str = ""


Value = Digits | Count | Moment | Name


@dataclass(frozen=True, slots=True)
class Slot:
    """A value for the placeholder `{name}` of a sentence in the script."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """What is said of one code.

    `verdict`: the script must have the sentence `verdict_<verdict>` in each language; `slots` fill its placeholders,
    and a sentence without a value is said without it.  `read_back`: nothing has been recorded yet: the digits are
    read back and exactly one `settle_miss` follows.  `final`: asked again in this call, the same words are said
    without a new look-up.  `texting`: offer to send the result by SMS.
    """

    verdict: str
    slots: tuple[Slot, ...] = ()
    read_back: bool = False
    final: bool = True
    texting: bool = False


class Settlement(StrEnum):
    """How a read-back ended."""

    CONFIRMED = "confirmed"  # the caller said the digits are right: the miss counts
    CORRECTED = "corrected"  # the caller enters them again: a typing error
    ABANDONED = "abandoned"  # hung up, or no answer: a look-up that finished, unconfirmed


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded report.  `path` is the file on this machine, readable by its owner only."""

    path: str
    length_seconds: float
    code: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One per call, however it ended.

    `step` is the dialogue's state at the end; `ending` one of finished, hung_up, agent, failed, capped, no_input,
    drained; `queries` counts look-ups; `ended_at` is Unix time, seconds.
    """

    facts: CallFacts
    ended_at: float
    step: str
    ending: str
    language: str
    queries: int = 0
    reports: int = 0
    missing_prompts: int = 0


class Desk(Protocol):
    """Whoever answers.  A Deferred that fails is said as "unavailable"; it may fire after the call ended."""

    def look_up(self, call: CallFacts, code: str, asked_at: float) -> Deferred[SpokenAnswer]:
        """Look a completely entered code up.

        Known to the registry: the query is recorded and judged, even if the caller hangs up meanwhile.  Unknown:
        nothing is recorded and the answer has `read_back`.  `asked_at`: Unix time at which the entry was complete.
        """

    def settle_miss(
        self, call: CallFacts, code: str, asked_at: float, settlement: Settlement
    ) -> Deferred[SpokenAnswer]:
        """Record (or not) the miss that a read-back settled; the answer is said if it was confirmed."""

    def report(self, call: CallFacts, recording: Recording) -> Deferred[None]:
        """Keep a spoken report with the code it is about ("" if none), even if the caller hung up over it."""

    def text_result(self, call: CallFacts, code: str) -> Deferred[bool]:
        """Send the result of a code looked up in this call by SMS; False if that is impossible."""

    def call_ended(self, record: CallRecord) -> None:
        """The call is over.  Must not raise."""
