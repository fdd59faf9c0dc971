"""What can be asked of the statistics, and the answer's rows, as values.  Pure.

Every count is of a `measure`: a verdict (codes looked up that were judged so), "queries" (messages and calls),
"confirmed_miss" (a code that is not on record and was sent again or read back, once), "report" and "complaint".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.core.areas import MUNICIPALITIES, is_prefecture, province_of
from gateway.core.query import Certainty
from gateway.core.verdicts import Verdict

QUERIES, CONFIRMED_MISS, REPORT, COMPLAINT = "queries", "confirmed_miss", "report", "complaint"
MEASURES: tuple[str, ...] = (QUERIES, *(verdict.value for verdict in Verdict), CONFIRMED_MISS, REPORT, COMPLAINT)
_PER = 10_000


class Dimension(StrEnum):
    """What counts can be split by."""

    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    CHANNEL = "channel"
    CARRIER = "carrier"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    CERTAINTY = "certainty"
    PRODUCT = "product"
    CATEGORY = "category"
    ENTERPRISE = "enterprise"


# The column of the counts that each dimension is worked out of.
COLUMNS = {
    Dimension.PROVINCE: "area",
    Dimension.PREFECTURE: "area",
    Dimension.COUNTY: "area",
    Dimension.CERTAINTY: "area",
    Dimension.PRODUCT: "resource_code",
    Dimension.CATEGORY: "resource_code",
    Dimension.ENTERPRISE: "resource_code",
}


@dataclass(frozen=True, slots=True)
class Slice:
    """Counts wanted by `columns` (of month, day, hour, channel, carrier, area, resource_code), in their order.

    Days are China's, numbered from 1970-01-01, `end_day` excluded.  An empty filter lets everything through; `areas`
    are GB/T 2260 codes, and a province or prefecture stands for all that is in it.
    """

    columns: tuple[str, ...]
    start_day: int
    end_day: int
    areas: tuple[str, ...] = ()
    products: tuple[str, ...] | None = None
    channels: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How often a measure was counted under these values of a slice's columns (hours are Unix time / 3600)."""

    values: tuple[str | int, ...]
    measure: str
    count: int


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """What the registry says of a product: its words, and how many of its items were activated at some time."""

    resource_code: str
    activated: int
    name: str = ""
    category: str = ""
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What to split by, over which days, and which counts only; see Slice."""

    by: tuple[Dimension, ...]
    start_day: int
    end_day: int
    areas: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()

    def slice(self, figures: Mapping[str, ProductFigures]) -> Slice:
        """The counts to read for it; categories and enterprises become the products that they have."""
        columns = tuple(dict.fromkeys(COLUMNS.get(each, each.value) for each in self.by))
        chosen: tuple[str, ...] | None = self.products or None
        if self.categories or self.enterprises:
            chosen = tuple(code for code in (self.products or figures) if self._has(figures.get(code)))
        return Slice(columns, self.start_day, self.end_day, self.areas, chosen, self.channels, self.carriers)

    def _has(self, product: ProductFigures | None) -> bool:
        return (
            product is not None
            and (not self.categories or product.category in self.categories)
            and (not self.enterprises or product.enterprise in self.enterprises)
        )


@dataclass(frozen=True, slots=True)
class Group:
    """One line of the answer: its values in the order of `Question.by`, and its counts by measure.

    `activated` is what its rates are per 10,000 of: the items of its products, or of all that were asked about.
    """

    values: tuple[str | int, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    activated: int = 0

    def rate(self, measure: str) -> float | None:
        """Per 10,000 activated items; None where none is known to be activated."""
        return self.counts.get(measure, 0) * _PER / self.activated if self.activated else None


def answer(question: Question, counts: Iterable[Count], figures: Mapping[str, ProductFigures]) -> list[Group]:
    """The groups of a question, sorted by their values."""
    wanted = question.slice(figures)
    places = [wanted.columns.index(COLUMNS.get(each, each.value)) for each in question.by]
    sums: dict[tuple[str | int, ...], dict[str, int]] = {}
    remembered: dict[tuple[str | int, ...], tuple[str | int, ...]] = {}
    for count in counts:
        values = remembered.get(count.values)
        if values is None:
            values = remembered[count.values] = tuple(
                value_of(each, count.values[place], figures) for each, place in zip(question.by, places, strict=True)
            )
        own = sums.setdefault(values, {})
        own[count.measure] = own.get(count.measure, 0) + count.count
    activated = _activated(question.by, wanted.products, figures)
    return [
        Group(values, own, activated.get(_split(question.by, values), 0))
        for values, own in sorted(sums.items(), key=lambda item: tuple(map(str, item[0])))
    ]


def without_small(groups: Iterable[Group], least: int) -> list[Group]:
    """Groups with fewer than `least` counts, in which a single caller might be known again, summed into one.

    That one stands last, each of its values "*".
    """
    kept: list[Group] = []
    sums: dict[str, int] = {}
    values: tuple[str | int, ...] = ()
    for group in groups:
        if sum(group.counts.values()) >= least:
            kept.append(group)
            continue
        values = ("*",) * len(group.values)
        for measure, count in group.counts.items():
            sums[measure] = sums.get(measure, 0) + count
    return [*kept, Group(values, sums)] if sums else kept


def _split(by: Sequence[Dimension], values: Sequence[str | int]) -> tuple[str | int, ...]:
    """Those of a group's values that tell products apart."""
    return tuple(value for each, value in zip(by, values, strict=True) if COLUMNS.get(each) == "resource_code")


def _activated(
    by: Sequence[Dimension], products: tuple[str, ...] | None, figures: Mapping[str, ProductFigures]
) -> dict[tuple[str | int, ...], int]:
    """Activated items of the chosen products, by what tells groups of them apart."""
    sums: dict[tuple[str | int, ...], int] = {}
    for code in figures if products is None else products:
        if code in figures:
            group = _split(by, [value_of(each, code, figures) for each in by])
            sums[group] = sums.get(group, 0) + figures[code].activated
    return sums


def value_of(dimension: Dimension, value: str | int, figures: Mapping[str, ProductFigures]) -> str | int:
    """What a count's column says in a dimension, "" for unknown."""
    if dimension is Dimension.PROVINCE:
        return province_of(str(value))
    if dimension is Dimension.PREFECTURE:
        return prefecture_of(str(value))
    if dimension is Dimension.CERTAINTY:
        return certainty_of(str(value)).value
    if dimension is Dimension.CATEGORY:
        return figures[str(value)].category if value in figures else ""
    if dimension is Dimension.ENTERPRISE:
        return figures[str(value)].enterprise if value in figures else ""
    return value


def prefecture_of(area: str) -> str:
    """The prefecture that an area is in; the area itself where it is known no better, "" for ""."""
    if not area or is_prefecture(area):
        return area
    return f"{area[:2]}0000" if area[:2] in MUNICIPALITIES else f"{area[:4]}00"


def certainty_of(area: str) -> Certainty:
    """How well a count's place is known: to the county, the prefecture (of a number's prefix), the province, or not."""
    if not area:
        return Certainty.UNKNOWN
    if is_prefecture(area):
        return Certainty.PREFIX
    return Certainty.PROVINCE if area.endswith("0000") else Certainty.EXACT
