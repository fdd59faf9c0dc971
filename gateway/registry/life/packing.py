"""Packaging levels: a case's code, or a middle pack's, stands for the codes inside."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, or_, select

from gateway.core.registration import CodeState
from gateway.registry.database.schema import packings, ranges
from gateway.registry.faults import Refused, RequestFault
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import Stretch, merged
from gateway.registry.life.singles import standing_of
from gateway.registry.life.steps import Action, Step, Subject, record
from gateway.registry.life.stretches import require_issued, resource_code_of

_DEPTH = 2  # a case holds middle packs, which hold sales units
_CONDITIONS = 200  # in one statement
_UNPACKED = {CodeState.STOLEN, CodeState.RECALLED, CodeState.CANCELLED}  # a recall reaches what a case holds by then


def pack(connection: Connection, parent: int, contents: Stretch, step: Step) -> None:
    """Put the codes of `contents` into the pack whose code stands at the place `parent`.

    Raises Refused if the pack is of no higher level, either was never issued or is recalled,
    stolen or cancelled, or some are packed.
    """
    outer = Stretch(parent, parent)
    enterprise_id = require_product(connection, resource_code_of(outer))
    if require_product(connection, resource_code_of(contents)) != enterprise_id:
        raise RequestFault("pack and contents belong to different enterprises", "packed_across")
    for stretch in (outer, contents):
        require_issued(connection, stretch)
        for state in sorted(_UNPACKED & standing_of(connection, stretch)):
            raise Refused("{state} codes are not packed", "not_packed", state=state)
    if _levels(connection, outer)[0] <= (inner := _levels(connection, contents))[-1] or inner[0] != inner[-1]:
        raise Refused(
            "a case holds middle packs or sales units, a middle pack sales units, all of one level", "levels_of_packs"
        )
    nearest = connection.execute(
        select(packings.c.last).where(packings.c.first <= contents.last).order_by(packings.c.first.desc()).limit(1)
    ).scalar()
    if nearest is not None and nearest >= contents.first:
        raise Refused("some of these codes are packed already", "packed_already")
    connection.execute(
        insert(packings).values(first=contents.first, last=contents.last, parent=parent, packed_at=step.at)
    )
    record(
        connection,
        step,
        Action.PACKED,
        Subject(enterprise_id=enterprise_id, resource_code=resource_code_of(contents), stretch=contents, parent=parent),
    )


def _levels(connection: Connection, stretch: Stretch) -> list[int]:
    """The levels that occur in an issued stretch, ascending."""
    nearest = select(ranges.c.first).where(ranges.c.first <= stretch.first).order_by(ranges.c.first.desc()).limit(1)
    start = connection.execute(nearest).scalar_one()
    rows = select(ranges.c.level).where(ranges.c.first >= start, ranges.c.first <= stretch.last)
    return sorted(connection.execute(rows.distinct()).scalars())


def contents_of(connection: Connection, stretches: Sequence[Stretch]) -> list[Stretch]:
    """All that the packs among `stretches` hold, and what those hold in turn; neighbours joined."""
    found: list[Stretch] = []
    outer = merged(stretches)
    for _ in range(_DEPTH):
        inner: list[Stretch] = []
        for at in range(0, len(outer), _CONDITIONS):
            held = or_(*(packings.c.parent.between(each.first, each.last) for each in outer[at : at + _CONDITIONS]))
            rows = connection.execute(select(packings.c.first, packings.c.last).where(held))
            inner += [Stretch(first, last) for first, last in rows]
        outer = joined_by_product(inner)
        found += outer
    return found


def joined_by_product(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The same places, neighbours and overlaps of one product joined."""
    by_product: dict[str, list[Stretch]] = {}
    for each in stretches:
        by_product.setdefault(resource_code_of(each), []).append(each)
    return [joined for own in by_product.values() for joined in merged(own)]
