"""The query log for other programs: JSON lines or CSV, by time of arrival, without ever holding it all."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO

from gateway.core.spreadsheet import harmless
from gateway.core.uid import arrival_bound
from gateway.records.schema import open_for_reading

_QUERIES = "SELECT * FROM query_log WHERE uid >= ? AND uid < ? ORDER BY uid"
_LOOKUPS = "SELECT * FROM lookups WHERE uid >= ? AND uid < ? ORDER BY uid, code"


class Export(StrEnum):
    """What can be exported: one row per query, or one per code asked for."""

    QUERIES = "queries"
    LOOKUPS = "lookups"


def export_json(path: Path, what: Export, start: float, end: float, out: IO[str]) -> int:
    """Write what arrived from `start` to before `end` (Unix time, seconds) as JSON lines; returns how many rows.

    Raises SettingsFault if there is no journal of this version at `path`.
    """
    count = 0
    for row in _rows(path, what, start, end):
        out.write(json.dumps(dict(zip(row.keys(), row, strict=True)), ensure_ascii=False) + "\n")
        count += 1
    return count


def export_csv(path: Path, what: Export, start: float, end: float, out: IO[str]) -> int:
    """As `export_json`, as CSV with a heading.  What a spreadsheet would take for a formula gets a leading quote."""
    writer = csv.writer(out)
    count = 0
    for row in _rows(path, what, start, end):
        if count == 0:
            writer.writerow(row.keys())
        writer.writerow([harmless(value) for value in row])
        count += 1
    return count


def _rows(path: Path, what: Export, start: float, end: float) -> Iterator[sqlite3.Row]:
    connection = open_for_reading(path)
    connection.row_factory = sqlite3.Row
    try:
        statement = _QUERIES if what is Export.QUERIES else _LOOKUPS
        yield from connection.execute(statement, (arrival_bound(start), arrival_bound(end)))
    finally:
        connection.close()
