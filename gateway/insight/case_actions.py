"""What people do to cases and complaints; every step is recorded with who took it, in the same transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from gateway.core.errors import GatewayError
from gateway.insight.case_book import complaint_of, find
from gateway.insight.case_schema import case_record, cases, complaints
from gateway.insight.case_store import writing
from gateway.insight.case_values import Case, Complaint, ComplaintState, Entry
from gateway.insight.ladder import Action, NotAllowed, Reason, step
from gateway.insight.working_days import Calendar, ComplaintSettings

MOST_WORDS = 4_000
USUAL_DEADLINES = ComplaintSettings()
SYSTEM = "zhenma"


class Refused(GatewayError):
    """An action lacks something; the text says what."""


class CaseActions:
    """Writes; for a thread, never for the event loop.  `who` is the person's name, `at` Unix time in seconds."""

    def __init__(self, store: Engine, settings: ComplaintSettings = USUAL_DEADLINES) -> None:
        self._store = store
        self._settings = settings
        self._calendar: Calendar = settings.calendar()

    def review(self, case_id: int, who: str, at: float, words: str = "") -> Case:
        """A signal becomes a suspect: somebody has looked at it.  Raises NoSuchCase, NotAllowed, Refused."""
        return self._act(case_id, Action.REVIEW, who, at, words)

    def open(self, case_id: int, who: str, at: float, words: str = "") -> Case:
        """It becomes a case.  Raises as `review`."""
        return self._act(case_id, Action.OPEN, who, at, words)

    def assign(self, case_id: int, assignee: str, who: str, at: float) -> Case:
        """Somebody is to work on it.  Raises as `review`."""
        if not assignee.strip():
            raise Refused("name the one who shall work on it")
        return self._act(case_id, Action.ASSIGN, who, at, assignee.strip(), assignee=assignee.strip()[:100])

    def note(self, case_id: int, words: str, who: str, at: float) -> Case:
        """Words are added.  Raises as `review`."""
        if not words.strip():
            raise Refused("a note needs words")
        return self._act(case_id, Action.NOTE, who, at, words)

    def close(self, case_id: int, reason: Reason, who: str, at: float, words: str = "") -> Case:
        """It is over, for a reason.  Raises as `review`."""
        told = f"{reason.value}: {words}" if words else reason.value
        return self._act(case_id, Action.CLOSE, who, at, told, reason=reason.value, closed_at=at)

    def _act(self, case_id: int, action: Action, who: str, at: float, words: str, **changes: Any) -> Case:
        if not who.strip():
            raise Refused("say who does it: --by NAME")
        with writing(self._store) as connection:
            case = find(connection, case_id)
            state = step(case.state, action)
            connection.execute(
                update(cases).where(cases.c.id == case_id).values(state=state.value, updated_at=at, **changes)
            )
            enter(connection, case_id, Entry(at, who.strip(), action, state, words))
            return find(connection, case_id)

    def accept(self, uid: int, who: str, at: float, words: str = "") -> Complaint:
        """A complaint is accepted, and from now on to be settled within its time; a report is being verified."""
        return self._step(uid, ComplaintState.ACCEPTED, who, at, words)

    def refuse(self, uid: int, who: str, at: float, words: str) -> Complaint:
        """A complaint or report is not accepted, for the reason in `words`."""
        if not words.strip():
            raise Refused("say why it is refused")
        return self._step(uid, ComplaintState.REFUSED, who, at, words)

    def settle(self, uid: int, who: str, at: float, words: str = "") -> Complaint:
        """It is dealt with."""
        return self._step(uid, ComplaintState.SETTLED, who, at, words)

    def _step(self, uid: int, state: ComplaintState, who: str, at: float, words: str) -> Complaint:
        """Raises Refused, NotAllowed."""
        if not who.strip():
            raise Refused("say who does it: --by NAME")
        with writing(self._store) as connection:
            row = connection.execute(select(complaints).where(complaints.c.uid == uid)).one_or_none()
            if row is None:
                raise Refused(f"there is no complaint {uid}: `cases complaints` shows those that wait")
            known = complaint_of(row)
            _check(known, state)
            deadline = known.deadline_at if state is ComplaintState.ACCEPTED else None
            if state is ComplaintState.ACCEPTED and known.kind == "complaint":
                deadline = self._calendar.deadline(at, self._settings.settle_days)
            changes = {"state": state.value, "deadline_at": deadline, "who": who.strip()[:100], "words": words}
            connection.execute(update(complaints).where(complaints.c.uid == uid).values(changes))
            if known.case_id is not None:
                case = find(connection, known.case_id)
                told = f"{known.kind} {uid} {state.value} {words}".rstrip()
                enter(connection, case.id, Entry(at, who.strip(), Action.REPORT, case.state, told))
            return complaint_of(connection.execute(select(complaints).where(complaints.c.uid == uid)).one())


def _check(known: Complaint, state: ComplaintState) -> None:
    done = known.state in (ComplaintState.REFUSED, ComplaintState.SETTLED)
    if done or (known.state is ComplaintState.ACCEPTED and state is not ComplaintState.SETTLED):
        raise NotAllowed(f"{known.kind} {known.uid} is {known.state.value} already")


def enter(connection: Connection, case_id: int, entry: Entry) -> None:
    """Add a line to a case's record."""
    line = {"case_id": case_id, "at": entry.at, "who": entry.who[:100], "words": entry.words[:MOST_WORDS]}
    connection.execute(insert(case_record).values(**line, action=entry.action.value, state=entry.state.value))
