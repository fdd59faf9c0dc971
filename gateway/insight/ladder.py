"""The ladder of a case, signal -> suspect -> case -> closed with a reason; what reasons say of detectors.  Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.errors import GatewayError
from gateway.insight.signals import Detector

_Z = 1.959964  # of a two-sided interval of 95 %


class CaseState(StrEnum):
    """The steps."""

    SIGNAL = "signal"
    SUSPECT = "suspect"
    CASE = "case"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a case was closed."""

    CONFIRMED = "confirmed"
    TYPING = "typing"
    LATE_ACTIVATION = "late_activation"
    DISPLAY_ITEM = "display_item"
    CAMPAIGN = "campaign"
    ABUSE = "abuse"


class Action(StrEnum):
    """What is done to a case, as its record says it."""

    RAISE = "raise"
    MERGE = "merge"
    REPORT = "report"
    REVIEW = "review"
    OPEN = "open"
    ASSIGN = "assign"
    NOTE = "note"
    CLOSE = "close"


class NotAllowed(GatewayError):
    """The case is not at the step that the action needs; the text says which."""


_STEPS = {
    Action.REVIEW: ({CaseState.SIGNAL}, CaseState.SUSPECT),
    Action.OPEN: ({CaseState.SIGNAL, CaseState.SUSPECT}, CaseState.CASE),
    Action.CLOSE: ({CaseState.SIGNAL, CaseState.SUSPECT, CaseState.CASE}, CaseState.CLOSED),
}


def step(state: CaseState, action: Action) -> CaseState:
    """The state after an action.  Raises NotAllowed."""
    if action not in _STEPS:
        if state is CaseState.CLOSED:
            raise NotAllowed("the case is closed: what comes after opens a new one")
        return state
    before, after = _STEPS[action]
    if state not in before:
        raise NotAllowed(f"the case is at {state.value}: {action.value} needs {' or '.join(sorted(before))}")
    return after


@dataclass(frozen=True, slots=True)
class Precision:
    """Of a detector's `closed` cases, `right` were real; `low` and `high` bound its precision (Wilson, 95 %)."""

    detector: Detector
    closed: int
    right: int

    @property
    def share(self) -> float | None:
        return self.right / self.closed if self.closed else None

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson (1927): what the share may be, seen from so few cases."""
        if not self.closed:
            return 0.0, 1.0
        n, p = self.closed, self.right / self.closed
        middle, around = p + _Z**2 / (2 * n), _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - around) / scale), min(1.0, (middle + around) / scale)


def is_right(detector: Detector, reason: Reason) -> bool:
    """Was what the detector found there?  Abuse is what the detector of guessing looks for."""
    return reason is Reason.CONFIRMED or (reason is Reason.ABUSE and detector is Detector.GUESSING)


def precision(detector: Detector, reasons: Iterable[tuple[Reason, int]]) -> Precision:
    """From how many of a detector's cases were closed for each reason."""
    counted = list(reasons)
    right = sum(count for reason, count in counted if is_right(detector, reason))
    return Precision(detector, sum(count for _, count in counted), right)
