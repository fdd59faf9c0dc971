"""Single codes that left their range: cancelled or reported stolen alone, whatever the others of the range do later."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from sqlalchemy import Connection, select, update

from gateway.core.registration import CodeState
from gateway.registry.database.schema import exceptions
from gateway.registry.life.life_cycle import MOVES, Stretch
from gateway.registry.life.stretches import touching


def state_alone(connection: Connection, place: int) -> CodeState | None:
    """The state of a code that left its range, None for one that did not."""
    return alone_in(connection, Stretch(place, place)).get(place)


def alone_in(connection: Connection, stretch: Stretch) -> dict[int, CodeState]:
    """The codes of a stretch that left their ranges, by place, in order."""
    own = exceptions.c.place.between(stretch.first, stretch.last)
    rows = connection.execute(select(exceptions.c.place, exceptions.c.state).where(own).order_by(exceptions.c.place))
    return {place: CodeState(state) for place, state in rows}


def states_together(connection: Connection, stretch: Stretch) -> set[CodeState]:
    """The states of the codes that are still of their ranges; empty if every code of the stretch left its own."""
    left = list(alone_in(connection, stretch))
    states = set()
    for each, state in touching(connection, stretch):
        first, last = max(each.first, stretch.first), min(each.last, stretch.last)
        if bisect_right(left, last) - bisect_left(left, first) <= last - first:
            states.add(state)
    return states


def standing_of(connection: Connection, stretch: Stretch) -> set[CodeState]:
    """The states that a step for the stretch meets: of its ranges, or of single codes if it has no others.

    A spoilt label in the middle of a stretch keeps nobody from activating the rest; alone it is what the step is for.
    """
    return states_together(connection, stretch) or set(alone_in(connection, stretch).values())


def move_alone(connection: Connection, stretch: Stretch, target: CodeState, at: float, told: str) -> list[Stretch]:
    """Take the single codes of a stretch along where they can become `target`: who holds a stolen pack must hear that
    it is recalled.  `at`: Unix time in seconds.  Returns where they stand, each a stretch of its own."""
    taking = (
        exceptions.c.place.between(stretch.first, stretch.last),
        exceptions.c.state.in_([state for state, nexts in MOVES.items() if target in nexts]),
    )
    places = connection.execute(select(exceptions.c.place).where(*taking).order_by(exceptions.c.place)).scalars().all()
    connection.execute(update(exceptions).where(*taking).values(state=target, state_at=at, reason=told))
    return [Stretch(place, place) for place in places]
