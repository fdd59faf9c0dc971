"""What a supervisor asks of the whole registry: how far each enterprise has come, and how guessable each product is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, select

from gateway.core.check_digits import CHECK_DIGITS
from gateway.core.registration import CodeState
from gateway.core.serials import SERIAL_COUNT
from gateway.registry.codes.minting import first_place
from gateway.registry.database.schema import enterprise_classes, enterprises, operator_keys, products, ranges

MAX_GUESS_CHANCE = 1e-4  # of a random guess being a live code; the EU rule for medicines: less than one in 10,000
_CODES: int = SERIAL_COUNT * 10**CHECK_DIGITS
STAGES = ("signed_up", "key_issued", "codes_issued", "activated")
_LIVE = (CodeState.ACTIVATED, CodeState.EXPIRED, CodeState.RECALLED)


class Grouping(StrEnum):
    """What enterprises are counted by; areas as GB/T 2260 has them."""

    CLASS = "class"
    COUNTY = "county"
    PREFECTURE = "prefecture"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class ProductCodes:
    """How many of a product's codes were issued, and how many have been activated at some time."""

    resource_code: str
    name: str
    issued: int
    activated: int

    @property
    def guess_chance(self) -> float:
        """The chance that 13 random digits after the resource code make an active code."""
        return self.activated / _CODES


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an enterprise has come: signed_up, key_issued, codes_issued or activated (签约、申请密钥、赋码、激活)."""

    enterprise: int
    name: str
    area: str
    in_catalogue: bool
    stage: str
    classes: tuple[str, ...] = ()


def product_codes(connection: Connection) -> Iterator[ProductCodes]:
    """Each product's codes, by resource code."""
    known = connection.execute(select(products.c.resource_code, products.c.name_zh).order_by(products.c.resource_code))
    for resource_code, name in known.all():
        yield ProductCodes(resource_code, name, *codes_of_product(connection, resource_code))


def codes_of_product(connection: Connection, resource_code: str) -> tuple[int, int]:
    """How many codes of a product were issued, and how many of them have been activated at some time."""
    base = first_place(resource_code)
    count = func.coalesce(func.sum(ranges.c.last - ranges.c.first + 1), 0)
    own = select(count).where(ranges.c.first >= base, ranges.c.first < base + SERIAL_COUNT)
    activated = connection.execute(own.where(ranges.c.state.in_(_LIVE))).scalar_one()
    return int(connection.execute(own).scalar_one()), int(activated)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many enterprises of a group have come how far; each stage counts those that went beyond it, too."""

    group: str
    signed_up: int
    key_issued: int
    codes_issued: int
    activated: int


def coverage(known: Iterable[Progress], by: Grouping) -> list[Coverage]:
    """The enterprises by class (one that has several counts in each), or by county, prefecture or province."""
    stages: dict[str, list[int]] = {}
    for each in known:
        for group in groups_of(each, by):
            stages.setdefault(group, []).append(STAGES.index(each.stage))
    return [
        Coverage(group, *(sum(reached >= stage for reached in own) for stage in range(len(STAGES))))
        for group, own in sorted(stages.items())
    ]


def groups_of(enterprise: Progress, by: Grouping) -> Sequence[str]:
    """The groups that an enterprise counts in."""
    if by is Grouping.CLASS:
        return enterprise.classes or ("none",)
    digits = {Grouping.COUNTY: 6, Grouping.PREFECTURE: 4, Grouping.PROVINCE: 2}[by]
    return (enterprise.area[:digits].ljust(6, "0"),)


def progress(connection: Connection) -> Iterator[Progress]:
    """Each enterprise's stage, by number."""
    codes = {each.resource_code: each for each in product_codes(connection)}
    owned: dict[int, list[ProductCodes]] = {}
    for resource_code, owner in connection.execute(select(products.c.resource_code, products.c.enterprise_id)):
        owned.setdefault(owner, []).append(codes[resource_code])
    keyed = set(connection.execute(select(operator_keys.c.enterprise_id).distinct()).scalars())
    classes: dict[int, list[str]] = {}
    for number, each_class in connection.execute(select(enterprise_classes)):
        classes.setdefault(number, []).append(each_class)
    for row in connection.execute(select(enterprises).order_by(enterprises.c.id)).all():
        own = owned.get(row.id, [])
        if any(each.activated for each in own):
            stage = "activated"
        elif any(each.issued for each in own):
            stage = "codes_issued"
        else:
            stage = "key_issued" if row.id in keyed else "signed_up"
        yield Progress(row.id, row.name_zh, row.area, row.in_catalogue, stage, tuple(sorted(classes.get(row.id, ()))))
