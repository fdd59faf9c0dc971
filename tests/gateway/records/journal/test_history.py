from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import StateUnavailable
from gateway.core.history import ASKERS_KEPT, KnownAskers
from gateway.core.query import Caller
from gateway.core.verdicts import CodeHistory
from gateway.records.journal.history import SqlHistory
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, CODE, NOON, OTHER_CODE, query, sent

OTHER = Caller("8613900000000", "k1:other")


async def test_of_parallel_queries_the_earliest_arrival_is_first(journal: SqliteJournal) -> None:
    history = SqlHistory(journal)
    queries = [query(number, caller=Caller(str(number), f"k1:{number}")) for number in range(1, 101)]
    await asyncio.gather(*[journal.accept(one) for one in queries])
    found = await asyncio.gather(*[history.record(one) for one in reversed(queries)])
    assert [one.first_by_me for [one] in found] == [False] * 99 + [True]
    assert {one.first_uid for [one] in found} == {queries[0].uid}
    assert {(one.queries, one.callers) for [one] in found} == {(100, 100)}


async def test_a_code_that_nobody_asked_for_finds_only_the_query_itself(journal: SqliteJournal) -> None:
    await journal.accept(query())
    assert await SqlHistory(journal).record(query()) == [CodeHistory(query().uid, NOON + 1, True, 1, 1)]


async def test_a_logged_query_of_another_caller_was_first(journal: SqliteJournal) -> None:
    history = SqlHistory(journal)
    await journal.accept(query(1))
    await journal.finish(query(1), ANSWER, sent())
    later = query(2, caller=OTHER)
    await journal.accept(later)
    assert await history.record(later) == [CodeHistory(query(1).uid, NOON + 1, False, 2, 2)]


async def test_the_same_callers_query_is_a_retry_until_a_minute_after_the_answer(journal: SqliteJournal) -> None:
    history = SqlHistory(journal)
    await journal.accept(query(1))
    retry = query(2)
    await journal.accept(retry)
    [before] = await history.record(retry)
    await journal.finish(query(1), ANSWER, sent(at=NOON + 10))
    for number, settled in ((69, 0), (70, 1)):
        [after] = await history.record(query(number))
        await history.forget(query(number), [CODE])
        assert (after.mine_before, after.settled_before) == (2, settled)
    assert (before.mine_before, before.settled_before) == (1, 0)


async def test_who_asked_while_the_code_was_not_active_is_not_first(journal: SqliteJournal) -> None:
    history = SqlHistory(journal)
    await journal.accept(query(1))
    await history.record(query(1))
    await history.forget(query(1), [CODE])
    uncounted = replace(ANSWER, findings=(replace(ANSWER.findings[0], counted=False),))
    await journal.finish(query(1), uncounted, sent())
    later = query(2, caller=OTHER)
    await journal.accept(later)
    assert await history.record(later) == [CodeHistory(later.uid, NOON + 2, True, 1, 1)]


async def test_a_query_that_could_not_be_accepted_leaves_no_trace(journal: SqliteJournal) -> None:
    journal.open_codes.enter(query(1))
    journal.open_codes.leave(query(1).uid)
    assert len(journal.open_codes) == 0
    assert await SqlHistory(journal).load([CODE]) == [KnownAskers()]


async def test_open_queries_are_remembered_over_a_restart(path: Path) -> None:
    before = await SqliteJournal.opened(path, never)
    await before.accept(query(1))
    await before.close()
    journal = await SqliteJournal.opened(path, never)
    later = query(2, caller=OTHER)
    await journal.accept(later)
    [found] = await SqlHistory(journal).record(later)
    assert found.first_uid == query(1).uid
    await journal.close()


async def test_of_a_much_copied_code_the_earliest_are_known_and_all_are_counted(journal: SqliteJournal) -> None:
    many = ASKERS_KEPT + 44
    queries = [query(number, caller=Caller("", f"k1:{number % 290}")) for number in range(1, many + 1)]
    await asyncio.gather(*[journal.accept(one) for one in queries])
    await asyncio.gather(*[journal.finish(one, ANSWER, sent()) for one in queries])
    await journal.accept(query(1000, caller=OTHER))
    [found, nobody] = await SqlHistory(journal).load([CODE, OTHER_CODE])
    assert [asker.uid for asker in found.askers] == [one.uid for one in queries[:ASKERS_KEPT]]
    assert (found.queries, found.callers) == (many + 1, 291)
    assert nobody == KnownAskers()


async def test_a_log_that_cannot_be_read_is_said_to_all_who_wait(journal: SqliteJournal) -> None:
    history = SqlHistory(journal)
    await journal.reader.ask(lambda connection: connection.close())
    for found in await asyncio.gather(history.load([CODE]), history.load([OTHER_CODE]), return_exceptions=True):
        assert isinstance(found, StateUnavailable)
    with pytest.raises(StateUnavailable):
        await history.record(query())
