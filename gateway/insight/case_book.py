"""The case book as it is read: cases, what belongs to them, deadlines, and how often each detector was right."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from gateway.core.errors import GatewayError
from gateway.core.looks import Look
from gateway.insight.case_schema import case_record, cases, complaints, evidence, outbox, signals
from gateway.insight.case_store import reading
from gateway.insight.case_values import (
    Case,
    CaseSignal,
    Complaint,
    ComplaintState,
    Dossier,
    Entry,
    Extent,
    WaitingAlert,
)
from gateway.insight.ladder import Action, CaseState, Precision, Reason, precision
from gateway.insight.signals import Detector

MOST_SHOWN = 500
OPEN_STATES = frozenset({CaseState.SIGNAL, CaseState.SUSPECT, CaseState.CASE})
_PENDING = (ComplaintState.RECEIVED, ComplaintState.ACCEPTED)


class NoSuchCase(GatewayError):
    """There is no case of this number: `cases list` shows those that there are."""


class CaseBook:
    """Reads only; for a thread, never for the event loop."""

    def __init__(self, store: Engine) -> None:
        self._store = store

    def cases(self, states: Collection[CaseState] = OPEN_STATES, product: str = "", assignee: str = "") -> list[Case]:
        """At most 500, the latest touched first."""
        wanted = select(cases).where(cases.c.state.in_([state.value for state in states]))
        if product:
            wanted = wanted.where(cases.c.product == product)
        if assignee:
            wanted = wanted.where(cases.c.assignee == assignee)
        with reading(self._store) as connection:
            rows = connection.execute(wanted.order_by(cases.c.updated_at.desc(), cases.c.id).limit(MOST_SHOWN)).all()
        return [case_of(row) for row in rows]

    def dossier(self, case_id: int) -> Dossier:
        """All of one case.  Raises NoSuchCase."""
        with reading(self._store) as connection:
            case = find(connection, case_id)
            own = connection.execute(select(signals).where(signals.c.case_id == case_id).order_by(signals.c.raised_at))
            looks = connection.execute(
                select(evidence).where(evidence.c.case_id == case_id).order_by(evidence.c.at).limit(MOST_SHOWN)
            )
            told = connection.execute(
                select(complaints).where(complaints.c.case_id == case_id).order_by(complaints.c.arrived_at)
            )
            record = connection.execute(
                select(case_record).where(case_record.c.case_id == case_id).order_by(case_record.c.id)
            )
            return Dossier(
                case,
                tuple(signal_of(row) for row in own),
                tuple(Look(row.at, row.caller, row.area, row.code) for row in looks),
                tuple(complaint_of(row) for row in told),
                tuple(Entry(row.at, row.who, Action(row.action), CaseState(row.state), row.words) for row in record),
                precision_of(connection, case.detector),
                extent_of(connection, case_id),
                _looked_at(connection, case_id),
            )

    def precisions(self) -> list[Precision]:
        """How often each detector was right, as far as its cases are closed."""
        with reading(self._store) as connection:
            return [precision_of(connection, detector) for detector in Detector]

    def complaints(self, *, overdue_at: float | None = None) -> list[Complaint]:
        """Those that wait for a step, by deadline; with `overdue_at` those alone whose deadline was before."""
        wanted = select(complaints).where(complaints.c.state.in_([state.value for state in _PENDING]))
        if overdue_at is not None:
            wanted = wanted.where(complaints.c.deadline_at < overdue_at)
        with reading(self._store) as connection:
            rows = connection.execute(wanted.order_by(complaints.c.deadline_at).limit(MOST_SHOWN)).all()
        return [complaint_of(row) for row in rows]

    def complaint(self, uid: int) -> Complaint | None:
        """The report or complaint of this number, whatever became of it."""
        with reading(self._store) as connection:
            row = connection.execute(select(complaints).where(complaints.c.uid == uid)).one_or_none()
        return complaint_of(row) if row is not None else None

    def waiting_alerts(self) -> list[WaitingAlert]:
        """Alerts on their way, the oldest first."""
        wanted = select(outbox).where(outbox.c.taken_at.is_(None)).order_by(outbox.c.made_at, outbox.c.id)
        with reading(self._store) as connection:
            rows = connection.execute(wanted.limit(MOST_SHOWN)).all()
        return [WaitingAlert(row.id, row.receiver, row.made_at, row.due_at, row.attempts, row.fault) for row in rows]


def find(connection: Connection, case_id: int) -> Case:
    """One case.  Raises NoSuchCase."""
    row = connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        raise NoSuchCase(f"there is no case {case_id}: `cases list` shows those that there are")
    return case_of(row)


def extent_of(connection: Connection, case_id: int) -> Extent:
    """How much evidence a case has."""
    columns = (evidence.c.code, evidence.c.caller, func.nullif(evidence.c.area, ""))
    counted = select(func.count(), *(func.count(column.distinct()) for column in columns))
    found = connection.execute(counted.where(evidence.c.case_id == case_id)).one()
    return Extent(found[0], found[1], found[2], found[3])


def _looked_at(connection: Connection, case_id: int) -> tuple[float, ...]:
    wanted = select(evidence.c.at).where(evidence.c.case_id == case_id).order_by(evidence.c.at)
    return tuple(connection.execute(wanted).scalars())


def precision_of(connection: Connection, detector: Detector) -> Precision:
    """How often a detector was right."""
    rows = connection.execute(
        select(cases.c.reason, func.count())
        .where(cases.c.detector == detector.value, cases.c.state == CaseState.CLOSED.value)
        .group_by(cases.c.reason)
    )
    return precision(detector, [(Reason(reason), count) for reason, count in rows])


def case_of(row: Row[Any]) -> Case:
    """A row of cases."""
    areas = tuple(row.areas.split(",")) if row.areas else ()
    return Case(
        row.id, Detector(row.detector), CaseState(row.state), row.product, row.code, areas, row.opened_at,
        row.updated_at, row.assignee, row.closed_at, row.reason,
    )  # fmt: skip


def complaint_of(row: Row[Any]) -> Complaint:
    """A row of complaints."""
    return Complaint(
        row.uid, row.kind, row.case_id, row.code, row.text, row.caller, row.area, row.arrived_at,
        ComplaintState(row.state), row.deadline_at, row.who, row.words,
    )  # fmt: skip


def signal_of(row: Row[Any]) -> CaseSignal:
    """A row of signals."""
    return CaseSignal(
        row.id, Detector(row.detector), row.start_at, row.raised_at, row.observed, row.expected, row.recurrence_days,
        row.reason_zh,
        row.reason_en,
    )  # fmt: skip
