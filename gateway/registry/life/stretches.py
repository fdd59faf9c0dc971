"""Ranges cut to measure, so that a step touches whole ranges only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from gateway.core.registration import CodeState
from gateway.core.serials import SERIAL_COUNT
from gateway.registry.codes.minting import RESOURCE_CODE_DIGITS
from gateway.registry.database.schema import batches, ranges
from gateway.registry.faults import NotRegistered, Refused, RequestFault
from gateway.registry.life.life_cycle import Stretch, gap_in, merged


def resource_code_of(stretch: Stretch) -> str:
    """The product whose places these are.  Raises RequestFault if they are of several, or in the wrong order."""
    if stretch.first > stretch.last or stretch.first // SERIAL_COUNT != stretch.last // SERIAL_COUNT:
        raise RequestFault("the first code must stand before the last one, both of one product", "codes_out_of_order")
    return f"{stretch.first // SERIAL_COUNT:0{RESOURCE_CODE_DIGITS}d}"


def within(stretch: Stretch) -> ColumnElement[bool]:
    """Ranges that begin in the stretch: after `cut`, exactly those that make it up."""
    return and_(ranges.c.first >= stretch.first, ranges.c.first <= stretch.last)


def touching(connection: Connection, stretch: Stretch) -> list[tuple[Stretch, CodeState]]:
    """The ranges that share a place with the stretch, in order, with their states."""
    # Ranges do not overlap: of those that begin before the stretch, only the nearest can reach into it.
    nearest = select(ranges.c.first).where(ranges.c.first <= stretch.first).order_by(ranges.c.first.desc()).limit(1)
    start = connection.execute(nearest).scalar()
    rows = connection.execute(
        select(ranges.c.first, ranges.c.last, ranges.c.state)
        .where(
            ranges.c.first >= (stretch.first if start is None else start),
            ranges.c.first <= stretch.last,
            ranges.c.last >= stretch.first,
        )
        .order_by(ranges.c.first)
    )
    return [(Stretch(first, last), CodeState(state)) for first, last, state in rows]


def require_issued(connection: Connection, stretch: Stretch) -> None:
    """Raises Refused unless every place of the stretch was issued."""
    gap = gap_in(stretch, [each for each, _ in touching(connection, stretch)])
    if gap is not None:
        raise Refused("{count:,} codes of the stretch or more were never issued", "never_issued", count=gap.count)


def cut(connection: Connection, stretch: Stretch) -> None:
    """Make ranges begin and end where the stretch does.  Nothing changes but the number of ranges."""
    for place in (stretch.first, stretch.last + 1):
        across = (
            connection.execute(
                select(ranges)
                .where(ranges.c.first < place, ranges.c.last >= place)
                .order_by(ranges.c.first.desc())
                .limit(1)
            )
            .mappings()
            .first()
        )
        if across is not None:
            connection.execute(update(ranges).where(ranges.c.first == across["first"]).values(last=place - 1))
            connection.execute(insert(ranges).values({**across, "first": place}))


def batch_stretches(connection: Connection, resource_code: str, batch: str) -> list[Stretch]:
    """Where the codes of a product's batch stand, neighbours joined.  Raises NotRegistered."""
    own = (batches.c.resource_code == resource_code) & (batches.c.name == batch)
    number = connection.execute(select(batches.c.id).where(own)).scalar()
    if number is None:
        raise NotRegistered("product {product} has no batch {batch}", "no_batch", product=resource_code, batch=batch)
    rows = connection.execute(select(ranges.c.first, ranges.c.last).where(ranges.c.batch_id == number))
    return merged(Stretch(first, last) for first, last in rows)
