"""A desk that knows its answers from the code's last digit, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, succeed

from ivr.desk import CallFacts, CallRecord, Count, Moment, Name, Recording, Settlement, Slot, SpokenAnswer

T = TypeVar("T")

FIRST = "81234567890123456781"
REPEATED = "81234567890123456782"
TEXTED = "81234567890123456783"
FAILING = "81234567890123456784"
SLOW = "81234567890123456786"
PENDING = "81234567890123456785"
UNKNOWN = "81234567890123456789"


@dataclass
class FakeDesk:
    """`events` lists what happened, in order; `pending` holds look-ups of PENDING for the test to answer."""

    events: list[tuple[str, str]] = field(default_factory=list)
    records: list[CallRecord] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    pending: list[Deferred[SpokenAnswer]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)  # of the call, when a result was asked for
    told: Callable[[str, str], None] = lambda _what, _about: None
    settled: SpokenAnswer = field(default_factory=lambda: SpokenAnswer("unknown"))
    failing: str = ""
    never_answers: str = ""
    asked_in_vain: int = 0

    def look_up(self, call: CallFacts, code: str, asked_at: float) -> Deferred[SpokenAnswer]:
        self._note("look_up", code)
        self.languages.append(call.language)
        if code == PENDING:
            waiting: Deferred[SpokenAnswer] = Deferred()
            self.pending.append(waiting)
            return waiting
        return self._answered("look_up", answer_for(code), fails=code == FAILING)

    def settle_miss(
        self, call: CallFacts, code: str, asked_at: float, settlement: Settlement
    ) -> Deferred[SpokenAnswer]:
        self._note(settlement.value, code)
        return self._answered("settle_miss", self.settled)

    def report(self, call: CallFacts, recording: Recording) -> Deferred[None]:
        self._note("report", recording.code)
        self.recordings.append(recording)
        return self._answered("report", None)

    def text_result(self, call: CallFacts, code: str) -> Deferred[bool]:
        self._note("text", code)
        self.languages.append(call.language)
        return self._answered("text_result", True)

    def call_ended(self, record: CallRecord) -> None:
        self._note("ended", f"{record.ending}/{record.step}/{record.language}")
        self.records.append(record)

    def _answered(self, what: str, value: T, fails: bool = False) -> Deferred[T]:
        if what == self.never_answers:
            self.asked_in_vain += 1
            return Deferred()
        return fail(RuntimeError("the desk is closed")) if fails or what == self.failing else succeed(value)

    def _note(self, what: str, about: str) -> None:
        self.events.append((what, about))
        self.told(what, about)


def answer_for(code: str) -> SpokenAnswer:
    if code[-1] == "9":
        return SpokenAnswer("unknown", read_back=True)
    if code[-1] == "2":
        first = Moment(2026, 5, 3, 10, 21)
        return SpokenAnswer("repeated_other", (Slot("count", Count(3)), Slot("first_at", first)))
    name = Slot("product", Name("玉泉白酒", "Yuquan spirit"))
    return SpokenAnswer("first", (name,), texting=code == TEXTED)
