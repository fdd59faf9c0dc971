"""Our account beside a carrier's: what differs, in order of size.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.records.reconciliation.accounts import LinkDay
from gateway.records.reconciliation.figures import figures_of
from gateway.records.reconciliation.statement import MessageList, Totals

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one day, or one kind of difference between lists of messages (`day` None).

    `what` is a key of account_words.py; `states` are ours and theirs where that is what differs.
    """

    day: int | None
    what: str
    ours: int
    theirs: int
    states: tuple[str, str] = ("", "")
    examples: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """By how much they differ."""
        return abs(self.ours - self.theirs)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many figures (or messages) were compared, and what differs, the greatest difference first."""

    compared: int
    differences: tuple[Difference, ...]


def compare_totals(days: list[LinkDay], theirs: Totals, first_day: int, last_day: int) -> Comparison:
    """Day by day, whatever the carrier's file has; a day that one side lacks has zeros there.

    `days` are ours; what was booked late belongs to the day that it is of.
    """
    ours: dict[int, dict[str, int]] = {}
    for line in days:
        sums = ours.setdefault(line.day, {})
        for figure, number in figures_of(line).items():
            sums[figure] = sums.get(figure, 0) + number
    compared = 0
    differences = []
    for day in sorted(ours.keys() | theirs.by_day.keys()):
        if not first_day <= day <= last_day:
            continue
        for figure in theirs.figures:
            our_number, their_number = (side.get(day, {}).get(figure, 0) for side in (ours, theirs.by_day))
            compared += 1
            if our_number != their_number:
                differences.append(Difference(day, figure, our_number, their_number))
    return Comparison(compared, _by_size(differences))


def compare_messages(ours: Mapping[str, str], theirs: MessageList) -> Comparison:
    """Message by message.  `ours`: states by id, "" where no receipt came; ids are spelt alike on both sides.

    States are compared where both sides know one.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for message_id in ours.keys() - theirs.states.keys():
        found.setdefault(("only_ours", "", ""), []).append(message_id)
    for message_id in theirs.states.keys() - ours.keys():
        found.setdefault(("only_theirs", "", ""), []).append(message_id)
    for message_id in ours.keys() & theirs.states.keys():
        states = (ours[message_id], theirs.states[message_id])
        if all(states) and states[0] != states[1]:
            found.setdefault(("state_differs", *states), []).append(message_id)
    if theirs.repeated:
        found["repeated", "", ""] = list(theirs.repeated)
    differences = []
    for (what, our_state, their_state), ids in found.items():
        ours_have, theirs_have = (0, len(ids)) if what in ("only_theirs", "repeated") else (len(ids), 0)
        examples = tuple(sorted(ids)[:_EXAMPLES])
        differences.append(Difference(None, what, ours_have, theirs_have, (our_state, their_state), examples))
    return Comparison(len(ours.keys() | theirs.states.keys()), _by_size(differences))


def _by_size(differences: list[Difference]) -> tuple[Difference, ...]:
    return tuple(sorted(differences, key=lambda one: (-one.size, one.day or 0, one.what, one.states)))
