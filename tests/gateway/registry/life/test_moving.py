"""Any steps in any order, against a model in which each code has a row of its own."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select

from gateway.core.registration import CodeState
from gateway.registry.database.schema import exceptions, ranges, steps
from gateway.registry.database.store import writing
from gateway.registry.faults import Refused
from gateway.registry.life.circulation import activate, confirm_printed, withdraw, withdraw_code
from gateway.registry.life.life_cycle import MOVES, Stretch
from gateway.registry.life.moving import Lot
from gateway.registry.life.steps import Step
from gateway.registry.views.lookups import Register
from tests.gateway.registry.small_registry import BASE, code_at

STEP = Step("质检员王", 1_700_000_000.0, "出厂")
LOT = Lot("20261101", "2026-11-01", "2028-11-01", "检2026-0817")
CODES = 30
ALONE = (CodeState.CANCELLED, CodeState.STOLEN)

taken_steps = st.tuples(
    st.sampled_from([state for state in CodeState if state in MOVES and state is not CodeState.ISSUED]),
    st.integers(0, CODES - 1),
    st.integers(0, 12),
    st.booleans(),
)


class Rows:
    """The model: a state for each code, and which of them left their range."""

    def __init__(self) -> None:
        self.states = [CodeState.ISSUED] * CODES
        self.left: set[int] = set()

    def allows(self, target: CodeState, first: int, last: int) -> bool:
        """Single codes do not keep the others from a step; where there are no others, they decide."""
        asked = range(first, last + 1)
        deciding = [position for position in asked if position not in self.left] or asked
        return all(target in MOVES[self.states[position]] for position in deciding)

    def take(self, target: CodeState, first: int, last: int) -> int:
        """How many codes took the step."""
        moved = [position for position in range(first, last + 1) if target in MOVES[self.states[position]]]
        for position in moved:
            self.states[position] = target
        return len(moved)


def step_for(store: Engine, target: CodeState, first: int, last: int, *, alone: bool) -> None:
    stretch = Stretch(BASE + first, BASE + last)
    with writing(store) as connection:
        if alone:
            withdraw_code(connection, BASE + first, target, STEP)
        elif target is CodeState.PRINTED:
            confirm_printed(connection, stretch, STEP)
        elif target is CodeState.ACTIVATED:
            activate(connection, stretch, LOT, STEP)
        else:
            withdraw(connection, stretch, target, STEP)


def issue_anew(store: Engine) -> None:
    with writing(store) as connection:
        for table in (ranges, exceptions, steps):
            connection.execute(delete(table))
        connection.execute(
            insert(ranges).values(first=BASE, last=BASE + CODES - 1, state=CodeState.ISSUED, state_at=1.0)
        )


def recorded(store: Engine) -> int:
    with store.connect() as connection:
        return int(
            connection.execute(select(func.coalesce(func.sum(steps.c.last - steps.c.first + 1), 0))).scalar_one()
        )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(taken_steps, max_size=25))
def test_any_steps_leave_each_code_as_if_it_had_its_own_row(
    store: Engine, taken: list[tuple[CodeState, int, int, bool]]
) -> None:
    issue_anew(store)
    model = Rows()
    on_record = 0
    for target, first, more, single in taken:
        alone = single and target in ALONE
        last = first if alone else min(first + more, CODES - 1)
        allowed = model.allows(target, first, last)
        try:
            step_for(store, target, first, last, alone=alone)
        except Refused:
            assert not allowed
        else:
            assert allowed
            moved = model.take(target, first, last)
            assert moved > 0, "a step that moves nothing is refused, not taken in silence"
            on_record += moved
            model.left |= {first} if alone else set()
        assert recorded(store) == on_record
    found = Register(store).look_up([code_at(position) for position in range(CODES)])
    assert [each.state for each in found] == model.states
    with store.connect() as connection:
        assert connection.execute(select(func.sum(ranges.c.last - ranges.c.first + 1))).scalar_one() == CODES
