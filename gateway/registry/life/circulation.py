"""Codes on their way: printed, packed, activated (激活), shipped, and taken back.

Each function takes one step for a stretch of places, within the caller's transaction (`store.writing`).  A step for a
case reaches all that the case holds.  States never go back: one code in the stretch that may not take the step refuses
it for all, and nothing changes.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from gateway.core.registration import CodeState
from gateway.registry.database.schema import exceptions, ranges
from gateway.registry.faults import Refused, RequestFault
from gateway.registry.life.enrolment import require_product
from gateway.registry.life.life_cycle import Stretch, without
from gateway.registry.life.moving import ACTIONS, Lot, movable_of, move, move_part
from gateway.registry.life.packing import contents_of, joined_by_product
from gateway.registry.life.singles import alone_in, standing_of, state_alone, states_together
from gateway.registry.life.steps import Action, Step, Subject, record
from gateway.registry.life.stretches import batch_stretches, cut, require_issued, resource_code_of, within

WITHDRAWALS = frozenset({CodeState.RECALLED, CodeState.EXPIRED, CodeState.CANCELLED, CodeState.STOLEN})


def confirm_printed(connection: Connection, stretch: Stretch, step: Step) -> None:
    """The labels exist.  Raises Refused."""
    move(connection, stretch, CodeState.PRINTED, step)


def activate(connection: Connection, stretch: Stretch, lot: Lot, step: Step) -> None:
    """The goods are made and inspected: their codes are good from now on.  Raises Refused, RequestFault."""
    if not lot.name.strip():
        raise RequestFault("name the batch that the goods are of", "batch_name")
    if not lot.inspection.strip():
        raise Refused("only inspected goods are activated: give the number of the inspection report", "not_inspected")
    if lot.expires_on and lot.expires_on < lot.produced_on:
        raise Refused(
            "goods made on {produced_on} cannot have expired on {expires_on}",
            "expired_before_made",
            produced_on=lot.produced_on,
            expires_on=lot.expires_on,
        )
    move(connection, stretch, CodeState.ACTIVATED, step, lot=lot)


def withdraw(connection: Connection, stretch: Stretch, state: CodeState, step: Step, told: str = "") -> None:
    """Recall, expire, cancel, or report stolen.  `told`: the reason in the consumer's words, kept with the codes.
    Raises Refused."""
    _require_withdrawal(state)
    move(connection, stretch, state, step, told=told)


def withdraw_batch(
    connection: Connection, resource_code: str, batch: str, state: CodeState, step: Step, *, told: str = ""
) -> int:
    """Withdraw what is left of a batch, wherever its codes stand; returns how many codes that was.

    Parts of it that were withdrawn before stay as they are.  Raises Refused if nothing is left, NotRegistered.
    """
    _require_withdrawal(state)
    stretches = batch_stretches(connection, resource_code, batch)
    parts = joined_by_product([*stretches, *contents_of(connection, stretches)])
    moved = sum(move_part(connection, part, state, step, told=told, inside=True) for part in parts)
    if not moved:
        raise Refused(
            "no code of batch {batch} can become {state}: all of them are, or are beyond it",
            "none_of_the_batch",
            batch=batch,
            state=state,
        )
    return moved


def withdraw_code(connection: Connection, place: int, state: CodeState, step: Step, told: str = "") -> None:
    """Cancel one code or report it stolen, whatever its range does later.  Raises Refused."""
    if state not in {CodeState.CANCELLED, CodeState.STOLEN}:
        raise RequestFault(
            "single codes are cancelled or stolen; withdraw the range to make it {state}", "not_alone", state=state
        )
    stretch = Stretch(place, place)
    resource_code = resource_code_of(stretch)
    enterprise_id = require_product(connection, resource_code)
    require_issued(connection, stretch)
    movable_of(standing_of(connection, stretch), state, inside=False)
    values = {"state": state, "state_at": step.at, "reason": told}
    if state_alone(connection, place) is None:
        connection.execute(insert(exceptions).values({**values, "place": place}))
    else:
        connection.execute(update(exceptions).where(exceptions.c.place == place).values(values))
    record(connection, step, ACTIONS[state], Subject(enterprise_id, resource_code, stretch))


def _require_withdrawal(state: CodeState) -> None:
    if state not in WITHDRAWALS:
        raise RequestFault(
            "codes are recalled, expired, cancelled or stolen, not {state}", "no_withdrawal", state=state
        )


def ship(connection: Connection, stretch: Stretch, region: str, step: Step) -> None:
    """The goods go to a region (GB/T 2260): where else they turn up, they were diverted (窜货).

    Single codes that were cancelled or stolen alone keep nobody from shipping the rest.  Raises Refused unless
    all others are active.
    """
    for part in [stretch, *contents_of(connection, [stretch])]:
        resource_code = resource_code_of(part)
        enterprise_id = require_product(connection, resource_code)
        require_issued(connection, part)
        states = states_together(connection, part) if part is not stretch else standing_of(connection, part)
        if inactive := states - {CodeState.ACTIVATED}:
            raise Refused("only active codes are shipped, and some are {state}", "not_shipped", state=min(inactive))
        cut(connection, part)
        connection.execute(update(ranges).where(within(part)).values(region=region))
        for each in without(part, alone_in(connection, part)):
            record(connection, step, Action.SHIPPED, Subject(enterprise_id, resource_code, each, region=region))
