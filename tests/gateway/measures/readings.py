"""Links and snapshots for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.measures.distribution import Distribution, Recorder
from gateway.measures.snapshot import (
    AsteriskReading,
    BackendReading,
    LinkReading,
    QueryReading,
    ReceiptReading,
    RedisReading,
    Snapshot,
    TrunkReading,
    VoiceReading,
)
from smpp import LinkState, LinkStatus
from smpp.link_status import LossSeen

NOON = 1_795_406_400.0

BAD_PASSWORD = LossSeen("refused", "ESME_RINVPASWD", "bind refused: ESME_RINVPASWD", 3.0)
_STATUS = LinkStatus(
    account="mobile",
    name="m1",
    state=LinkState.BOUND,
    in_state_seconds=100.0,
    unbound_seconds=0.0,
    retry_seconds=0.0,
    lost=None,
    failed=None,
    interface_version=0x34,
    messages=0,
    receipts=0,
    sent=0,
    segments=0,
    throttles=0,
    in_doubt=0,
    sessions=1,
    errors=(),
    oddities=(),
    window=64,
    window_in_use=0,
    outstanding=0,
    waiting=0,
    unanswered=0,
    oldest_unanswered_seconds=0.0,
    segments_per_second=float("inf"),
    paused_seconds=0.0,
)


def recorded(*seconds: float) -> Distribution:
    recorder = Recorder()
    for each in seconds:
        recorder.record(each)
    return recorder.distribution


def link(account: str = "mobile", name: str = "m1", queries: QueryReading | None = None, **changed: Any) -> LinkReading:
    status = replace(_STATUS, account=account, name=name, **changed)
    return LinkReading(status, queries or QueryReading("sms", account, name))


def snapshot(*links: LinkReading, after: float = 0.0, **changed: Any) -> Snapshot:
    """A gateway with these links, `after` seconds after noon."""
    queries = changed.pop("queries", ())
    return Snapshot(
        at=NOON + after,
        steady_at=50.0 + after,
        started_at=NOON,
        links=links,
        queries=(*(each.queries for each in links), *queries),
        **changed,
    )


def full_snapshot() -> Snapshot:
    """One in which every metric has a value."""
    queries = QueryReading(
        "sms", "mobile", "m1", 5, 1, 2, 3.5, recorded(0.02, 0.02, 4.0), (("first", 3), ("unknown", 1)), (("sent", 3),),
        ((0x64, 2),),
    )  # fmt: skip
    return snapshot(
        link(queries=queries, messages=7, sent=3, segments=4, throttles=1, errors=((0x58, 1), (0x400, 2))),
        link("unicom", "u1", state=LinkState.REFUSED, unbound_seconds=30.0, failed=BAD_PASSWORD),
        queries=(QueryReading("voice", accepted=1),),
        receipts=(ReceiptReading("mobile", "delivered", 2),),
        backend=BackendReading(False, 9, 2, 40, recorded(0.01)),
        redis=RedisReading(True, 1),
        voice=VoiceReading(calls=2, begun=5, finished=1, hung_up=2),
        asterisk=AsteriskReading(
            True,
            "22.1.0",
            2,
            4,
            (TrunkReading("mobile-1", "Not in use", 0), TrunkReading("mobile-2", "Invalid", 0)),
        ),
    )
