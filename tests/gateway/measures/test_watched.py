"""The journal and the backend, watched: counted right, and otherwise unchanged."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.core.answer import Answer, Ending, Outcome
from gateway.core.errors import NotDurable, VerificationUnavailable
from gateway.core.ports import Journal, Refusal
from gateway.core.query import Channel
from gateway.core.registration import CodeState, Registration
from gateway.core.verdicts import Verdict
from gateway.measures.events import QueryEvents
from gateway.measures.watched import WatchedBackend, WatchedJournal
from tests.gateway.fakes import NOON, FakeJournal, code, query

_ANSWER = Answer(Verdict.FIRST, "registered")


def _sent(seconds: float, ending: Ending = Ending.SENT) -> Outcome:
    return Outcome(ending, NOON + seconds, "m1")


async def test_a_query_is_open_from_its_commit_to_the_log_and_its_latency_is_recorded() -> None:
    watched = WatchedJournal(FakeJournal(), QueryEvents())
    journal: Journal = watched
    meters = watched.meters
    asked = query(code())
    await journal.accept(asked)
    (reading,) = meters.readings(NOON + 3.0)
    assert (reading.channel, reading.carrier, reading.link) == ("sms", "mobile", "m1")
    assert (reading.accepted, reading.open, reading.oldest_seconds) == (1, 1, 3.0)
    await journal.answer(asked, _ANSWER, "m1")
    await journal.sending(asked.uid, "m1")
    await journal.finish(asked, _ANSWER, _sent(0.25))
    (reading,) = meters.readings(NOON + 4.0)
    assert (reading.open, reading.oldest_seconds) == (0, 0.0)
    assert (reading.latency.total, reading.latency.max_seconds) == (1, 0.25)
    assert (reading.verdicts, reading.endings) == ((("first", 1),), (("sent", 1),))


async def test_only_replies_that_were_sent_have_a_latency() -> None:
    journal = WatchedJournal(FakeJournal(), QueryEvents())
    meters = journal.meters
    await journal.finish(query(code()), _ANSWER, _sent(86_400.0, Ending.EXPIRED))
    await journal.finish(query("help", 2), Answer(None, "help"), replace(_sent(1.0), resent=True))
    (reading,) = meters.readings(NOON)
    assert reading.latency.total == 1
    assert reading.resent == 1
    assert dict(reading.verdicts) == {"first": 1, "none": 1}


async def test_what_is_asked_by_telephone_is_counted_apart() -> None:
    journal = WatchedJournal(FakeJournal(), QueryEvents())
    meters = journal.meters
    await journal.accept(replace(query(code()), channel=Channel.VOICE, route=None))
    await journal.accept(query(code(), 2))
    assert [(r.channel, r.link, r.accepted) for r in meters.readings(NOON)] == [("sms", "m1", 1), ("voice", "", 1)]


async def test_what_could_not_be_committed_is_a_refusal_and_no_query() -> None:
    journal = WatchedJournal(FakeJournal(failing=2), QueryEvents())
    meters = journal.meters
    with pytest.raises(NotDurable):
        await journal.accept(query(code()))
    with pytest.raises(NotDurable):
        await journal.finish(query(code()), _ANSWER, _sent(1.0))
    assert (meters.readings(NOON), journal.refusals, journal.failing) == ((), 2, True)
    await journal.accept(query(code()))
    assert (journal.refusals, journal.failing) == (2, False)


async def test_queries_of_an_earlier_process_are_open_and_not_accepted_again() -> None:
    beneath = FakeJournal()
    await beneath.accept(query(code(), at=NOON - 60.0))
    journal = WatchedJournal(beneath, QueryEvents())
    assert await journal.open_queries() == list(beneath.open.values())
    (reading,) = journal.meters.readings(NOON)
    assert (reading.accepted, reading.open, reading.oldest_seconds) == (0, 1, 60.0)


async def test_everything_else_is_handed_on() -> None:
    beneath = FakeJournal(fingerprints=[("f", 1)])
    journal = WatchedJournal(beneath, QueryEvents())
    await journal.redelivered(7)
    assert beneath.events == [("redelivered", 7)]
    assert await journal.recent_fingerprints(0.0) == [("f", 1)]
    assert await journal.open_parts() == []


def _lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.event, record.state) for record in caplog.records if record.name == "gateway.queries"]  # type: ignore[attr-defined]  # what `extra` sets


async def _live_through(journal: Journal, ending: Ending, uid: int = 1) -> None:
    asked = query(code(), uid)
    await journal.accept(asked)
    await journal.answer(asked, _ANSWER)
    await journal.sending(asked.uid, "m1")
    await journal.finish(asked, _ANSWER, _sent(0.5, ending))


async def test_each_step_of_a_query_is_a_line_if_that_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await _live_through(WatchedJournal(FakeJournal(), QueryEvents(each=True)), Ending.SENT)
    assert _lines(caplog) == [
        ("query_accepted", "accepted"),
        ("query_answered", "answered"),
        ("query_sending", "sending"),
        ("query_finished", "sent"),
    ]
    last = caplog.records[-1]
    assert {last.uid, last.carrier, last.link, last.caller} == {1, "mobile", "m1", "p:8613859111111"}  # type: ignore[attr-defined]  # as above


async def test_otherwise_only_replies_that_failed_are_told_and_few_a_second(caplog: pytest.LogCaptureFixture) -> None:
    journal = WatchedJournal(FakeJournal(), QueryEvents())
    await _live_through(journal, Ending.SENT)
    for uid in range(2, 22):
        await _live_through(journal, Ending.REFUSED, uid)
    assert _lines(caplog) == [("query_failed", "refused")] * 5
    await journal.finish(query(code(), 22), _ANSWER, _sent(9.0, Ending.EXPIRED))
    assert "15 more" in caplog.messages[-1]


class _Backend:
    """Answers unless it is away; the circuit is open from the second failure on."""

    def __init__(self) -> None:
        self.away = False
        self.failures = 0

    @property
    def available(self) -> bool:
        return self.failures < 2

    async def fetch(self, codes: Sequence[str]) -> list[Registration | VerificationUnavailable]:
        if self.away:
            self.failures += 1
            raise VerificationUnavailable("no answer")
        self.failures = 0
        return [Registration(each, CodeState.UNKNOWN) for each in codes]


async def test_a_backend_has_its_latency_its_failures_and_its_breaker(caplog: pytest.LogCaptureFixture) -> None:
    beneath, now = _Backend(), iter([0.0, 0.2, 1.0, 2.0, 3.0, 3.1])
    backend = WatchedBackend(beneath, now.__next__)
    assert len(await backend.fetch(["1", "2"])) == 2
    reading = backend.reading()
    assert (reading.available, reading.requests, reading.codes, reading.latency.max_seconds) == (True, 1, 2, 0.2)
    beneath.away = True
    for _ in range(2):
        with pytest.raises(VerificationUnavailable):
            await backend.fetch(["1"])
    assert (backend.reading().available, backend.reading().failures) == (False, 2)
    beneath.away = False
    await backend.fetch(["1"])
    assert [(r.event, r.state) for r in caplog.records] == [("breaker", "open"), ("breaker", "closed")]  # type: ignore[attr-defined]  # what `extra` sets


async def test_refusals_are_counted_by_link_and_status_and_silence_is_none() -> None:
    journal = WatchedJournal(FakeJournal(), QueryEvents())
    refusal = Refusal("mobile", "m1", 0x64, whole=True, at=NOON)
    unanswered = replace(refusal, command_status=0, kept=True)
    for each in (refusal, replace(refusal, kept=True), replace(refusal, command_status=0x02), unanswered):
        await journal.refused(each)
    (reading,) = journal.meters.readings(NOON)
    assert (reading.carrier, reading.link, reading.refusals) == ("mobile", "m1", ((0x02, 1), (0x64, 2)))
