"""Batches with their numbers of codes by state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from gateway.registry.database.schema import batches, ranges


def counted_batches() -> Select[Any]:
    """Product, batch, day produced, day of expiry (ISO 8601), state, number of codes: a row for each state of a batch.

    The caller adds which batches, and their order.
    """
    return (
        select(
            batches.c.resource_code,
            batches.c.name,
            batches.c.produced_on,
            batches.c.expires_on,
            ranges.c.state,
            func.sum(ranges.c.last - ranges.c.first + 1),
        )
        .join(ranges, ranges.c.batch_id == batches.c.id)
        .group_by(batches.c.id, ranges.c.state)
    )
