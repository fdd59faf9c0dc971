"""Lists for enterprises and supervisors, page by page; an enterprise is shown its own and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, func, select

from gateway.registry.database.schema import applications, enterprises, products, steps
from gateway.registry.database.store import asking
from gateway.registry.faults import no_product
from gateway.registry.life.access import Access
from gateway.registry.views.rows import (
    ApplicationRow,
    EnterpriseRow,
    ProductRow,
    StepRow,
    application_row,
    application_rows,
    enterprise_row,
    enterprise_rows,
    only,
    product_rows,
    seen_by,
)

MAX_ROWS = 500


class Reading:
    """Reads lists.  Each method raises StoreFault.  For one thread at a time."""

    def __init__(self, store: Engine) -> None:
        self._store = store

    def products(self, access: Access, after: str, limit: int) -> Sequence[ProductRow]:
        """Products after a resource code ("" for the first ones), at most `limit`."""
        with asking(self._store) as connection:
            return product_rows(connection, access, products.c.resource_code > after, limit)

    def enterprises(self, access: Access, after: int, limit: int) -> Sequence[EnterpriseRow]:
        """Enterprises after a number, at most `limit`."""
        with asking(self._store) as connection:
            return enterprise_rows(connection, access, enterprises.c.id > after, limit)

    def applications(self, access: Access, after: int, limit: int) -> Sequence[ApplicationRow]:
        """Applications after a number, at most `limit`."""
        with asking(self._store) as connection:
            return application_rows(connection, access, applications.c.id > after, limit)

    def product(self, access: Access, resource_code: str) -> ProductRow:
        """One product.  Raises NotRegistered, for another enterprise's too."""
        with asking(self._store) as connection:
            rows = product_rows(connection, access, products.c.resource_code == resource_code)
        return only(rows, no_product(resource_code))

    def enterprise(self, access: Access, number: int) -> EnterpriseRow:
        """One enterprise.  Raises NotRegistered, for another one than the holder's too."""
        with asking(self._store) as connection:
            return enterprise_row(connection, access, number)

    def application(self, access: Access, number: int) -> ApplicationRow:
        """One application.  Raises NotRegistered, for another enterprise's too."""
        with asking(self._store) as connection:
            return application_row(connection, access, number)

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
            .where(steps.c.id > after, seen_by(access, steps.c.enterprise_id))
            .order_by(steps.c.id)
            .limit(limit)
        )
        with asking(self._store) as connection:
            rows: Sequence[Any] = connection.execute(wanted).all()
            return [StepRow(*row) for row in rows]
