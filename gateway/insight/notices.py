"""What receivers are told of a new case or a missed deadline, the same by mail and by webhook.  Pure."""

from __future__ import annotations

from gateway.insight.case_values import Case, CaseSignal, Complaint, Extent
from gateway.insight.ladder import Precision


def case_notice(case: Case, signal: CaseSignal, precision: Precision, extent: Extent) -> dict[str, object]:
    """A new case, with how often its detector was right so far.

    Of the evidence numbers alone: callers' pseudonyms do not leave the case book.
    """
    low, high = precision.bounds
    return {
        "id": f"case:{case.id}",
        "kind": "case",
        "case": case.id,
        "detector": signal.detector.value,
        "product": case.product,
        "code": case.code,
        "areas": list(case.areas),
        "start_at": signal.start_at,
        "raised_at": signal.raised_at,
        "observed": signal.observed,
        "expected": signal.expected,
        "recurrence_days": signal.recurrence_days,
        "reason": {"zh": signal.reason_zh, "en": signal.reason_en},
        "evidence": {"looks": extent.looks, "codes": extent.codes, "callers": extent.callers, "areas": extent.areas},
        "precision": {"closed": precision.closed, "right": precision.right, "low": round(low, 3),
                      "high": round(high, 3)},
    }  # fmt: skip


def overdue_notice(key: str, complaint: Complaint, now: float) -> dict[str, object]:
    """A report or complaint whose deadline has passed; its text stays in the case book."""
    return {
        "id": key,
        "kind": "overdue",
        "complaint": complaint.uid,
        "of": complaint.kind,
        "state": complaint.state.value,
        "case": complaint.case_id,
        "arrived_at": complaint.arrived_at,
        "deadline_at": complaint.deadline_at,
        "raised_at": now,
        "reason": {"zh": f"逾期未处理：{complaint.uid}", "en": f"overdue: {complaint.kind} {complaint.uid}"},
    }
