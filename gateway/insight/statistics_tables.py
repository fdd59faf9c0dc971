"""Groups of the statistics as tables: for the terminal, as CSV, as JSON.  Pure."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gateway.core.areas import Areas
from gateway.core.spreadsheet import harmless
from gateway.core.statistics import COLUMNS, MEASURES, Dimension, Group, Question

_EPOCH = date(1970, 1, 1)
_OFFSET_HOURS = 8
_RATED = ("confirmed_miss", "not_activated", "repeated_other", "report")

WORDS = {
    "zh": {
        "month": "月份", "day": "日期", "hour": "时段", "channel": "渠道", "carrier": "运营商", "province": "省",
        "prefecture": "市", "county": "县", "certainty": "位置可信度", "product": "产品资源码", "category": "类别",
        "enterprise": "企业", "queries": "查询", "first": "首查", "repeated_same": "本机复查",
        "repeated_other": "他机复查", "over_limit": "超限", "not_activated": "未激活", "expired": "过期",
        "recalled": "召回", "cancelled": "注销", "unknown": "未查到",
        "malformed": "格式错误", "unavailable": "暂不可用",
        "confirmed_miss": "确认未查到", "report": "举报", "complaint": "投诉", "activated": "已激活",
        "per_10000": "每万件", "name": "名称",
    },
    "en": {name: name.replace("_", " ") for name in ("repeated_same", "repeated_other", "over_limit", "not_activated")}
    | {"confirmed_miss": "confirmed misses", "report": "reports", "complaint": "complaints", "per_10000": "per 10,000"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: keys of its columns, their headings in words, and the rows."""

    keys: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


def sheet(question: Question, groups: Sequence[Group], areas: Areas, names: dict[str, str], language: str) -> Sheet:
    """The groups with names beside codes, the measures that occur, and rates per 10,000 activated items."""
    words = WORDS[language]
    measures = [name for name in MEASURES if any(group.counts.get(name) for group in groups)]
    rated = [name for name in _RATED if name in measures and any(group.activated for group in groups)]
    keys: list[str] = []
    for each in question.by:
        keys += [each.value, f"{each.value}_name"] if _is_named(each) else [each.value]
    keys += [*measures, *(["activated"] if rated else []), *(f"{name}_per_10000" for name in rated)]

    def area_name(area: str) -> str:
        return areas.name(area, language)

    rows = []
    for group in groups:
        row: list[str | int | float | None] = []
        for each, value in zip(question.by, group.values, strict=True):
            row += _written(each, value, area_name, names)
        row += [group.counts.get(name, 0) for name in measures]
        row += [group.activated] if rated else []
        row += [None if (rate := group.rate(name)) is None else round(rate, 3) for name in rated]
        rows.append(tuple(row))
    return Sheet(tuple(keys), tuple(_heading(key, words) for key in keys), tuple(rows))


def _is_named(dimension: Dimension) -> bool:
    of_area = COLUMNS.get(dimension) == "area" and dimension is not Dimension.CERTAINTY
    return of_area or dimension is Dimension.PRODUCT


def _heading(key: str, words: dict[str, str]) -> str:
    if key.endswith("_name"):
        return words.get("name", "name")
    if key.endswith("_per_10000"):
        name = key.removesuffix("_per_10000")
        return f"{words.get(name, name)} {words['per_10000']}"
    return words.get(key, key)


def _written(
    dimension: Dimension, value: str | int, area_name: Callable[[str], str], names: dict[str, str]
) -> list[str | int]:
    if value == "*":  # small groups, summed
        return ["*", ""] if _is_named(dimension) else ["*"]
    if dimension is Dimension.DAY:
        return [(_EPOCH + timedelta(days=int(value))).isoformat()]
    if dimension is Dimension.HOUR:
        return [f"{datetime.fromtimestamp((int(value) + _OFFSET_HOURS) * 3600, UTC):%Y-%m-%d %H}:00"]
    if dimension is Dimension.PRODUCT:
        return [value, names.get(str(value), "")]
    if _is_named(dimension):
        return [value, area_name(str(value))]
    return [value]


def as_csv(table: Sheet) -> Iterator[str]:
    """CSV lines with the keys as heading; what a spreadsheet would take for a formula gets a leading quote."""
    for row in (table.keys, *table.rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([harmless(value) for value in row])
        yield line.getvalue()


def as_json(table: Sheet) -> str:
    """One JSON list of objects."""
    return json.dumps([dict(zip(table.keys, row, strict=True)) for row in table.rows], ensure_ascii=False, indent=1)


def as_text(table: Sheet) -> Iterator[str]:
    """Lines for a terminal, in which Chinese characters take two columns."""
    cells = [table.headings, *([_shown(value) for value in row] for row in table.rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(table.keys))]
    for number, row in enumerate(cells):
        numeric = [number > 0 and not isinstance(table.rows[number - 1][c], str) for c in range(len(row))]
        padded = (_padded(text, width, right) for text, width, right in zip(row, widths, numeric, strict=True))
        yield "  ".join(padded).rstrip()


def _shown(value: str | int | float | None) -> str:
    return "-" if value in (None, "") else str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if right else text + blank
