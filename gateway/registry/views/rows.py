"""Enterprises, products, applications and steps as rows; an enterprise is shown its own and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, select, true

from gateway.registry.database.schema import (
    applications,
    approvals,
    enterprise_classes,
    enterprises,
    operator_keys,
    products,
)
from gateway.registry.faults import NotRegistered, no_application, no_enterprise
from gateway.registry.life.access import Access
from gateway.registry.views.overview import codes_of_product

Row = TypeVar("Row")


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


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """An enterprise; `keys_in_force`: versions of its operator keys that are not revoked, ascending."""

    number: int
    name_zh: str
    name_en: str
    area: str
    in_catalogue: bool
    classes: tuple[str, ...]
    signed_up_at: float
    keys_in_force: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application for codes, and who has approved it so far."""

    number: int
    resource_code: str
    enterprise_id: int
    quantity: int
    level: int
    state: str
    applied_by: str
    applied_at: float
    approved_by: tuple[str, ...]

    @property
    def etag(self) -> str:
        """Changes with whatever decides what may be done next (RFC 9110, 8.8.3)."""
        return f'"{self.state}-{len(self.approved_by)}"'


def product_rows(
    connection: Connection, access: Access, condition: ColumnElement[bool], limit: int = 1
) -> list[ProductRow]:
    """The products that meet a condition and may be seen, by resource code."""
    wanted = (
        select(
            products.c.resource_code,
            products.c.enterprise_id,
            products.c.name_zh,
            products.c.name_en,
            products.c.specification,
            products.c.category,
        )
        .where(condition, seen_by(access, products.c.enterprise_id))
        .order_by(products.c.resource_code)
        .limit(limit)
    )
    rows = connection.execute(wanted).all()
    return [ProductRow(*row, *codes_of_product(connection, row.resource_code)) for row in rows]


def enterprise_rows(
    connection: Connection, access: Access, condition: ColumnElement[bool], limit: int = 1
) -> list[EnterpriseRow]:
    """The enterprises that meet a condition and may be seen, by number."""
    wanted = (
        select(enterprises).where(condition, seen_by(access, enterprises.c.id)).order_by(enterprises.c.id).limit(limit)
    )
    rows = connection.execute(wanted).all()
    numbers = [row.id for row in rows]
    owned = enterprise_classes.c.enterprise_id
    classes = _grouped(connection, select(owned, enterprise_classes.c.enterprise_class).where(owned.in_(numbers)))
    holder = operator_keys.c.enterprise_id
    in_force = operator_keys.c.revoked_at.is_(None)
    versions = _grouped(connection, select(holder, operator_keys.c.version).where(holder.in_(numbers), in_force))
    return [
        EnterpriseRow(
            number=row.id,
            name_zh=row.name_zh,
            name_en=row.name_en,
            area=row.area,
            in_catalogue=row.in_catalogue,
            classes=classes.get(row.id, ()),
            signed_up_at=row.signed_up_at,
            keys_in_force=versions.get(row.id, ()),
        )
        for row in rows
    ]


def application_rows(
    connection: Connection, access: Access, condition: ColumnElement[bool], limit: int = 1
) -> list[ApplicationRow]:
    """The applications that meet a condition and may be seen, by number."""
    wanted = (
        select(applications, products.c.enterprise_id)
        .join(products, products.c.resource_code == applications.c.resource_code)
        .where(condition, seen_by(access, products.c.enterprise_id))
        .order_by(applications.c.id)
        .limit(limit)
    )
    rows = connection.execute(wanted).all()
    own = approvals.c.application_id.in_([row.id for row in rows])
    approved_by = _grouped(connection, select(approvals.c.application_id, approvals.c.approved_by).where(own))
    return [
        ApplicationRow(
            number=row.id,
            resource_code=row.resource_code,
            enterprise_id=row.enterprise_id,
            quantity=row.quantity,
            level=row.level,
            state=row.state,
            applied_by=row.applied_by,
            applied_at=row.applied_at,
            approved_by=approved_by.get(row.id, ()),
        )
        for row in rows
    ]


def application_row(connection: Connection, access: Access, number: int) -> ApplicationRow:
    """One application.  Raises NotRegistered, for another enterprise's too."""
    rows = application_rows(connection, access, applications.c.id == number)
    return only(rows, no_application(number))


def enterprise_row(connection: Connection, access: Access, number: int) -> EnterpriseRow:
    """One enterprise.  Raises NotRegistered, for another one than the holder's too."""
    return only(enterprise_rows(connection, access, enterprises.c.id == number), no_enterprise(number))


def only(rows: Sequence[Row], missing: NotRegistered) -> Row:
    """The row found.  Raises `missing` if there is none."""
    if not rows:
        raise missing
    return rows[0]


def _grouped(connection: Connection, wanted: Select[Any]) -> dict[int, tuple[Any, ...]]:
    """The second column's values by the first one, ascending."""
    groups: dict[int, tuple[Any, ...]] = {}
    rows: Sequence[Any] = connection.execute(wanted).all()
    for number, value in sorted(rows):
        groups[number] = (*groups.get(number, ()), value)
    return groups


def seen_by(access: Access, owner: ColumnElement[int] | ColumnElement[int | None]) -> ColumnElement[bool]:
    """The condition that rows are the holder's: whoever is no enterprise sees all."""
    return true() if access.enterprise_id is None else owner == access.enterprise_id
