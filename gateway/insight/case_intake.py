"""Signals and reports into the case book: merged, with their evidence, and with the alerts that they give cause for.

One transaction takes all of a reading of the log and the mark after it: what was taken is never read again, and what
was not is.  Taking the same signal or report twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection, Engine, insert, or_, select, update

from gateway.core.looks import Look, Reported
from gateway.core.query import Intent
from gateway.insight.case_actions import SYSTEM, USUAL_DEADLINES, enter
from gateway.insight.case_book import OPEN_STATES, case_of, complaint_of, extent_of, find, precision_of, signal_of
from gateway.insight.case_evidence import SCANNED, Search, search_of
from gateway.insight.case_schema import cases, complaints, evidence, marks, outbox, signals
from gateway.insight.case_store import reading, writing
from gateway.insight.case_values import Case, CaseSignal, ComplaintState, Entry
from gateway.insight.ladder import Action, CaseState
from gateway.insight.merging import belongs
from gateway.insight.notices import case_notice, overdue_notice
from gateway.insight.signals import Signal
from gateway.insight.working_days import ComplaintSettings

_OPEN = [state.value for state in OPEN_STATES]
_MOST_EVIDENCE = 5_000
_TOLD_WITHIN_SECONDS = 3 * 86_400.0


class CaseIntake:
    """Writes; for a thread.  `receivers` are the names of those who are told, each with its own copy."""

    def __init__(
        self, store: Engine, receivers: Sequence[str] = (), settings: ComplaintSettings = USUAL_DEADLINES
    ) -> None:
        self._store = store
        self._receivers = tuple(receivers)
        self._settings = settings
        self._calendar = settings.calendar()

    def mark(self, log: str) -> int:
        """How far this log was taken, 0 for not at all."""
        with reading(self._store) as connection:
            found = connection.execute(select(marks.c.uid).where(marks.c.log == log)).scalar_one_or_none()
            return int(found or 0)

    def followed(self) -> dict[int, Search]:
        """What further looks belong to each open case of the scan, by the case's number."""
        scanned = [detector.value for detector in SCANNED]
        wanted = select(cases).where(cases.c.state.in_(_OPEN), cases.c.detector.in_(scanned))
        with reading(self._store) as connection:
            found = [case_of(row) for row in connection.execute(wanted.order_by(cases.c.id)).all()]
            return {case.id: _search(case, _first_signal(connection, case.id)) for case in found}

    def take(
        self, raised: Iterable[Signal], reported: Iterable[Reported], now: float, log: str = "", mark: int = 0, *,
        further: Mapping[int, tuple[Look, ...]] = MappingProxyType({}),
    ) -> int:  # fmt: skip
        """Take signals and reports, `further` looks at cases (by number), and the mark of their log; returns how many
        cases are new."""
        with writing(self._store) as connection:
            for number, looks in further.items():
                _add_evidence(connection, find(connection, number), looks, (), now)
            new = sum(self._take(connection, signal, now) for signal in raised)
            for report in reported:
                self._attach(connection, report, now)
            if new:
                self._tell_new(connection, now)
            if log:
                connection.execute(marks.delete().where(marks.c.log == log))
                connection.execute(insert(marks).values(log=log, uid=mark))
            return new

    def tell(self, now: float) -> int:
        """Alert, once, of cases that another process put in, and of every report and complaint whose deadline has
        passed; returns how many of these there are."""
        pending = (ComplaintState.RECEIVED.value, ComplaintState.ACCEPTED.value)
        with writing(self._store) as connection:
            self._tell_new(connection, now)
            rows = connection.execute(
                select(complaints).where(complaints.c.state.in_(pending), complaints.c.deadline_at < now)
            ).all()
            for row in rows:
                known = complaint_of(row)
                key = f"overdue:{known.uid}:{known.state.value}"
                self._tell(connection, key, overdue_notice(key, known, now), now)
            return len(rows)

    def _tell_new(self, connection: Connection, now: float) -> None:
        """The first signal of each case of the last days, to whoever was not told of it."""
        since = now - _TOLD_WITHIN_SECONDS
        for row in connection.execute(select(cases).where(cases.c.opened_at > since).order_by(cases.c.id)).all():
            case = case_of(row)
            signal = _first_signal(connection, case.id)
            notice = case_notice(case, signal, precision_of(connection, case.detector), extent_of(connection, case.id))
            self._tell(connection, f"case:{case.id}", notice, now)

    def _take(self, connection: Connection, signal: Signal, now: float) -> bool:
        """Whether it opened a case."""
        known = connection.execute(
            select(cases).join(signals, signals.c.case_id == cases.c.id).where(signals.c.id == signal.id)
        ).one_or_none()
        if known is not None:
            case = case_of(known)
            if case.state is not CaseState.CLOSED:
                values = {"raised_at": signal.raised_at, "observed": signal.observed, "reason_zh": signal.reason_zh,
                          "reason_en": signal.reason_en}  # fmt: skip
                later = signals.c.raised_at < signal.raised_at
                connection.execute(update(signals).where(signals.c.id == signal.id, later).values(values))
                _add_evidence(connection, case, signal.evidence, signal.areas, now)
            return False
        match = _open_case(connection, signal)
        case = match or _new_case(connection, signal, now)
        connection.execute(insert(signals).values(_row(signal) | {"case_id": case.id}))
        _add_evidence(connection, case, signal.evidence, signal.areas, now)
        words = f"{signal.reason_zh} / {signal.reason_en}"
        action = Action.MERGE if match else Action.RAISE
        enter(connection, case.id, Entry(now, SYSTEM, action, case.state, words))
        if match is None:
            self._adopt(connection, case, signal)
        return match is None

    def _tell(self, connection: Connection, key: str, body: dict[str, object], now: float) -> None:
        for receiver in self._receivers:
            row_id = f"{key}:{receiver}"
            if connection.execute(select(outbox.c.id).where(outbox.c.id == row_id)).one_or_none() is None:
                text = json.dumps(body, ensure_ascii=False)
                row = {"id": row_id, "receiver": receiver, "body": text, "made_at": now, "due_at": now}
                connection.execute(insert(outbox).values(row))

    def _adopt(self, connection: Connection, case: Case, signal: Signal) -> None:
        """Reports that came before their case."""
        codes = {signal.code, *(look.code for look in signal.evidence)} - {""}
        lost = complaints.c.case_id.is_(None) & complaints.c.code.in_(codes)
        connection.execute(update(complaints).where(lost).values(case_id=case.id))

    def _attach(self, connection: Connection, report: Reported, now: float) -> None:
        if report.kind not in (Intent.REPORT, Intent.COMPLAINT):
            return
        if connection.execute(select(complaints.c.uid).where(complaints.c.uid == report.uid)).one_or_none():
            return
        case = _case_of_code(connection, report.code) if report.code else None
        is_complaint = report.kind is Intent.COMPLAINT
        days = self._settings.accept_days if is_complaint else self._settings.verify_days
        connection.execute(
            insert(complaints).values(
                uid=report.uid, kind=report.kind.value, case_id=case.id if case else None, code=report.code,
                text=report.text, caller=report.caller, area=report.area, arrived_at=report.at,
                state=ComplaintState.RECEIVED.value, deadline_at=self._calendar.deadline(report.at, days),
            )
        )  # fmt: skip
        if case is not None:
            words = f"{report.kind.value} {report.uid}"
            enter(connection, case.id, Entry(now, SYSTEM, Action.REPORT, case.state, words))


def _open_case(connection: Connection, signal: Signal) -> Case | None:
    """The open case that a signal belongs to, the oldest first."""
    same_detector = (cases.c.detector == signal.detector.value) & (cases.c.product == signal.product)
    near = or_(same_detector, cases.c.code == signal.code) if signal.code else same_detector
    rows = connection.execute(select(cases).where(cases.c.state.in_(_OPEN), near).order_by(cases.c.id))
    return next((case for row in rows if belongs(signal, case := case_of(row))), None)


def _new_case(connection: Connection, signal: Signal, now: float) -> Case:
    values = {
        "detector": signal.detector.value, "state": CaseState.SIGNAL.value, "product": signal.product,
        "code": signal.code, "areas": ",".join(signal.areas), "opened_at": now, "updated_at": now,
    }  # fmt: skip
    number = connection.execute(insert(cases).values(values).returning(cases.c.id)).scalar_one()
    return case_of(connection.execute(select(cases).where(cases.c.id == number)).one())


def _row(signal: Signal) -> dict[str, object]:
    names = ("id", "product", "code", "start_at", "raised_at", "observed", "expected", "recurrence_days", "reason_zh",
             "reason_en")  # fmt: skip
    row: dict[str, object] = {name: getattr(signal, name) for name in names}
    return row | {"detector": signal.detector.value, "areas": ",".join(signal.areas)}


def _first_signal(connection: Connection, case_id: int) -> CaseSignal:
    own = select(signals).where(signals.c.case_id == case_id).order_by(signals.c.raised_at, signals.c.id).limit(1)
    return signal_of(connection.execute(own).one())


def _search(case: Case, first: CaseSignal) -> Search:
    return search_of(first.detector, case.product, case.areas, case.code, first.reason_en)


def _add_evidence(connection: Connection, case: Case, looks: Sequence[Look], areas: Sequence[str], now: float) -> None:
    known = {
        (row.code, row.caller, row.area)
        for row in connection.execute(select(evidence).where(evidence.c.case_id == case.id))
    }
    new: dict[tuple[str, str, str], Look] = {}
    for look in looks:
        key = (look.code, look.caller, look.area)
        if key not in known and len(known) + len(new) < _MOST_EVIDENCE:
            new.setdefault(key, look)
    if new:
        rows = [{"case_id": case.id, "code": one.code, "caller": one.caller, "area": one.area, "at": one.at}
                for one in new.values()]  # fmt: skip
        connection.execute(insert(evidence), rows)
    areas = tuple(dict.fromkeys((*case.areas, *areas)))[:50]
    touched = update(cases).where(cases.c.id == case.id)
    connection.execute(touched.values(updated_at=max(now, case.updated_at), areas=",".join(areas)))


def _case_of_code(connection: Connection, code: str) -> Case | None:
    """The case about a code: an open one rather than a closed one, the latest first."""
    of_evidence = select(evidence.c.case_id).where(evidence.c.code == code)
    rows = connection.execute(
        select(cases).where(or_(cases.c.code == code, cases.c.id.in_(of_evidence))).order_by(cases.c.id.desc())
    ).all()
    found = [case_of(row) for row in rows]
    return next((case for case in found if case.state is not CaseState.CLOSED), found[0] if found else None)
