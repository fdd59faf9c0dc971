"""Who asked for a code, decided in SQL: whoever enters the code's row is first, and every change holds it locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, tuple_, update

from gateway.core.history import settled
from gateway.core.verdicts import CodeHistory
from gateway.records.nodes.database import insert_new
from gateway.records.nodes.tables import askers, codes


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of one code; `caller` is a pseudonym, times are Unix time in seconds."""

    code: str
    uid: int
    caller: str
    arrived_at: float
    answered_at: float


@dataclass(slots=True)
class _Code:
    """A code's row, locked by this transaction."""

    first: Asked
    queries: int
    callers: int


@dataclass(frozen=True, slots=True)
class Known:
    """A code's row when a query had just been entered, and all queries of its caller."""

    code: _Code
    mine: tuple[Asked, ...]

    def history(self, asked: Asked, retry_seconds: float) -> CodeHistory:
        """As the query `asked` finds it."""
        before = [each for each in self.mine if each.uid < asked.uid]
        return CodeHistory(
            first_uid=self.code.first.uid,
            first_at=self.code.first.arrived_at,
            first_by_me=self.code.first.caller == asked.caller,
            queries=self.code.queries,
            callers=self.code.callers,
            mine_before=len(before),
            settled_before=sum(settled(each.answered_at, asked.arrived_at, retry_seconds) for each in before),
        )


def enter(
    connection: Connection,
    asked: Sequence[Asked],
    seeds: Mapping[str, Sequence[Asked]],
    *,
    belated: bool = False,
) -> dict[tuple[str, int], Known]:
    """Enter queries, idempotently by code and uid; what is then known of each, by code and uid.

    `seeds` are earlier queries of codes that nobody entered yet.  A query that is entered again counts as answered
    then.  `belated`: they were answered long ago, and an earlier one than the first known takes its place.
    """
    by_code = sorted(asked, key=lambda each: (each.code, each.uid))
    new = insert_new(connection, codes, [_row(each, 0, 0) for each in _earliest(by_code).values()])
    seeded = [seed for code in sorted(new) for seed in seeds.get(code, ())]
    locked = _lock(connection, {each.code for each in by_code})
    entering = sorted(
        {(e.code, e.uid): e for e in (*seeded, *by_code)}.values(), key=lambda each: (each.code, each.uid)
    )
    kept = _kept(connection, entering)
    fresh, again = [], []
    known: dict[tuple[str, int], Known] = {}
    for each in entering:
        code, mine = locked[each.code], kept.setdefault((each.code, each.caller), {})
        if each.uid in mine:
            again.append(each)
        else:
            fresh.append(each)
            code.queries += 1
            code.callers += not mine
        mine[each.uid] = each
        if each.uid < code.first.uid and (belated or each.code in new):
            code.first = each
        known[each.code, each.uid] = Known(replace(code), tuple(mine.values()))
    _write(connection, fresh, again, locked)
    return known


def take_out(connection: Connection, uid: int, wanted: Iterable[str]) -> None:
    """Take a query out of the history of these codes; the earliest of the others is then first."""
    for name, code in sorted(_lock(connection, set(wanted)).items()):
        here = and_(askers.c.code == name, askers.c.uid == uid)
        caller = connection.execute(select(askers.c.caller).where(here)).scalar()
        if caller is None:
            continue
        connection.execute(delete(askers).where(here))
        others = select(func.count()).where(askers.c.code == name, askers.c.caller == caller)
        code.queries -= 1
        code.callers -= connection.execute(others).scalar_one() == 0
        if code.first.uid == uid:
            left = select(askers).where(askers.c.code == name).order_by(askers.c.uid).limit(1)
            row = connection.execute(left).first()
            if row is None:
                connection.execute(delete(codes).where(codes.c.code == name))
                continue
            code.first = Asked(*row)
        _write(connection, (), (), {name: code})


def _earliest(ordered: Sequence[Asked]) -> dict[str, Asked]:
    found: dict[str, Asked] = {}
    for each in ordered:
        found.setdefault(each.code, each)
    return found


def _row(first: Asked, queries: int, callers: int) -> dict[str, Any]:
    return {
        "code": first.code, "first_uid": first.uid, "first_at": first.arrived_at, "first_caller": first.caller,
        "queries": queries, "callers": callers,
    }  # fmt: skip


def _lock(connection: Connection, wanted: set[str]) -> dict[str, _Code]:
    """The codes' rows, locked in one order by all nodes: so none waits for another in a ring."""
    statement = select(codes).where(codes.c.code.in_(wanted)).order_by(codes.c.code).with_for_update()
    return {
        code: _Code(Asked(code, uid, caller, at, at), queries, callers)
        for code, uid, at, caller, queries, callers in connection.execute(statement)
    }


def _kept(connection: Connection, entering: Sequence[Asked]) -> dict[tuple[str, str], dict[int, Asked]]:
    """All that is kept of these callers' queries of these codes."""
    pairs = {(each.code, each.caller) for each in entering}
    statement = select(askers).where(tuple_(askers.c.code, askers.c.caller).in_(pairs)).order_by(askers.c.uid)
    kept: dict[tuple[str, str], dict[int, Asked]] = {}
    for row in connection.execute(statement):
        each = Asked(*row)
        kept.setdefault((each.code, each.caller), {})[each.uid] = each
    return kept


def _write(connection: Connection, fresh: Sequence[Asked], again: Sequence[Asked], locked: Mapping[str, _Code]) -> None:
    if fresh:
        connection.execute(insert(askers), [_fields(each) for each in fresh])
    if again:
        key = and_(askers.c.code == bindparam("of_code"), askers.c.uid == bindparam("of_uid"))
        changes = [{"of_code": each.code, "of_uid": each.uid, "answered_at": each.answered_at} for each in again]
        connection.execute(update(askers).where(key), changes)
    rows = [{**_row(code.first, code.queries, code.callers), "of_code": name} for name, code in sorted(locked.items())]
    if rows:
        for row in rows:
            del row["code"]
        connection.execute(update(codes).where(codes.c.code == bindparam("of_code")), rows)


def _fields(each: Asked) -> dict[str, Any]:
    return {
        "code": each.code, "uid": each.uid, "caller": each.caller, "arrived_at": each.arrived_at,
        "answered_at": each.answered_at,
    }  # fmt: skip
