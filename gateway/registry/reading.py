"""Lists for enterprises and supervisors, page by page; an enterprise is shown its own and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select, true
from sqlalchemy.exc import SQLAlchemyError

from gateway.registry.access import Access
from gateway.registry.faults import StoreFault
from gateway.registry.overview import codes_of_product
from gateway.registry.schema import products, steps

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product, and how many of its codes were issued and have been activated at some time."""

    resource_code: str
    enterprise_id: int
    name_zh: str
    name_en: str
    specification: str
    category: str
    issued: int
    activated: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step: who, when (Unix time, seconds), why, and for how many codes of which product."""

    number: int
    at: float
    actor: str
    action: str
    reason: str
    enterprise_id: int | None
    resource_code: str | None
    code_count: int
    batch: str
    region: str


class Reading:
    """Reads lists.  Each method raises StoreFault.  For one thread at a time."""

    def __init__(self, store: Engine) -> None:
        self._store = store

    def products(self, access: Access, after: str, limit: int) -> Sequence[ProductRow]:
        """Products after a resource code ("" for the first ones), at most `limit`."""
        wanted = (
            select(
                products.c.resource_code,
                products.c.enterprise_id,
                products.c.name_zh,
                products.c.name_en,
                products.c.specification,
                products.c.category,
            )
            .where(products.c.resource_code > after, _seen_by(access, products.c.enterprise_id))
            .order_by(products.c.resource_code)
            .limit(limit)
        )
        try:
            with self._store.connect() as connection:
                rows = connection.execute(wanted).all()
                return [ProductRow(*row, *codes_of_product(connection, row.resource_code)) for row in rows]
        except SQLAlchemyError as exc:
            raise StoreFault("the registry's database did not answer") from exc

    def steps(self, access: Access, after: int, limit: int) -> Sequence[StepRow]:
        """Steps after a number, oldest first, at most `limit`."""
        wanted = (
            select(
                steps.c.id,
                steps.c.at,
                steps.c.actor,
                steps.c.action,
                steps.c.reason,
                steps.c.enterprise_id,
                steps.c.resource_code,
                func.coalesce(steps.c.last - steps.c.first + 1, 0),
                steps.c.batch,
                steps.c.region,
            )
            .where(steps.c.id > after, _seen_by(access, steps.c.enterprise_id))
            .order_by(steps.c.id)
            .limit(limit)
        )
        try:
            with self._store.connect() as connection:
                rows: Sequence[Any] = connection.execute(wanted).all()
                return [StepRow(*row) for row in rows]
        except SQLAlchemyError as exc:
            raise StoreFault("the registry's database did not answer") from exc


def _seen_by(access: Access, owner: ColumnElement[int] | ColumnElement[int | None]) -> ColumnElement[bool]:
    return true() if access.enterprise_id is None else owner == access.enterprise_id
