"""The life of a code: which state may follow which.  Pure.

applied -> issued -> printed -> activated -> expired -> stolen -> recalled -> cancelled.  From activated on each may be
reached from any before it; blank labels are stolen or cancelled too.  States never go back; what is cancelled stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.registration import CodeState
from gateway.registry.faults import Refused

MOVES: dict[CodeState, frozenset[CodeState]] = {
    CodeState.ISSUED: frozenset({CodeState.PRINTED, CodeState.STOLEN, CodeState.CANCELLED}),
    CodeState.PRINTED: frozenset({CodeState.ACTIVATED, CodeState.STOLEN, CodeState.CANCELLED}),
    CodeState.ACTIVATED: frozenset({CodeState.EXPIRED, CodeState.STOLEN, CodeState.RECALLED, CodeState.CANCELLED}),
    CodeState.EXPIRED: frozenset({CodeState.STOLEN, CodeState.RECALLED, CodeState.CANCELLED}),
    CodeState.STOLEN: frozenset({CodeState.RECALLED, CodeState.CANCELLED}),  # whoever holds them must hear of a danger
    CodeState.RECALLED: frozenset({CodeState.CANCELLED}),
    CodeState.CANCELLED: frozenset(),
}


class ApplicationState(StrEnum):
    """What became of an application for codes."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """The places `first` .. `last`, both included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many places it has."""
        return self.last - self.first + 1


def move_refusal(state: CodeState, target: CodeState, *, inside: bool = False) -> Refused | None:
    """Why codes in `state` cannot become `target`, None if they can.  `inside`: of a pack or batch that is to."""
    if target in MOVES.get(state, frozenset()):
        return None
    if state is target:
        return Refused("the codes do not become {target}: they are {target} already", "already", target=target)
    before = [each for each, nexts in MOVES.items() if target in nexts]
    if not before:
        return Refused("no step leads to {target}", "no_step_there", target=target)
    if inside:
        return Refused(
            "the codes do not become {target}: in a pack or batch, they are {state},"
            " and only what is {before} can become {target}",
            "comes_later_inside",
            target=target,
            state=state,
            before=before,
        )
    return Refused(
        "the codes do not become {target}: they are {state}, and only what is {before} can become {target}",
        "comes_later",
        target=target,
        state=state,
        before=before,
    )


def beyond(state: CodeState) -> frozenset[CodeState]:
    """Every state that can still follow."""
    return MOVES[state].union(*(beyond(following) for following in MOVES[state]))


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same places in order, with neighbours and overlaps joined."""
    joined: list[Stretch] = []
    for each in sorted(stretches):
        if joined and each.first <= joined[-1].last + 1:
            joined[-1] = Stretch(joined[-1].first, max(joined[-1].last, each.last))
        else:
            joined.append(each)
    return joined


def without(stretch: Stretch, places: Iterable[int]) -> list[Stretch]:
    """What is left of a stretch when some places (ascending) are taken out of it."""
    left: list[Stretch] = []
    reached = stretch.first
    for place in places:
        if reached <= place <= stretch.last:
            if reached < place:
                left.append(Stretch(reached, place - 1))
            reached = place + 1
    return [*left, Stretch(reached, stretch.last)] if reached <= stretch.last else left


def gap_in(stretch: Stretch, covering: Iterable[Stretch]) -> Stretch | None:
    """The first places of `stretch` that none of `covering` (sorted, not overlapping) has, None if it is covered."""
    reached = stretch.first
    for each in covering:
        if reached > stretch.last:
            return None
        if each.first > reached:
            return Stretch(reached, min(each.first - 1, stretch.last))
        reached = max(reached, each.last + 1)
    return None if reached > stretch.last else Stretch(reached, stretch.last)


def approvals_needed(quantity: int, two_person_limit: int) -> int:
    """How many persons, none of them the applicant, must approve an application for `quantity` codes."""
    return 2 if quantity > two_person_limit else 1
