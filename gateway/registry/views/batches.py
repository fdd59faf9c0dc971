"""Batches with their numbers of codes by state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from gateway.registry.database.schema import batches, exceptions, products, ranges

_BATCH = itemgetter(0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """How many codes of a batch are in a state.  `resource_code` and days as in the registry."""

    resource_code: str
    name: str
    produced_on: str
    expires_on: str
    state: str
    codes: int


def batch_rows(
    connection: Connection, condition: ColumnElement[bool], *order: ColumnElement[Any]
) -> Iterator[BatchRow]:
    """A row for each state of the batches that meet a condition on `batches` and `products`, in an order of batches.

    A code that left its range alone counts where it is, not where its range is.
    """
    counted = (
        select(
            batches.c.id,
            batches.c.resource_code,
            batches.c.name,
            batches.c.produced_on,
            batches.c.expires_on,
            ranges.c.state,
            func.sum(ranges.c.last - ranges.c.first + 1),
        )
        .join(ranges, ranges.c.batch_id == batches.c.id)
        .join(products, products.c.resource_code == batches.c.resource_code)
        .where(condition)
        .group_by(batches.c.id, ranges.c.state)
        .order_by(*order, batches.c.id)
    )
    moved = _moved_alone(connection, condition)
    for (number, code, name, produced_on, expires_on), rows in groupby(connection.execute(counted), _BATCH):
        states = {row[5]: int(row[6]) for row in rows}  # PostgreSQL sums to Decimal
        for held, own, codes in moved.get(number, ()):
            states[held] -= codes
            states[own] = states.get(own, 0) + codes
        for state, codes in sorted(states.items()):
            if codes:
                yield BatchRow(code, name, produced_on, expires_on, state, codes)


def _moved_alone(connection: Connection, condition: ColumnElement[bool]) -> dict[int, list[tuple[str, str, int]]]:
    """By batch: the state of a range, the one of codes that left it alone, and how many these are."""
    counted = (
        select(batches.c.id, ranges.c.state, exceptions.c.state, func.count())
        .join(ranges, ranges.c.batch_id == batches.c.id)
        .join(exceptions, exceptions.c.place.between(ranges.c.first, ranges.c.last))
        .join(products, products.c.resource_code == batches.c.resource_code)
        .where(condition)
        .group_by(batches.c.id, ranges.c.state, exceptions.c.state)
    )
    moved: dict[int, list[tuple[str, str, int]]] = {}
    for number, held, own, codes in connection.execute(counted):
        moved.setdefault(number, []).append((held, own, codes))
    return moved
