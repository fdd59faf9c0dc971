"""A made-up question with its answer, how that ended, and what the carrier told of it.  Pure."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.answer import Answer, Ending, Finding, Outcome, Report
from gateway.core.query import Caller, Certainty, Channel, Intent, Place, Query, ReplyRoute, Understanding
from gateway.core.receipts import ReceiptState, ReceiptTold
from gateway.core.uid import UidSequence
from gateway.core.verdicts import Verdict
from gateway.simulate.month import DAYS, SEED, PastQuery

CARRIER, LINK, NUMBER = "simulator", "simulator-1", "95001111"
_SPOKEN_SHARE, _FAILED_SHARE, _REPORTING_SHARE, _LONG_SHARE = 0.12, 0.03, 0.1, 0.3
_DAY_SECONDS, _CHINA_SECONDS = 86_400.0, 8 * 3_600.0
_RECENT_SECONDS = 900.0  # so near to now nothing is made up
_REPORT_SECONDS = 90.0
_COUNTED = frozenset({Verdict.FIRST, Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT})
_REPORT = "集市上买的，包装粗糙，怀疑是假货"


@dataclass(frozen=True, slots=True)
class Ended:
    """A query that is over; `receipt` is None where the carrier told nothing."""

    query: Query
    answer: Answer
    outcome: Outcome
    receipt: ReceiptTold | None = None


def ended(past: Sequence[PastQuery], categories: Mapping[str, str], now: float) -> Iterator[Ended]:
    """The month that ends today, as the gateway would have answered it; some who are warned report the shop.

    In order of arrival.  `categories` by resource code; `now` is Unix time in seconds.
    """
    draw, uids = random.Random(SEED), UidSequence()
    today = (now + _CHINA_SECONDS) // _DAY_SECONDS
    begin = (today - DAYS + 1) * _DAY_SECONDS - _CHINA_SECONDS
    waiting: deque[tuple[float, PastQuery, Query]] = deque()
    for one in past:
        at = begin + one.day * _DAY_SECONDS
        while waiting and waiting[0][0] < min(at, now):
            reported_at, about, earlier = waiting.popleft()
            yield _reported(_query(about, uids.next(reported_at), reported_at, spoken=False), earlier, draw)
        if at > now - _RECENT_SECONDS:
            return
        query = _query(one, uids.next(at), at, spoken=draw.random() < _SPOKEN_SHARE)
        yield _answered(query, one, categories.get(one.resource_code, ""), draw)
        if one.verdict is Verdict.OVER_LIMIT and draw.random() < _REPORTING_SHARE:
            waiting.append((at + _REPORT_SECONDS, one, query))


def _query(one: PastQuery, uid: int, at: float, *, spoken: bool) -> Query:
    number = one.caller[1:]
    route = None if spoken else ReplyRoute(CARRIER, LINK, NUMBER, 0, 1, number, 1, 1)
    return Query(
        uid=uid,
        channel=Channel.VOICE if spoken else Channel.SMS,
        arrived_at=at,
        caller=Caller(number, f"made-up:{number}"),
        text=one.code,
        understanding=Understanding(Intent.VERIFY, (one.code,)),
        place=Place(one.area, Certainty.PREFIX),
        route=route,
    )


def _answered(query: Query, one: PastQuery, category: str, draw: random.Random) -> Ended:
    known = one.verdict is not Verdict.UNKNOWN
    finding = Finding(
        one.code,
        one.verdict,
        resource_code=one.resource_code,
        region=one.destination if known else "",
        category=category,
        counted=one.verdict in _COUNTED,
    )
    return _sent(query, Answer(one.verdict, "（编造的查询）", findings=(finding,)), draw)


def _reported(query: Query, about: Query, draw: random.Random) -> Ended:
    report = Report(Intent.REPORT, about.text, _REPORT, about.uid)
    return _sent(query, Answer(None, "（编造的举报）", report=report, note="joined"), draw)


def _sent(query: Query, answer: Answer, draw: random.Random) -> Ended:
    """The reply's way: median 40 ms, and a receipt a few seconds later."""
    at = query.arrived_at + draw.lognormvariate(-3.2, 0.6)
    if query.route is None:
        return Ended(query, answer, Outcome(Ending.SPOKEN, query.arrived_at + draw.uniform(20, 60)))
    identity = f"{query.uid:x}"
    segments = 2 if draw.random() < _LONG_SHARE else 1
    outcome = Outcome(
        Ending.SENT, at, LINK, message_ids=(identity,) * segments, segments=segments, receipt_ids=(identity,)
    )
    state = ReceiptState.UNDELIVERABLE if draw.random() < _FAILED_SHARE else ReceiptState.DELIVERED
    return Ended(query, answer, outcome, ReceiptTold(CARRIER, LINK, identity, state, at + draw.uniform(1, 8)))
