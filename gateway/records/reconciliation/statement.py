"""A carrier's own account, as a CSV file: totals by day, or a list of messages.  Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.core.receipts import ReceiptState
from gateway.records.reconciliation.accounts import day_of

# What carriers call their columns, in lower case and without spaces and punctuation.
_NAMES: dict[str, str] = {
    "day": "日期 账期 账单日期 统计日期 date day billingdate",
    "mo_acknowledged": "上行 上行量 上行条数 上行成功 上行确认 mo mocount moacknowledged modelivered",
    "mo_refused": "上行拒收 上行失败 morefused mofailed morejected",
    "mt_submitted": "下行提交 下行提交数 提交条数 mtsubmitted submitted",
    "mt_accepted": "下行 下行量 下行条数 下行受理 下行成功 mt mtcount mtaccepted accepted",
    "mt_refused": "下行拒绝 下行失败 mtrefused mtfailed mtrejected",
    "segments": "下行分段 下行受理分段 计费条数 分段数 segments mtsegments mtsegmentsaccepted billed",
    "message_id": "消息id 消息标识 短信标识 短信id 流水号 messageid msgid",
    "state": "状态 状态报告 消息状态 state stat status messagestate",
    **{state.value: state.value.lower() for state in ReceiptState},
}
_NAMES["DELIVRD"] += " 送达 送达数 成功送达 delivered"
_NAMES["EXPIRED"] += " 过期 超时"
_NAMES["UNDELIV"] += " 未送达 不可送达 undelivered undeliverable"
_NAMES["REJECTD"] += " 拒绝 rejected"
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names.split()}
COLUMNS = tuple(_NAMES)
FIGURES = tuple(column for column in COLUMNS if column not in ("day", "message_id", "state"))
_PUNCTUATION = re.compile(r"[\s_\-./:：()（）]+")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})")
_SUM_WORDS = ("合计", "总计", "total", "sum")


_Rows = Iterator[tuple[int, list[str]]]


class StatementFault(ValueError):
    """The file cannot be read as an account: the text says where and what to do."""


@dataclass(frozen=True, slots=True)
class Totals:
    """By day (since 1970-01-01), the figures that the file has."""

    figures: tuple[str, ...]
    by_day: dict[int, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageList:
    """By message id, the state that the carrier gives it ("" for none); `repeated`: ids that are there again."""

    states: dict[str, str] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()


def decoded(octets: bytes) -> str:
    """The file's text: UTF-8 with or without a byte order mark, else GB 18030, which Excel writes in China."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return octets.decode("gb18030")
        except UnicodeDecodeError:
            raise StatementFault("neither UTF-8 nor GB 18030: save it as CSV UTF-8") from None


def read_statement(
    text: str, first_day: int, last_day: int, chosen: Mapping[str, str] | None = None
) -> Totals | MessageList:
    """The account in `text`, its lines of other days left out.  Raises StatementFault.

    `chosen`: the headings of columns (see COLUMNS) that are not known by their names.  Lines of one day are added up.
    """
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
    try:
        return _read(rows, chosen or {}, first_day, last_day)
    except csv.Error as exc:
        raise StatementFault(f"not a CSV file: {exc}") from exc


def _read(rows: _Rows, chosen: Mapping[str, str], first_day: int, last_day: int) -> Totals | MessageList:
    columns = _columns(next(rows, (1, []))[1], chosen)
    if "message_id" in columns:
        return _messages(rows, columns, first_day, last_day)
    if "day" not in columns:
        raise StatementFault(
            "no column with the day or with message ids is known by its heading: name it with --column day=HEADING"
        )
    figures = tuple(column for column in columns if column in FIGURES)
    if not figures:
        raise StatementFault(
            f"no column with a figure is known by its heading: name some with --column, of {', '.join(FIGURES)}"
        )
    return _totals(rows, columns, figures, first_day, last_day)


def _columns(heading: list[str], chosen: Mapping[str, str]) -> dict[str, int]:
    headings = [cell.strip() for cell in heading]
    columns: dict[str, int] = {}
    for place, cell in enumerate(headings):
        known = _BY_NAME.get(_PUNCTUATION.sub("", cell).lower())
        if known and known not in chosen and cell not in chosen.values():
            columns.setdefault(known, place)
    for column, name in chosen.items():
        if name not in headings:
            raise StatementFault(f"there is no heading {name!r}; there are {', '.join(headings) or 'none'}")
        columns[column] = headings.index(name)
    return columns


def _totals(rows: _Rows, columns: dict[str, int], figures: tuple[str, ...], first_day: int, last_day: int) -> Totals:
    by_day: dict[int, dict[str, int]] = {}
    for number, row in rows:
        written = _cell(row, columns["day"])
        if not written or written.lower() in _SUM_WORDS:
            continue
        day = _day(written, number)
        if not first_day <= day <= last_day:
            continue
        sums = by_day.setdefault(day, dict.fromkeys(figures, 0))
        for figure in figures:
            sums[figure] += _number(_cell(row, columns[figure]), number)
    return Totals(figures, by_day)


def _messages(rows: _Rows, columns: dict[str, int], first_day: int, last_day: int) -> MessageList:
    states: dict[str, str] = {}
    repeated: list[str] = []
    for number, row in rows:
        message_id = _cell(row, columns["message_id"])
        if not message_id:
            continue
        if "day" in columns and not first_day <= _day(_cell(row, columns["day"]), number) <= last_day:
            continue
        if message_id in states:
            repeated.append(message_id)
        states[message_id] = _cell(row, columns["state"]).upper() if "state" in columns else ""
    return MessageList(states, tuple(repeated))


def _cell(row: list[str], place: int) -> str:
    """What a cell says, without the quote that keeps it from being taken for a formula."""
    return row[place].strip().removeprefix("'") if place < len(row) else ""


def _day(written: str, line: int) -> int:
    found = _DAY.match(written)
    try:
        if found is not None:
            return day_of(date(*map(int, found.groups())))
    except ValueError:
        pass
    raise StatementFault(f"row {line}: {written!r} is no day: write 2026-05-01")


def _number(written: str, line: int) -> int:
    plain = written.replace(",", "").replace(" ", "")
    if plain in ("", "-"):
        return 0
    if not plain.isascii() or not plain.isdigit():
        raise StatementFault(f"row {line}: {written!r} is no whole number")
    return int(plain)
