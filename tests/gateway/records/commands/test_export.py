from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from gateway.records.commands.export import Export, export_csv, export_json
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.samples import ANSWER, CODE, NOON, malformed, query, sent


async def fill(journal: SqliteJournal) -> None:
    for one in (query(1), query(2, text="=1+1"), malformed(3)):
        await journal.accept(one)
        await journal.finish(one, ANSWER, sent())


async def test_queries_of_a_period_are_exported_by_arrival(journal: SqliteJournal, path: Path) -> None:
    await fill(journal)
    out = io.StringIO()
    assert export_json(path, Export.QUERIES, NOON + 2, NOON + 100, out) == 2
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["uid"], row["channel"], row["verdict"]) for row in rows] == [
        (query(2).uid, "sms", "first"),
        (query(3).uid, "voice", "first"),
    ]
    assert "138" not in out.getvalue()


async def test_look_ups_are_exported_as_csv_with_a_heading(journal: SqliteJournal, path: Path) -> None:
    await fill(journal)
    out = io.StringIO()
    assert export_csv(path, Export.LOOKUPS, 0, NOON + 2, out) == 1
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert (row["code"], row["region"]) == (CODE, "350181")


async def test_a_spreadsheet_finds_no_formula(journal: SqliteJournal, path: Path) -> None:
    await fill(journal)
    out = io.StringIO()
    export_csv(path, Export.QUERIES, 0, NOON + 3, out)
    assert [row["body"] for row in csv.DictReader(io.StringIO(out.getvalue()))][1] == "'=1+1"


async def test_a_period_without_queries_exports_nothing(journal: SqliteJournal, path: Path) -> None:
    out = io.StringIO()
    assert export_csv(path, Export.QUERIES, 0, NOON, out) == 0
    assert out.getvalue() == ""
