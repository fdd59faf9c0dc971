"""A stretch of codes moved on in its life: those that take the step, and what is on record of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from gateway.core.registration import CodeState
from gateway.registry.database.schema import batches, ranges
from gateway.registry.faults import Refused
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import Stretch, beyond, merged, move_refusal, without
from gateway.registry.life.packing import contents_of
from gateway.registry.life.singles import alone_in, move_alone, standing_of
from gateway.registry.life.steps import Action, Step, Subject, record
from gateway.registry.life.stretches import cut, require_issued, resource_code_of, within

ACTIONS = {
    CodeState.PRINTED: Action.PRINTED,
    CodeState.ACTIVATED: Action.ACTIVATED,
    CodeState.RECALLED: Action.RECALLED,
    CodeState.EXPIRED: Action.EXPIRED,
    CodeState.CANCELLED: Action.CANCELLED,
    CodeState.STOLEN: Action.STOLEN,
}


@dataclass(frozen=True, slots=True)
class Lot:
    """The goods that codes are activated for.  Days are ISO 8601; `region`: GB/T 2260, "" for any;
    `inspection`: the number of the inspection report, without which nothing is activated."""

    name: str
    produced_on: str
    expires_on: str
    inspection: str
    region: str = ""


def move(
    connection: Connection, stretch: Stretch, target: CodeState, step: Step, *, told: str = "", lot: Lot | None = None
) -> None:
    """Move a stretch of one product's codes, and all that the packs among them hold.

    Raises Refused if one of them may not take the step, RequestFault, NotRegistered.
    """
    for part in [stretch, *contents_of(connection, [stretch])]:
        move_part(connection, part, target, step, told=told, lot=lot, inside=part is not stretch)


def move_part(
    connection: Connection,
    part: Stretch,
    target: CodeState,
    step: Step,
    *,
    inside: bool,
    told: str = "",
    lot: Lot | None = None,
) -> int:
    """Move those codes of a stretch that take the step, and record exactly them; returns how many they are.

    `inside`: the stretch is part of a pack or batch, and codes that are beyond the step stay as they are.  Raises
    Refused, RequestFault, NotRegistered.
    """
    resource_code = resource_code_of(part)
    subject = Subject(require_product(connection, resource_code), resource_code)
    require_issued(connection, part)
    movable = movable_of(standing_of(connection, part), target, inside=inside)
    values: dict[str, Any] = {"state": target, "state_at": step.at, "reason": told}
    if lot is not None and movable:
        batch_id = _batch(connection, resource_code, lot)
        values |= {"batch_id": batch_id, "activated_at": step.at, "region": lot.region}
        subject = replace(subject, batch=lot.name, region=lot.region, detail=f"inspection {lot.inspection}")
    moved = merged(
        [
            *(_move_ranges(connection, part, movable, values) if movable else ()),
            *move_alone(connection, part, target, step.at, told),
        ]
    )
    for each in moved:
        record(connection, step, ACTIONS[target], replace(subject, stretch=each))
    return sum(each.count for each in moved)


def _move_ranges(
    connection: Connection, part: Stretch, movable: Collection[CodeState], values: dict[str, Any]
) -> list[Stretch]:
    """Change the ranges of a stretch that are in one of the states; where the codes stand that have not left them."""
    alone = list(alone_in(connection, part))
    cut(connection, part)
    taking = (within(part), ranges.c.state.in_(movable))
    rows = connection.execute(select(ranges.c.first, ranges.c.last).where(*taking).order_by(ranges.c.first)).all()
    connection.execute(update(ranges).where(*taking).values(values))
    return [left for each in merged(Stretch(*row) for row in rows) for left in without(each, alone)]


def movable_of(states: Collection[CodeState], target: CodeState, *, inside: bool) -> list[CodeState]:
    """The states whose codes take the step.  What lies `inside` a case may have taken it before, or gone beyond.

    Raises Refused.
    """
    movable = []
    for state in sorted(states):
        refusal = move_refusal(state, target, inside=inside)
        if refusal is None:
            movable.append(state)
        elif not (inside and (state is target or state in beyond(target))):
            raise refusal
    return movable


def _batch(connection: Connection, resource_code: str, lot: Lot) -> int:
    """The lot's row, new or known.  Raises Refused if the same batch was activated with other days."""
    own = (batches.c.resource_code == resource_code) & (batches.c.name == lot.name)
    known = connection.execute(select(batches).where(own)).first()
    if known is None:
        number: int = connection.execute(
            insert(batches)
            .values(resource_code=resource_code, name=lot.name, produced_on=lot.produced_on, expires_on=lot.expires_on)
            .returning(batches.c.id)
        ).scalar_one()
        return number
    if (known.produced_on, known.expires_on) != (lot.produced_on, lot.expires_on):
        raise Refused(
            "batch {batch} is on record as made {produced_on}, good until {expires_on}",
            "other_days",
            batch=lot.name,
            produced_on=known.produced_on,
            expires_on=known.expires_on,
        )
    return int(known.id)
