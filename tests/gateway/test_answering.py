"""`Answerer.answer`: what a consumer is told, for every verdict and every kind of text."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.answering import Answerer, AnsweringSettings
from gateway.core.answer import Answer
from gateway.core.errors import VerificationUnavailable
from gateway.core.ports import Context, Ruling
from gateway.core.query import Intent
from gateway.core.registration import CodeState, Registration
from gateway.core.verdicts import Verdict
from gateway.fragments import Fragments
from gateway.texts import load
from tests.gateway.fakes import (
    NOON,
    WINE,
    FakeAllowance,
    FakeContexts,
    FakeHistory,
    FakeVerification,
    code,
    query,
)
from tests.virtual_time import run_virtual

TEXTS = load(Path(__file__).parents[2] / "templates" / "sms")


@dataclass
class Desk:
    """An answerer with all its ports at hand."""

    verification: FakeVerification = field(default_factory=FakeVerification)
    history: FakeHistory = field(default_factory=FakeHistory)
    contexts: FakeContexts = field(default_factory=FakeContexts)
    allowance: FakeAllowance = field(default_factory=FakeAllowance)
    fragments: Fragments = field(default_factory=Fragments)

    def __post_init__(self) -> None:
        self.answerer = Answerer(
            verification=self.verification,
            history=self.history,
            contexts=self.contexts,
            allowance=self.allowance,
            texts=TEXTS,
            fragments=self.fragments,
            settings=AnsweringSettings(caller_limit=3),
            clock=lambda: NOON,
        )

    def ask(self, text: str, uid: int = 1, at: float = NOON, number: str = "8613859111111") -> Answer:
        return run_virtual(self.answerer.answer(query(text, uid, at, number)))


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.verification.activate(code(0), code(1))
    return desk


def test_the_first_query_of_an_active_code_is_told_so(desk: Desk) -> None:
    answer = desk.ask(code())
    assert answer.verdict is Verdict.FIRST
    assert "登记有效" in answer.reply
    assert "玉泉白酒" in answer.reply
    assert answer.findings[0].counted
    assert not answer.opens_context


def test_another_caller_is_warned_with_the_time_of_the_first(desk: Desk) -> None:
    desk.ask(code(), uid=1, at=NOON - 86_400)
    answer = desk.ask(code(), uid=2, number="8613900000000")
    assert answer.verdict is Verdict.REPEATED_OTHER
    assert "已被查1次，首查11-22 12:00非本机" in answer.reply
    assert answer.opens_context


def test_the_same_caller_later_is_told_without_suspicion(desk: Desk) -> None:
    desk.ask(code(), uid=1, at=NOON - 3600)
    answer = desk.ask(code(), uid=2)
    assert answer.verdict is Verdict.REPEATED_SAME
    assert "谨防" not in answer.reply
    assert not answer.opens_context


def test_a_retry_within_the_minute_gets_the_same_answer_again(desk: Desk) -> None:
    first = desk.ask(code(), uid=1, at=NOON - 30)
    assert desk.ask(code(), uid=2).reply == first.reply


def test_too_many_callers_mean_that_the_label_may_be_copied(desk: Desk) -> None:
    for uid in range(1, 4):
        desk.ask(code(), uid=uid, at=NOON - 1000 + uid, number=f"861390000000{uid}")
    assert desk.ask(code(), uid=9).verdict is Verdict.OVER_LIMIT


@pytest.mark.parametrize(
    ("state", "verdict", "word"),
    [
        (CodeState.ISSUED, Verdict.NOT_ACTIVATED, "尚未激活"),
        (CodeState.PRINTED, Verdict.NOT_ACTIVATED, "尚未激活"),
        (CodeState.RECALLED, Verdict.RECALLED, "召回"),
        (CodeState.CANCELLED, Verdict.CANCELLED, "已注销"),
        (CodeState.EXPIRED, Verdict.EXPIRED, "已过期"),
    ],
)
def test_codes_that_are_not_active_are_warned_of_and_make_nobody_first(
    desk: Desk, state: CodeState, verdict: Verdict, word: str
) -> None:
    desk.verification.known[code()] = Registration(code(), state, WINE, expires_on="2026-01-01")
    answer = desk.ask(code())
    assert answer.verdict is verdict
    assert word in answer.reply
    assert "假冒产品" not in answer.reply
    assert answer.opens_context
    assert desk.history.askers[code()] == []
    desk.verification.activate(code())
    assert desk.ask(code(), uid=2, number="8613900000000").verdict is Verdict.FIRST


def test_an_unknown_code_is_a_miss_charged_to_the_guess_budget(desk: Desk) -> None:
    answer = desk.ask(code(7))
    assert answer.verdict is Verdict.UNKNOWN
    assert desk.allowance.misses == [code(7)]
    assert answer.reply.startswith("【监管网】未查到尾号1974")


def test_the_expiry_of_a_cached_registration_is_judged_by_todays_date(desk: Desk) -> None:
    desk.verification.activate(code(), expires_on="2026-11-22")
    assert desk.ask(code()).verdict is Verdict.EXPIRED
    desk.verification.activate(code(), expires_on="2026-11-23")
    assert desk.ask(code(), uid=2).verdict is Verdict.FIRST


def test_a_stale_registration_is_marked_in_the_finding(desk: Desk) -> None:
    desk.verification.stale = True
    assert desk.ask(code()).findings[0].stale


def test_several_codes_are_answered_in_one_reply_the_gravest_verdict_counting(desk: Desk) -> None:
    answer = desk.ask(f"{code(0)} {code(1)} {code(5)}")
    assert [finding.verdict for finding in answer.findings] == [Verdict.FIRST, Verdict.FIRST, Verdict.UNKNOWN]
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reply.count("1974") == 3


def test_english_is_answered_in_english(desk: Desk) -> None:
    answer = desk.ask(f"please check {code()}")
    assert answer.language == "en"
    assert "registered and valid" in answer.reply


def test_an_outage_is_an_error_and_still_keeps_the_time_of_arrival(desk: Desk) -> None:
    desk.verification.away = True
    with pytest.raises(VerificationUnavailable):
        desk.ask(code(), uid=1, at=NOON - 600)
    desk.verification.away = False
    assert desk.ask(code(), uid=2, number="8613900000000").verdict is Verdict.REPEATED_OTHER
    assert desk.ask(code(), uid=1, at=NOON - 600).verdict is Verdict.FIRST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("帮助", "查真伪"),
        ("HELP", "Check: send"),
        ("退订", "已退订"),
        ("你好啊", "未看懂"),
        ("", "未看懂"),
        ("查询", "请发送20位监管码"),
        ("8123456789012345678", "位数不对"),
        ("71234567890123451974", "这不是监管码"),
        ("8123456?890123451974", "看不清"),
        ("6901234567892", "不是监管码"),
        (" ".join(code(n) for n in range(9)), "最多查5个码"),
        ("好" * 3000, "太长"),
    ],
)
def test_texts_without_a_code_are_told_what_to_do(desk: Desk, text: str, words: str) -> None:
    answer = desk.ask(text)
    assert words in answer.reply
    assert desk.verification.asked == []


def test_a_report_with_a_code_is_taken_down_with_its_words(desk: Desk) -> None:
    answer = desk.ask(f"JB {code()} 福清宏路某超市")
    assert answer.report is not None
    assert (answer.report.kind, answer.report.code) == (Intent.REPORT, code())
    assert "福清宏路某超市" in answer.report.text
    assert "尾号1974" in answer.reply
    assert desk.history.askers == {}


def test_a_complaint_is_another_kind_than_a_report(desk: Desk) -> None:
    answer = desk.ask("投诉 店家不退货")
    assert answer.report is not None
    assert answer.report.kind is Intent.COMPLAINT


def test_what_is_texted_after_a_warning_belongs_to_its_report(desk: Desk) -> None:
    desk.contexts.context = Context(77, code(), NOON - 100)
    answer = desk.ask("在宏路桥头的小店买的")
    assert answer.report is not None
    assert (answer.report.about_uid, answer.report.code) == (77, code())
    assert "已补充" in answer.reply


def test_a_report_without_a_code_means_the_code_just_warned_of(desk: Desk) -> None:
    desk.contexts.context = Context(77, code(), NOON - 100)
    answer = desk.ask("举报 假货")
    assert answer.report is not None
    assert (answer.report.about_uid, answer.report.code) == (77, code())


def test_over_the_rate_there_is_one_notice_and_then_silence(desk: Desk) -> None:
    desk.allowance.ruling = Ruling.NOTICE
    assert "频繁" in desk.ask(code()).reply
    desk.allowance.ruling = Ruling.SILENCE
    silent = desk.ask(code())
    assert (silent.reply, silent.note) == ("", "limited")
    assert desk.verification.asked == []


def test_a_guesser_is_told_the_same_of_codes_that_exist_and_that_do_not(desk: Desk) -> None:
    desk.allowance.ruling = Ruling.VAGUE
    assert desk.ask(code(0)) == desk.ask(code(7))
    assert desk.verification.asked == []


def test_an_auto_responder_is_left_alone_after_three_turns(desk: Desk) -> None:
    replies = [desk.ask("我现在不方便接听", uid=uid).reply for uid in range(1, 6)]
    assert [bool(reply) for reply in replies] == [True, True, True, False, False]


def test_the_first_half_of_a_code_is_answered_as_incomplete_when_nothing_follows(desk: Desk) -> None:
    async def ask() -> Answer:
        half = query(code()[:10])
        desk.fragments.keep(half)
        return await desk.answerer.answer(half)

    assert "一部分" in run_virtual(ask()).reply


def test_a_code_in_two_messages_is_answered_once(desk: Desk) -> None:
    async def ask() -> tuple[Answer, Answer]:
        import asyncio

        half = query(code()[:10], uid=1)
        desk.fragments.keep(half)
        first = asyncio.ensure_future(desk.answerer.answer(half))
        await asyncio.sleep(1.0)
        rest = query(code()[10:], uid=2)
        whole = desk.fragments.completed(rest.caller, rest.understanding)
        from dataclasses import replace

        return await desk.answerer.answer(replace(rest, understanding=whole)), await first

    rest, half = run_virtual(ask())
    assert rest.verdict is Verdict.FIRST
    assert (half.reply, half.note) == ("", "joined")
