"""Accounts for people and programs: as a table, as CSV, as JSON."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import IO

from gateway.core.spreadsheet import harmless
from gateway.records.reconciliation.accounts import Account, Closing, LinkDay, iso_day
from gateway.records.reconciliation.figures import STATES, Cell, figures_of, refusals_of
from gateway.records.reconciliation.words import word

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the system's code page
_CHINA = timezone(timedelta(hours=8))
_NARROW = (
    "mo_received",
    "mo_refused",
    "mo_redelivered",
    "mt_submitted",
    "mt_accepted",
    "mt_refused",
    "mt_in_doubt",
    "segments",
    "DELIVRD",
    "receipts_unmatched",
)


def write_csv(account: Account, language: str, out: IO[str]) -> None:
    """A heading and a line for each day and link, no cell of which is a formula; a byte order mark is the caller's."""
    writer = csv.writer(out)
    keys = [*figures_of(LinkDay(0, 0, "", ""))]
    keys[keys.index("mo_refused") + 1 : keys.index("mo_refused") + 1] = ["mo_refused_by_status"]
    keys[keys.index("mt_refused") + 1 : keys.index("mt_refused") + 1] = ["mt_refused_by_status"]
    writer.writerow([word(key, language) for key in ("day", "late_for", "carrier", "link", *keys)])
    for line in account.lines:
        broken_down = {key: _listed(parts) for key, parts in refusals_of(line).items()}
        cells: dict[str, Cell] = {**figures_of(line), **broken_down}
        writer.writerow([harmless(cell) for cell in (*_place(line, language), *(cells[key] for key in keys))])


def json_of(account: Account) -> dict[str, object]:
    """The account as JSON has it: days with their closings, lines, and sums."""
    return {
        "carrier": account.carrier or None,
        "first_day": iso_day(account.first_day),
        "last_day": iso_day(account.last_day),
        "closed": [
            {
                "day": iso_day(closing.day),
                "closed_at": closing.closed_at,
                "open_queries": closing.open_queries,
                "digest": closing.digest or None,
            }
            for closing in account.closings
        ],
        "lines": [_line_json(line) for line in account.lines],
        "total": _figures_json(account.total()),
    }


def write_json(account: Account, out: IO[str]) -> None:
    """As `json_of`, readable."""
    json.dump(json_of(account), out, ensure_ascii=False, indent=1)
    out.write("\n")


def write_table(account: Account, language: str, out: IO[str]) -> None:
    """The main figures in columns, the sum, and how each day was closed."""
    if not account.lines:
        out.write(word("nothing", language) + "\n")
    else:
        heading = [word(key, language) for key in ("day", "late_for", "carrier", "link", *_NARROW)]
        rows = [[*_place(line, language), *(str(figures_of(line)[key]) for key in _NARROW)] for line in account.lines]
        total = figures_of(account.total())
        rows.append([word("total", language), "", account.carrier, "", *(str(total[key]) for key in _NARROW)])
        write_columns([heading, *rows], out, texts=4)
    closings = {closing.day: closing for closing in account.closings}
    for day in sorted({line.booked_on for line in account.lines} | closings.keys()):
        out.write(closing_text(day, closings.get(day), language) + "\n")


def closing_text(day: int, closing: Closing | None, language: str) -> str:
    """How a day was closed, or that it is open, in one line."""
    if closing is None:
        return f"{iso_day(day)} {word('open', language)}"
    at = datetime.fromtimestamp(closing.closed_at, UTC).astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")
    text = word("closed", language, day=iso_day(day), at=at, digest=closing.digest or "-")
    return text + (word("closed_with_open", language, count=closing.open_queries) if closing.open_queries else "")


def write_columns(rows: Sequence[Sequence[str]], out: IO[str], texts: int) -> None:
    """Rows in columns, the first `texts` of them to the left and the others to the right."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            blank = " " * (width - _width(cell))
            cells.append(cell + blank if column < texts else blank + cell)
        out.write("  ".join(cells).rstrip() + "\n")


def heading_of(language: str, keys: Iterable[str]) -> list[str]:
    """The words of some columns."""
    return [word(key, language) for key in keys]


def _place(line: LinkDay, language: str) -> tuple[str, str, str, str]:
    late_for = iso_day(line.day) if line.late else ""
    return iso_day(line.booked_on), late_for, line.carrier, line.link or word("no_link", language)


def _line_json(line: LinkDay) -> dict[str, object]:
    return {
        "day": iso_day(line.booked_on),
        "late_for": iso_day(line.day) if line.late else None,
        "carrier": line.carrier,
        "link": line.link or None,
        **_figures_json(line),
    }


def _figures_json(line: LinkDay) -> dict[str, object]:
    figures = figures_of(line)
    receipts = {state: figures.pop(state) for state in STATES}
    return {**figures, **refusals_of(line), "receipts": {state: n for state, n in receipts.items() if n}}


def _listed(parts: dict[str, int]) -> str:
    return " ".join(f"{name}={number}" for name, number in parts.items())


def _width(text: str) -> int:
    """Of a text at a terminal: East Asian characters take two places (UAX #11)."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
