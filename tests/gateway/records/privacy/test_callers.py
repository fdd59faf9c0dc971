from __future__ import annotations

from pathlib import Path

from gateway.core.query import Caller
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.privacy.callers import recorded_callers
from tests.gateway.records.samples import ANSWER, WARNING, query, sent


async def test_callers_under_older_keys_are_on_record_wherever_they_are_kept(
    journal: SqliteJournal, path: Path
) -> None:
    names = ["a1:logged", "a1:open", "b2:newest", "a12:alike"]
    for number, name in enumerate(names):
        one = query(number, caller=Caller("", name))
        await journal.accept(one)
        await journal.answer(one, WARNING if name == "a1:open" else ANSWER)
        if name != "a1:open":
            await journal.finish(one, ANSWER, sent())
    found = recorded_callers(path, ["a1"])
    assert [name in found for name in (*names, "a1:never")] == [True, True, False, False, False]
    assert len(found) == 2


def test_nobody_is_on_record_before_the_first_start(path: Path) -> None:
    assert "a1:x" not in recorded_callers(path, ["a1"])


async def test_without_older_keys_nothing_is_read(journal: SqliteJournal, path: Path) -> None:
    assert len(recorded_callers(path, [])) == 0
