"""Cases, and what belongs to them, as values; instants are Unix time in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.looks import Look
from gateway.insight.ladder import Action, CaseState, Precision
from gateway.insight.signals import Detector


@dataclass(frozen=True, slots=True)
class Case:
    """What was raised, and how far its examination is."""

    id: int
    detector: Detector
    state: CaseState
    product: str
    code: str
    areas: tuple[str, ...]
    opened_at: float
    updated_at: float
    assignee: str
    closed_at: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class CaseSignal:
    """A signal of a case, as it was last raised."""

    id: str
    detector: Detector
    start_at: float
    raised_at: float
    observed: int
    expected: float | None
    recurrence_days: float | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's record: who did what, the state after it, and the words."""

    at: float
    who: str
    action: Action
    state: CaseState
    words: str


class ComplaintState(StrEnum):
    """What became of a report or complaint."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A report (report) or complaint (complaint), with the deadline of its next step."""

    uid: int
    kind: str
    case_id: int | None
    code: str
    text: str
    caller: str
    area: str
    arrived_at: float
    state: ComplaintState
    deadline_at: float | None
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class WaitingAlert:
    """An alert that a receiver has not taken: how often it was tried, when it is tried again, and what was wrong."""

    id: str
    receiver: str
    made_at: float
    due_at: float
    attempts: int
    fault: str


@dataclass(frozen=True, slots=True)
class Extent:
    """How much evidence a case has: looks (of one caller at one code in one area each), and how many different codes,
    callers and areas they are of."""

    looks: int
    codes: int
    callers: int
    areas: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of a case; `precision` is its detector's.  `evidence` holds the first looks, `looked_at` the
    instants of all."""

    case: Case
    signals: tuple[CaseSignal, ...]
    evidence: tuple[Look, ...]
    complaints: tuple[Complaint, ...]
    record: tuple[Entry, ...]
    precision: Precision
    extent: Extent
    looked_at: tuple[float, ...]
