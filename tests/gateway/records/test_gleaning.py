"""Reading the query log as it grows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.core.answer import Answer
from gateway.core.query import Intent, Query
from gateway.core.verdicts import Verdict
from gateway.records.gleaning import Gleaner
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.samples import ANSWER, NOON, REPORT, query, sent

LATER = NOON + 3_600


async def logged(journal: SqliteJournal, asked: Query, answer: Answer = ANSWER) -> None:
    await journal.accept(asked)
    await journal.finish(asked, answer, sent(asked.arrived_at + 1))


async def test_what_finished_is_read_once(journal: SqliteJournal, path: Path) -> None:
    gleaner = Gleaner(path)
    await logged(journal, query(1))
    first = gleaner.glean(LATER)
    assert [(look.verdict, look.resource_code, look.region) for look in first.looks] == [
        (Verdict.FIRST, "8123456", "350181")
    ]
    assert gleaner.glean(LATER).looks == ()
    await logged(journal, query(2))
    assert [look.at for look in gleaner.glean(LATER).looks] == [NOON + 2]
    gleaner.close()


async def test_a_query_that_was_open_is_read_when_it_is_finished(journal: SqliteJournal, path: Path) -> None:
    gleaner = Gleaner(path)
    slow = query(1)
    await journal.accept(slow)
    await logged(journal, query(2))
    first = gleaner.glean(LATER)
    assert [look.at for look in first.looks] == [NOON + 2]
    assert first.mark < slow.uid
    await journal.finish(slow, ANSWER, sent(NOON + 90))
    second = gleaner.glean(LATER)
    assert [look.at for look in second.looks] == [NOON + 1]
    assert second.mark >= query(2).uid
    gleaner.close()


async def test_the_last_seconds_are_read_again_but_told_once(journal: SqliteJournal, path: Path) -> None:
    gleaner = Gleaner(path)
    await logged(journal, query(2))
    assert len(gleaner.glean(NOON + 3).looks) == 1
    await logged(journal, query(1))  # its row came later than that of the one after it
    assert [look.at for look in gleaner.glean(NOON + 3).looks] == [NOON + 1]
    assert gleaner.glean(NOON + 3).mark < query(1).uid
    gleaner.close()


async def test_a_reader_that_starts_again_at_the_mark_misses_nothing(journal: SqliteJournal, path: Path) -> None:
    gleaner = Gleaner(path)
    slow = query(1)
    await journal.accept(slow)
    await logged(journal, query(2))
    mark = gleaner.glean(LATER).mark
    gleaner.close()
    await journal.finish(slow, ANSWER, sent(NOON + 90))
    again = Gleaner(path, mark)
    assert [look.at for look in again.glean(LATER).looks] == [NOON + 1, NOON + 2]
    again.close()


async def test_reports_are_read_with_their_code_and_kind(journal: SqliteJournal, path: Path) -> None:
    gleaner = Gleaner(path)
    await logged(journal, query(1), replace(REPORT))
    (report,) = gleaner.glean(LATER).reports
    assert (report.kind, report.text, report.caller) == (Intent.REPORT, "福清市场", "k1:caller")
    gleaner.close()
