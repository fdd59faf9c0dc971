"""Queries, answers and outcomes for the tests of what is kept."""

from __future__ import annotations

from gateway.core.answer import Answer, Ending, Finding, Outcome, Report
from gateway.core.query import Caller, Certainty, Channel, Intent, Place, Query, ReplyRoute, TextError, Understanding
from gateway.core.uid import arrival_bound
from gateway.core.verdicts import Verdict

NOON = 1_750_219_200.0  # 2025-06-18 12:00 in China
CODE = "81234567890123451974"
OTHER_CODE = "81234567890123451975"
NUMBER = "8613812345678"
ROUTE = ReplyRoute("cmcc", "cmcc-1", "95001111", 0, 1, NUMBER, 1, 1)


def query(number: int = 1, **changes: object) -> Query:
    """The `number`th query since NOON, one a second."""
    at = NOON + number
    fields: dict[str, object] = {
        "uid": arrival_bound(at) + 1,
        "channel": Channel.SMS,
        "arrived_at": at,
        "caller": Caller(NUMBER, "k1:caller"),
        "text": f"查 {CODE} 回电 13812345678",
        "understanding": Understanding(Intent.VERIFY, (CODE,)),
        "place": Place("350100", Certainty.PREFIX),
        "route": ROUTE,
        "fingerprint": f"print-{number}",
    }
    return Query(**(fields | changes))  # type: ignore[arg-type]  # the tests name the fields that they change


def malformed(number: int = 1) -> Query:
    """A query without a code, over a channel without a reply route."""
    said = Understanding(Intent.ERROR, (), TextError.INVALID_LENGTH, "en", "123", "")
    return query(number, channel=Channel.VOICE, route=None, understanding=said, text="what is 123?", fingerprint="")


FINDING = Finding(CODE, Verdict.FIRST, "8123456", "B20080501", "350181", "spirits", counted=True)
ANSWER = Answer(Verdict.FIRST, "【监管网】尾号1974首查有效", findings=(FINDING,))
WARNING = Answer(
    Verdict.REPEATED_OTHER,
    "【监管网】注意",
    findings=(Finding(CODE, Verdict.REPEATED_OTHER, "8123456", counted=True),),
    opens_context=True,
)
REPORT = Answer(None, "已记录", "zh", (), Report(Intent.REPORT, CODE, "福清市场", 17), note="joined")


def sent(at: float = NOON + 60, **changes: object) -> Outcome:
    """A reply that the SMSC took."""
    fields: dict[str, object] = {"link": "cmcc-1", "message_ids": ("a1", "a2"), "segments": 2}
    return Outcome(Ending.SENT, at, **(fields | changes))  # type: ignore[arg-type]  # as in `query`
