"""Which case a signal belongs to.  Pure."""

from __future__ import annotations

from gateway.insight.case_values import Case
from gateway.insight.signals import Signal


def belongs(signal: Signal, case: Case) -> bool:
    """Is the signal about the same code, or found by the same detector for the same product in one of its areas?

    Where either is about no area in particular, the product alone decides; without a product or an area nothing does.
    """
    if signal.code and signal.code == case.code:
        return True
    if signal.detector is not case.detector or signal.product != case.product:
        return False
    if signal.areas and case.areas:
        return not set(signal.areas).isdisjoint(case.areas)
    return signal.product != ""
