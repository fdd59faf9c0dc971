"""An account as a page shows it: figures in groups of columns, with refusals by status and receipts by state.

Pure: what is shown of which lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.records.reconciliation.accounts import Closing, LinkDay, iso_day
from gateway.records.reconciliation.figures import STATES, figures_of, refusals_of
from smpp import status as statuses

_MO = ("mo_received", "mo_acknowledged", "mo_refused", "mo_unacknowledged", "mo_redelivered", "mo_parts")
_MT = ("mt_submitted", "mt_accepted", "mt_refused", "mt_in_doubt", "segments")
_RECEIPTS = ("replies_delivered", *STATES, "receipts_unmatched")
_IF_ANY = frozenset(("mo_redelivered", "mo_parts", "mt_in_doubt", *STATES, "receipts_unmatched"))


@dataclass(frozen=True, slots=True)
class Group:
    """Columns under one heading, by the keys of their figures.  Its text is reconciliation.g_<name>."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, and what it is made of: (name of a command_status, how many)."""

    figure: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line.  `path` leads to what it is the sum of, "" where it is of nothing smaller; `closing` is its day's."""

    title: str
    path: str
    late_for: str
    cells: tuple[Cell, ...]
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One line, and how it is called."""

    line: LinkDay
    title: str
    path: str = ""
    late: bool = True
    closing: Closing | None = None


def groups_of(lines: Iterable[LinkDay]) -> tuple[Group, ...]:
    """The columns that these lines need: what is rare, and states of receipts, only if they occurred."""
    occurred = {key for line in lines for key, number in figures_of(line).items() if number}
    all_groups = (("mo", _MO), ("mt", _MT), ("receipts", _RECEIPTS))
    return tuple(
        Group(name, tuple(key for key in keys if key not in _IF_ANY or key in occurred)) for name, keys in all_groups
    )


def row_of(shown: Shown, groups: Sequence[Group]) -> Row:
    """A line in these columns."""
    line, figures = shown.line, figures_of(shown.line)
    refused = {key.removesuffix("_by_status"): _named(parts) for key, parts in refusals_of(line).items()}
    return Row(
        title=shown.title,
        path=shown.path,
        late_for=iso_day(line.day) if shown.late and line.late else "",
        cells=tuple(Cell(figures[key], refused.get(key, ())) for group in groups for key in group.columns),
        closing=shown.closing,
    )


def _named(by_status: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((statuses.name(int(status, 16)), number) for status, number in by_status.items())
