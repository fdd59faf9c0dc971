"""The hotline's desk: the verdicts and the counting of the SMS channel, and misses counted only when confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from gateway.answering import Answerer, AnsweringSettings
from gateway.channels.callers import Callers
from gateway.channels.replies import Outlet
from gateway.channels.texting import Texting
from gateway.channels.voice import VoiceDesk
from gateway.core.answer import Ending
from gateway.core.errors import VerificationUnavailable
from gateway.core.ports import OtherKind, Ruling
from gateway.core.query import Caller, Channel, Place
from gateway.core.recorded import Recorded, recorded_in
from gateway.core.uid import UidSequence
from gateway.core.verdicts import Verdict
from gateway.fragments import Fragments
from gateway.records.privacy.scrubbing import scrubbed
from ivr import recordings
from ivr.desk import CallFacts, CallRecord, Count, Digits, Recording, Settlement, SpokenAnswer
from smpp import Account
from tests.gateway.channels.bench import TEXTS
from tests.gateway.channels.smsc import FakeAccount
from tests.gateway.fakes import (
    NOON,
    SHORT_NUMBER,
    FakeAllowance,
    FakeContexts,
    FakeHistory,
    FakeJournal,
    FakeVerification,
    code,
)
from tests.virtual_time import run_virtual

CALL = CallFacts("c1", "8613859111111", "4001111", "u1", NOON)


class SomeCallers:
    def identify(self, number: str, type_of_number: int = 0) -> tuple[Caller, Place]:
        return Caller(number, f"p:{number}"), Place()


@dataclass
class Hotline:
    """A desk on fakes."""

    journal: FakeJournal = field(default_factory=FakeJournal)
    account: FakeAccount = field(default_factory=FakeAccount)
    verification: FakeVerification = field(default_factory=FakeVerification)
    allowance: FakeAllowance = field(default_factory=FakeAllowance)

    def __post_init__(self) -> None:
        self.verification.activate(code(), produced_on="2026-05-01")
        answerer = Answerer(
            verification=self.verification,
            history=FakeHistory(),
            contexts=FakeContexts(),
            allowance=self.allowance,
            texts=TEXTS,
            fragments=Fragments(),
            settings=AnsweringSettings(),
            clock=lambda: NOON,
        )
        self.desk = VoiceDesk(
            answerer=answerer,
            journal=self.journal,
            callers=cast(Callers, SomeCallers()),
            uids=UidSequence(),
            texting=Texting(
                Outlet(cast(Account, self.account), "udh", "gsm", 0),
                SHORT_NUMBER,
                carrier="mobile",
                journal=self.journal,
                clock=lambda: NOON,
            ),
            clock=lambda: NOON,
        )

    def ask(self, asked: str, call: CallFacts = CALL, at: float = NOON) -> SpokenAnswer:
        return self.do(lambda: self.desk.look_up(call, asked, at))

    def do(self, action: Any) -> Any:
        async def main() -> Any:
            return await cast(Deferred[Any], action()).asFuture(asyncio.get_running_loop())

        return run_virtual(cast(Coroutine[Any, Any, Any], main()))

    def endings(self) -> list[tuple[Ending, str]]:
        return [(outcome.ending, answer.note) for answer, outcome in self.journal.logged.values()]


@pytest.fixture
def hotline() -> Hotline:
    return Hotline()


def test_a_known_code_is_recorded_judged_and_said_with_its_facts(hotline: Hotline) -> None:
    answer = hotline.ask(code())
    assert answer.verdict == "first"
    assert not answer.read_back
    slots = {slot.name: slot.value for slot in answer.slots}
    assert slots["ending"] == Digits("1974")
    assert hotline.endings() == [(Ending.SPOKEN, "")]
    ((logged, _),) = hotline.journal.logged.values()
    assert logged.findings[0].verdict is Verdict.FIRST


def test_another_caller_hears_how_often_it_was_asked(hotline: Hotline) -> None:
    hotline.ask(code(), at=NOON - 3600)
    other = CallFacts("c2", "8613900000000", "4001111", "u2", NOON)
    answer = hotline.ask(code(), other)
    assert answer.verdict == "repeated_other"
    assert {slot.name: slot.value for slot in answer.slots}["count"] == Count(1)


def test_an_unknown_code_is_read_back_and_nothing_is_recorded_yet(hotline: Hotline) -> None:
    answer = hotline.ask(code(7))
    assert (answer.verdict, answer.read_back) == ("unknown", True)
    assert hotline.journal.events == []
    assert hotline.allowance.misses == []


def test_a_confirmed_miss_counts(hotline: Hotline) -> None:
    hotline.ask(code(7))
    answer = hotline.do(lambda: hotline.desk.settle_miss(CALL, code(7), NOON, Settlement.CONFIRMED))
    assert answer.verdict == "unknown"
    assert hotline.endings() == [(Ending.SPOKEN, "")]
    assert hotline.allowance.misses == [code(7)]


def test_a_corrected_entry_is_no_query_yet_charged_as_a_guess(hotline: Hotline) -> None:
    hotline.ask(code(7))
    hotline.do(lambda: hotline.desk.settle_miss(CALL, code(7), NOON, Settlement.CORRECTED))
    assert hotline.journal.logged == {}
    assert hotline.allowance.misses == [code(7)]


def test_a_miss_whose_caller_hung_up_is_logged_as_unconfirmed(hotline: Hotline) -> None:
    hotline.ask(code(7))
    hotline.do(lambda: hotline.desk.settle_miss(CALL, code(7), NOON, Settlement.ABANDONED))
    assert hotline.endings() == [(Ending.HUNG_UP, "unconfirmed")]


def test_an_outage_fails_the_look_up_and_is_logged_with_its_reason(hotline: Hotline) -> None:
    hotline.verification.away = True
    with pytest.raises(VerificationUnavailable):
        hotline.ask(code())
    assert hotline.endings() == [(Ending.WITHHELD, "registry_away")]


def test_a_guesser_hears_the_same_of_every_code(hotline: Hotline) -> None:
    hotline.allowance.ruling = Ruling.VAGUE
    assert hotline.ask(code(0)) == hotline.ask(code(7))
    assert hotline.verification.asked == []


def test_a_recorded_report_joins_the_code_of_the_call(hotline: Hotline) -> None:
    hotline.ask(code())
    hotline.do(lambda: hotline.desk.report(CALL, Recording("/var/r/abc.wav", 12.0, code())))
    report = next(answer.report for answer, _ in hotline.journal.logged.values() if answer.report)
    assert report.code == code()
    assert report.about_uid in hotline.journal.logged
    assert report.text == "recording abc.wav, 12 s"


def test_a_spoken_report_that_a_crash_interrupts_is_the_same_report_when_it_is_gone_on_with(hotline: Hotline) -> None:
    hotline.do(lambda: hotline.desk.report(CALL, Recording("/var/r/abc.wav", 12.0, code())))
    (kept,) = hotline.journal.accepted
    again = run_virtual(hotline.desk._answerer.answer(kept))
    assert again.report is not None
    assert (again.report.code, again.report.text) == (code(), "recording abc.wav, 12 s")


def test_the_name_of_a_recording_is_not_taken_for_a_personal_number(hotline: Hotline) -> None:
    names = [recordings.new_name() for _ in range(40)]  # of names with digits a third was
    for name in names:
        hotline.do(lambda name=name: hotline.desk.report(CALL, Recording(f"/var/r/{name}.wav", 120.0, code())))
    reports = [answer.report for answer, _ in hotline.journal.logged.values() if answer.report]
    kept = [scrubbed(report.text, (code(),)) for report in reports]
    assert kept == [f"recording {name}.wav, 120 s" for name in names]
    assert [recorded_in(text) for text in kept] == [Recorded(f"{name}.wav", 120) for name in names]


def test_the_result_is_texted_to_a_mobile_only(hotline: Hotline) -> None:
    assert hotline.ask(code()).texting
    assert hotline.do(lambda: hotline.desk.text_result(CALL, code()))
    assert "首次查询" in hotline.account.texts()[0]
    landline = CallFacts("c3", "8659185222222", "4001111", "u3", NOON)
    assert not hotline.ask(code(), landline).texting
    assert not hotline.do(lambda: hotline.desk.text_result(landline, code()))


def test_the_text_is_in_the_language_that_the_caller_speaks_by_then(hotline: Hotline) -> None:
    hotline.ask(code())
    hotline.do(lambda: hotline.desk.text_result(replace(CALL, language="en"), code()))
    assert b"first query" in hotline.account.sent[0].segments[0].short_message


def test_a_text_that_is_with_a_slow_smsc_is_told_as_sent_and_its_end_is_still_booked(hotline: Hotline) -> None:
    hotline.ask(code())
    hotline.account.hold = True

    async def main() -> None:
        loop = asyncio.get_running_loop()
        told = hotline.desk.text_result(CALL, code()).asFuture(loop)
        assert await told
        hotline.account.grant()
        await hotline.desk.drain(5.0)

    run_virtual(main())
    assert [kind for _, _, kind, _ in hotline.journal.besides] == [OtherKind.TEXT]


def test_a_caller_without_a_number_never_hears_that_an_earlier_query_was_their_own(hotline: Hotline) -> None:
    withheld = [CallFacts(f"w{number}", "", "4001111", "u", NOON) for number in range(2)]
    told = [hotline.ask(code(), call, NOON + 3600 * hour).verdict for hour, call in enumerate(withheld)]
    assert told == ["first", "repeated_other"]


def test_nothing_is_texted_for_a_code_that_was_not_looked_up(hotline: Hotline) -> None:
    assert not hotline.do(lambda: hotline.desk.text_result(CALL, code()))


def test_without_a_link_nothing_is_texted(hotline: Hotline) -> None:
    hotline.ask(code())
    hotline.account.down = True
    assert not hotline.do(lambda: hotline.desk.text_result(CALL, code()))


def test_a_call_is_logged_by_its_callers_pseudonym(hotline: Hotline, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    hotline.desk.call_ended(CallRecord(CALL, NOON + 42.0, "menu", "hung_up", "zh", queries=1))
    assert caplog.messages == ["call c1 of p:8613859111111: hung_up at menu after 42 s, 1 look-ups, 0 reports"]


def test_a_call_is_a_query_of_the_voice_channel(hotline: Hotline) -> None:
    hotline.ask(code())
    (accepted,) = hotline.journal.accepted
    assert accepted.channel is Channel.VOICE
    assert accepted.arrived_at == NOON


def test_a_drain_waits_for_what_callers_left_behind(hotline: Hotline) -> None:
    async def main() -> None:
        looked_up = hotline.desk.look_up(CALL, code(), NOON)
        await hotline.desk.drain(5.0)
        assert looked_up.called
        await hotline.desk.drain(5.0)  # with nothing in hand it does not wait

    run_virtual(main())
    assert hotline.endings() == [(Ending.SPOKEN, "")]
