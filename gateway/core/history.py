"""Who asked for a code, and what that means for the query at hand.  Pure.

The query log is the truth of it, and Redis holds it hot and shared; both reckon with the functions of this file, so
that a lost Redis changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.core.verdicts import CodeHistory

ASKERS_KEPT = 256  # queries of one code that are known one by one; the rest are only counted


@dataclass(frozen=True, slots=True)
class Asker:
    """One query of one code.

    `caller` is the pseudonym; `arrived_at` and `answered_at` are Unix times in seconds, `answered_at` None as long as
    the query is open.
    """

    uid: int
    caller: str
    arrived_at: float
    answered_at: float | None


@dataclass(frozen=True, slots=True)
class KnownAskers:
    """All that is known of one code's queries: the log's counted ones and those that the journal holds open.

    `askers` are the earliest, by uid, at most ASKERS_KEPT; `queries` and `callers` (distinct) count them all.
    Queries that found the code not active are left out: those who asked are not "first".
    """

    askers: tuple[Asker, ...] = ()
    queries: int = 0
    callers: int = 0


def known_askers(askers: Iterable[Asker]) -> KnownAskers:
    """All the askers of one code, in any order and possibly repeated, as KnownAskers."""
    by_uid = {asker.uid: asker for asker in askers}
    ordered = tuple(by_uid[uid] for uid in sorted(by_uid))
    return KnownAskers(ordered[:ASKERS_KEPT], len(ordered), len({asker.caller for asker in ordered}))


def history_of(known: KnownAskers, uid: int, caller: str, arrived_at: float, retry_seconds: float) -> CodeHistory:
    """What the query `uid` of `caller` (pseudonym), which arrived at `arrived_at`, finds known of its code.

    The query may be among `known` already, or not: the result is the same.  An earlier query of the same caller is
    settled once its answer is `retry_seconds` old when this one arrives; what comes sooner is a retry.
    """
    at_hand = Asker(uid, caller, arrived_at, None)
    first = known.askers[0] if known.askers and known.askers[0].uid < uid else at_hand
    listed = any(asker.uid == uid for asker in known.askers)
    new_caller = not any(asker.caller == caller for asker in known.askers)
    mine = [asker for asker in known.askers if asker.caller == caller and asker.uid < uid]
    return CodeHistory(
        first_uid=first.uid,
        first_at=first.arrived_at,
        first_by_me=first.caller == caller,
        queries=known.queries + (not listed),
        callers=known.callers + new_caller,
        mine_before=len(mine),
        settled_before=sum(settled(asker.answered_at, arrived_at, retry_seconds) for asker in mine),
    )


def unattributed(history: CodeHistory, uid: int) -> CodeHistory:
    """What the query `uid` of one who withholds the number finds.

    They share a pseudonym, and no earlier query may be told for theirs: it may be that of a seller of copies.
    """
    return replace(history, first_by_me=history.first_uid == uid, mine_before=0, settled_before=0)


def settled(answered_at: float | None, arrived_at: float, retry_seconds: float) -> bool:
    """Whether a query answered at `answered_at` was over when its caller's next one arrived: else that is a retry."""
    return answered_at is not None and answered_at + retry_seconds <= arrived_at
