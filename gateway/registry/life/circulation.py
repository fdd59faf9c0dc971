"""Codes on their way: printed, packed, activated (激活), shipped, and taken back.

Each function takes one step for a stretch of places, within the caller's transaction (`store.writing`).  A step for a
case reaches all that the case holds.  States never go back: one code in the stretch that may not take the step refuses
it for all, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from gateway.core.registration import CodeState
from gateway.registry.database.schema import batches, exceptions, ranges
from gateway.registry.faults import Refused, RequestFault
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import Stretch, beyond, move_refusal
from gateway.registry.life.packing import contents_of, joined_by_product
from gateway.registry.life.steps import Action, Step, Subject, record
from gateway.registry.life.stretches import batch_stretches, cut, require_issued, resource_code_of, states_of, within

WITHDRAWALS = frozenset({CodeState.RECALLED, CodeState.EXPIRED, CodeState.CANCELLED, CodeState.STOLEN})
_ACTIONS = {
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


def confirm_printed(connection: Connection, stretch: Stretch, step: Step) -> None:
    """The labels exist.  Raises Refused."""
    _move(connection, stretch, CodeState.PRINTED, step)


def activate(connection: Connection, stretch: Stretch, lot: Lot, step: Step) -> None:
    """The goods are made and inspected: their codes are good from now on.  Raises Refused, RequestFault."""
    if not lot.name.strip():
        raise RequestFault("name the batch that the goods are of")
    if not lot.inspection.strip():
        raise Refused("only inspected goods are activated: give the number of the inspection report")
    if lot.expires_on and lot.expires_on < lot.produced_on:
        raise RequestFault(f"goods made on {lot.produced_on} cannot have expired on {lot.expires_on}")
    _move(connection, stretch, CodeState.ACTIVATED, step, lot=lot)


def withdraw(connection: Connection, stretch: Stretch, state: CodeState, step: Step, told: str = "") -> None:
    """Recall, expire, cancel, or report stolen.  `told`: the reason in the consumer's words, kept with the codes.
    Raises Refused."""
    _require_withdrawal(state)
    _move(connection, stretch, state, step, told=told)


def withdraw_batch(
    connection: Connection, resource_code: str, batch: str, state: CodeState, step: Step, *, told: str = ""
) -> int:
    """Withdraw what is left of a batch, wherever its codes stand; returns how many codes that was.

    Parts of it that were withdrawn before stay as they are.  Raises Refused if nothing is left, NotRegistered.
    """
    _require_withdrawal(state)
    stretches = batch_stretches(connection, resource_code, batch)
    parts = joined_by_product([*stretches, *contents_of(connection, stretches)])
    moved = sum(_move_part(connection, part, state, step, told=told, inside=True) for part in parts)
    if not moved:
        raise Refused(f"no code of batch {batch} can become {state}: all of them are, or are beyond it")
    return moved


def withdraw_code(connection: Connection, place: int, state: CodeState, step: Step, told: str = "") -> None:
    """Cancel one code or report it stolen, whatever its range does later.  Raises Refused."""
    if state not in {CodeState.CANCELLED, CodeState.STOLEN}:
        raise RequestFault(f"single codes are cancelled or stolen; withdraw the range to make it {state}")
    stretch = Stretch(place, place)
    resource_code = resource_code_of(stretch)
    enterprise_id = require_product(connection, resource_code)
    require_issued(connection, stretch)
    own = exceptions.c.place == place
    alone = connection.execute(select(exceptions.c.state).where(own)).scalar()
    standing = {CodeState(alone)} if alone else states_of(connection, stretch)
    _movable(standing, state, inside=False)
    values = {"state": state, "state_at": step.at, "reason": told}
    if alone:
        connection.execute(update(exceptions).where(own).values(values))
    else:
        connection.execute(insert(exceptions).values({**values, "place": place}))
    record(connection, step, _ACTIONS[state], Subject(enterprise_id, resource_code, stretch))


def _require_withdrawal(state: CodeState) -> None:
    if state not in WITHDRAWALS:
        raise RequestFault(f"codes are recalled, expired, cancelled or stolen, not {state}")


def ship(connection: Connection, stretch: Stretch, region: str, step: Step) -> None:
    """The goods go to a region (GB/T 2260): where else they turn up, they were diverted (窜货).

    Raises Refused unless all of them are active.
    """
    for part in [stretch, *contents_of(connection, [stretch])]:
        resource_code = resource_code_of(part)
        enterprise_id = require_product(connection, resource_code)
        require_issued(connection, part)
        states = states_of(connection, part)
        if states != {CodeState.ACTIVATED}:
            raise Refused(f"only active codes are shipped, and some are {min(states - {CodeState.ACTIVATED})}")
        cut(connection, part)
        connection.execute(update(ranges).where(within(part)).values(region=region))
        record(connection, step, Action.SHIPPED, Subject(enterprise_id, resource_code, part, region=region))


def _move(
    connection: Connection, stretch: Stretch, target: CodeState, step: Step, *, told: str = "", lot: Lot | None = None
) -> None:
    for part in [stretch, *contents_of(connection, [stretch])]:
        _move_part(connection, part, target, step, told=told, lot=lot, inside=part is not stretch)


def _move_part(
    connection: Connection,
    part: Stretch,
    target: CodeState,
    step: Step,
    *,
    inside: bool,
    told: str = "",
    lot: Lot | None = None,
) -> int:
    """Move the codes of one product's stretch that take the step, and record it; returns how many they are."""
    resource_code = resource_code_of(part)
    enterprise_id = require_product(connection, resource_code)
    require_issued(connection, part)
    movable = _movable(states_of(connection, part), target, inside=inside)
    if not movable:
        return 0
    cut(connection, part)
    values: dict[str, Any] = {"state": target, "state_at": step.at, "reason": told}
    if lot is not None:
        batch_id = _batch(connection, resource_code, lot)
        values |= {"batch_id": batch_id, "activated_at": step.at, "region": lot.region}
    taking = (within(part), ranges.c.state.in_(movable))
    moved = connection.execute(select(func.sum(ranges.c.last - ranges.c.first + 1)).where(*taking)).scalar_one()
    connection.execute(update(ranges).where(*taking).values(values))
    subject = Subject(enterprise_id, resource_code, part)
    if lot is not None:
        subject = replace(subject, batch=lot.name, region=lot.region, detail=f"inspection {lot.inspection}")
    record(connection, step, _ACTIONS[target], subject)
    return int(moved)


def _movable(states: Collection[CodeState], target: CodeState, *, inside: bool) -> list[CodeState]:
    """The states whose codes take the step.  What lies `inside` a case may have taken it before, or gone beyond."""
    movable = []
    for state in sorted(states):
        refusal = move_refusal(state, target)
        if not refusal:
            movable.append(state)
        elif not (inside and (state is target or state in beyond(target))):
            raise Refused(f"the codes do not become {target}: {'in a pack or batch, ' if inside else ''}{refusal}")
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
        raise Refused(f"batch {lot.name} is on record as made {known.produced_on}, good until {known.expires_on}")
    return int(known.id)
