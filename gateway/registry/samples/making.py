"""A registry to try things with: real-looking products of a county-level city, and codes in every state.

The same seed and day give the same registry, keys included: never use it for anything but trying.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from gateway.core.check_digits import CheckScheme
from gateway.core.registration import CodeState
from gateway.registry.codes.minting import KeyPurpose, first_place
from gateway.registry.database.schema import batches, enterprises, exceptions, keys, opaque_codes, products, ranges
from gateway.registry.faults import DatabaseFault, StoreFault

_DAY_SECONDS = 86_400
_KEY_OCTETS = 32
_CLEAR = b"\0"  # samples are not secret: not wrapped (Vault)
_LEGACY_CODES = 40
_LEGACY_EVERY = 5
_SPARE_CODES = 10  # a few active codes are stolen
_RECALL_REASON = "抽检不合格，请停止使用并退回购买处"
_CANCEL_REASON = "标签作废"
_STOLEN_REASON = "标签被盗"
_REGIONS = ("", "350100", "350200", "330000", "440000")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A batch to be: how many codes, their state, and how many days ago its goods were made (None: none were)."""

    quantity: int
    state: CodeState
    age_days: int | None
    level: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SampleCount:
    """What was made."""

    enterprises: int
    products: int
    codes: int


class SampleMaker:
    """Fills an empty registry within one transaction.  `today` stands for the day on which it is tried."""

    def __init__(self, connection: Connection, seed: int, today: dt.date) -> None:
        self._connection = connection
        self._random = random.Random(seed)
        self._today = today
        self._batch_count = 0
        self._now = dt.datetime.combine(today, dt.time(), dt.UTC).timestamp()

    def make(self, active_codes: int) -> None:
        """Everything.  Further batches bring the active codes up to `active_codes` at least."""
        goods = _goods()
        owners = self._enterprises(goods)
        resource_codes = [f"8{number:06d}" for number in self._random.sample(range(1_000_000), len(goods))]
        for number, (resource_code, row) in enumerate(zip(resource_codes, goods, strict=True)):
            self._product(resource_code, row, owners[row["enterprise_zh"]])
            shelf_life_days = int(row["shelf_life_days"])
            for stretch in self._plan(number, shelf_life_days, active_codes // len(goods) + 1):
                self._stretch(resource_code, stretch, shelf_life_days)
            if number % _LEGACY_EVERY == 0:
                self._legacy(resource_code)

    def _enterprises(self, goods: Sequence[dict[str, str]]) -> dict[str, int]:
        owners: dict[str, int] = {}
        for row in goods:
            if row["enterprise_zh"] not in owners:
                entered = insert(enterprises).values(
                    name_zh=row["enterprise_zh"],
                    name_en=row["enterprise_en"],
                    area=row["area"],
                    in_catalogue=True,
                    signed_up_at=self._now - 400 * _DAY_SECONDS,
                )
                number = self._connection.execute(entered.returning(enterprises.c.id)).scalar_one()
                owners[row["enterprise_zh"]] = number
        return owners

    def _product(self, resource_code: str, row: dict[str, str], enterprise_id: int) -> None:
        registered_at = self._now - 390 * _DAY_SECONDS
        self._connection.execute(
            insert(products).values(
                resource_code=resource_code,
                enterprise_id=enterprise_id,
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                specification=row["specification"],
                category=row["category"],
                check_scheme=CheckScheme.HMAC,
                registered_at=registered_at,
            )
        )
        for purpose in KeyPurpose:
            self._connection.execute(
                insert(keys).values(
                    resource_code=resource_code,
                    purpose=purpose,
                    version=1,
                    secret=_CLEAR + self._random.randbytes(_KEY_OCTETS),
                    issued_at=registered_at,
                )
            )

    def _plan(self, number: int, shelf_life_days: int, active_codes: int) -> list[_Stretch]:
        """A product's batches: some sold, one in the shops, labels in store, and one that went wrong."""
        young = max(1, shelf_life_days // 4)
        active = [_Stretch(self._quantity(), CodeState.ACTIVATED, age) for age in (young, young // 2, young // 8)]
        missing = active_codes - sum(stretch.quantity for stretch in active)
        if missing > 0:
            active.append(_Stretch(missing + _SPARE_CODES, CodeState.ACTIVATED, young // 3))
        misfortunes = (
            _Stretch(self._quantity(), CodeState.RECALLED, young, reason=_RECALL_REASON),
            _Stretch(self._quantity(), CodeState.ACTIVATED, shelf_life_days + 60),
            _Stretch(self._quantity(), CodeState.CANCELLED, None, reason=_CANCEL_REASON),
        )
        return [
            *active,
            misfortunes[number % len(misfortunes)],
            _Stretch(self._quantity(), CodeState.PRINTED, None),
            _Stretch(self._quantity(), CodeState.ISSUED, None),
            _Stretch(100, CodeState.ACTIVATED, young // 2, level=3),
        ]

    def _quantity(self) -> int:
        return 500 * self._random.randint(4, 12)

    def _stretch(self, resource_code: str, stretch: _Stretch, shelf_life_days: int) -> None:
        position = self._connection.execute(
            select(products.c.next_position).where(products.c.resource_code == resource_code)
        ).scalar_one()
        self._connection.execute(
            update(products)
            .where(products.c.resource_code == resource_code)
            .values(next_position=position + stretch.quantity)
        )
        first = first_place(resource_code) + position
        age_days = stretch.age_days
        made_on = None if age_days is None else self._today - dt.timedelta(days=age_days)
        activated_at = None if age_days is None else self._now - max(age_days - 1, 0) * _DAY_SECONDS
        self._connection.execute(
            insert(ranges).values(
                first=first,
                last=first + stretch.quantity - 1,
                level=stretch.level,
                check_version=1,
                batch_id=None if made_on is None else self._batch(resource_code, made_on, shelf_life_days),
                state=stretch.state,
                state_at=self._now - _DAY_SECONDS if activated_at is None else activated_at,
                activated_at=activated_at,
                region=self._random.choice(_REGIONS),
                reason=stretch.reason,
            )
        )
        if stretch.state is CodeState.ACTIVATED and stretch.level == 1:
            self._stolen(first + stretch.quantity - 1)

    def _batch(self, resource_code: str, made_on: dt.date, shelf_life_days: int) -> int:
        self._batch_count += 1
        entered = insert(batches).values(
            resource_code=resource_code,
            name=f"{made_on:%Y%m%d}{self._batch_count % 26 + 10:02d}",
            produced_on=made_on.isoformat(),
            expires_on=(made_on + dt.timedelta(days=shelf_life_days)).isoformat(),
        )
        number: int = self._connection.execute(entered.returning(batches.c.id)).scalar_one()
        return number

    def _stolen(self, place: int) -> None:
        self._connection.execute(
            insert(exceptions).values(
                place=place, state=CodeState.CANCELLED, state_at=self._now - _DAY_SECONDS, reason=_STOLEN_REASON
            )
        )

    def _legacy(self, resource_code: str) -> None:
        made_on = self._today - dt.timedelta(days=30)
        common = {
            "resource_code": resource_code,
            "batch_id": self._batch(resource_code, made_on, 365),
            "level": 1,
            "state": CodeState.ACTIVATED,
            "state_at": self._now - 20 * _DAY_SECONDS,
            "activated_at": self._now - 20 * _DAY_SECONDS,
        }
        codes = {str(self._random.randrange(10**15, 10**16)) for _ in range(_LEGACY_CODES)}
        self._connection.execute(insert(opaque_codes), [{"code": code, **common} for code in sorted(codes)])


def _goods() -> list[dict[str, str]]:
    text = resources.files("gateway.registry.samples").joinpath("goods.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def make_samples(store: Engine, seed: int, today: dt.date, active_codes: int = 0) -> SampleCount:
    """Fill an empty registry.  Raises DatabaseFault if it holds products, StoreFault if it cannot be written."""
    try:
        with store.begin() as connection:
            if connection.execute(select(func.count()).select_from(products)).scalar_one():
                raise DatabaseFault("the database already holds products: name a new one for the samples")
            SampleMaker(connection, seed, today).make(active_codes)
            return _count(connection)
    except SQLAlchemyError as exc:
        raise StoreFault(f"the samples could not be written: {exc}") from exc


def _count(connection: Connection) -> SampleCount:
    return SampleCount(
        enterprises=connection.execute(select(func.count()).select_from(enterprises)).scalar_one(),
        products=connection.execute(select(func.count()).select_from(products)).scalar_one(),
        codes=connection.execute(select(func.sum(ranges.c.last - ranges.c.first + 1))).scalar_one()
        + connection.execute(select(func.count()).select_from(opaque_codes)).scalar_one(),
    )
