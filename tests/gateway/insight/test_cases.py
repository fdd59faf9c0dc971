"""Cases: raised, merged, examined and closed, with their record and the alerts that they cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from gateway.core.errors import SettingsFault
from gateway.core.looks import Look
from gateway.core.query import Intent
from gateway.insight.case_actions import CaseActions, Refused
from gateway.insight.case_book import CaseBook, NoSuchCase
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_schema import outbox
from gateway.insight.case_store import open_book, reading
from gateway.insight.case_values import ComplaintState
from gateway.insight.ladder import Action, CaseState, NotAllowed, Reason
from gateway.insight.signals import Detector
from tests.gateway.insight.findings import BEIJING, CODE, FUZHOU, NOON, OTHER_CODE, report, signal

DAY = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_book(str(tmp_path / "cases.sqlite"), create=True)


@pytest.fixture
def intake(store: Engine) -> CaseIntake:
    return CaseIntake(store, ["mail", "desk"])


@pytest.fixture
def book(store: Engine) -> CaseBook:
    return CaseBook(store)


@pytest.fixture
def actions(store: Engine) -> CaseActions:
    return CaseActions(store)


def sent(store: Engine) -> list[tuple[str, str]]:
    with reading(store) as connection:
        return sorted((row.id, row.receiver) for row in connection.execute(select(outbox)))


def test_a_signal_opens_a_case_with_its_evidence_and_one_alert_for_each_receiver(
    store: Engine, intake: CaseIntake, book: CaseBook
) -> None:
    assert intake.take([signal()], [], NOON) == 1
    dossier = book.dossier(1)
    assert (dossier.case.state, dossier.case.areas) == (CaseState.SIGNAL, (FUZHOU, "350200"))
    assert [look.caller for look in dossier.evidence] == ["k1:a", "k1:b"]
    assert [entry.action for entry in dossier.record] == [Action.RAISE]
    assert sent(store) == [("case:1:desk", "desk"), ("case:1:mail", "mail")]


def test_the_same_signal_again_adds_its_new_evidence_and_tells_nobody(
    store: Engine, intake: CaseIntake, book: CaseBook
) -> None:
    intake.take([signal()], [], NOON)
    before = sent(store)
    more = (*signal().evidence, Look(NOON + 5, "k1:z", BEIJING, CODE))
    assert intake.take([signal(raised_at=NOON + 5, observed=3, evidence=more)], [], NOON + 5) == 0
    dossier = book.dossier(1)
    assert (len(dossier.evidence), dossier.signals[0].observed, len(dossier.signals)) == (3, 3, 1)
    assert sent(store) == before


def test_what_is_about_the_same_code_or_product_and_place_is_one_case(intake: CaseIntake, book: CaseBook) -> None:
    intake.take([signal()], [], NOON)
    intake.take([signal(detector=Detector.FAR_APART)], [], NOON)
    intake.take([signal(subject=OTHER_CODE, code=OTHER_CODE)], [], NOON)
    assert len(book.cases()) == 1
    assert len(book.dossier(1).signals) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"subject": OTHER_CODE, "code": OTHER_CODE, "areas": (BEIJING,)},
        {"subject": OTHER_CODE, "code": OTHER_CODE, "product": "8000002"},
        {"subject": "x", "code": "", "detector": Detector.PREFIX},
    ],
)
def test_what_is_about_something_else_is_another_case(
    intake: CaseIntake, book: CaseBook, other: dict[str, object]
) -> None:
    intake.take([signal(), signal(**other)], [], NOON)
    assert len(book.cases()) == 2


def test_the_ladder_leads_from_signal_to_closed_and_records_who(
    book: CaseBook, intake: CaseIntake, actions: CaseActions
) -> None:
    intake.take([signal()], [], NOON)
    actions.review(1, "王", NOON + 1)
    actions.assign(1, "李", "王", NOON + 2)
    actions.open(1, "李", NOON + 3, "现场核查")
    actions.note(1, "两家店", "李", NOON + 4)
    assert actions.close(1, Reason.CONFIRMED, "李", NOON + 5).state is CaseState.CLOSED
    dossier = book.dossier(1)
    assert [(entry.who, entry.action) for entry in dossier.record[1:]] == [
        ("王", Action.REVIEW), ("王", Action.ASSIGN), ("李", Action.OPEN), ("李", Action.NOTE), ("李", Action.CLOSE),
    ]  # fmt: skip
    assert (dossier.case.reason, dossier.case.assignee) == ("confirmed", "李")
    assert book.cases() == []
    assert len(book.cases([CaseState.CLOSED], product="8000001", assignee="李")) == 1


def test_a_closed_case_takes_no_more_steps(intake: CaseIntake, actions: CaseActions) -> None:
    intake.take([signal()], [], NOON)
    actions.close(1, Reason.TYPING, "王", NOON)
    with pytest.raises(NotAllowed, match="is closed"):
        actions.note(1, "x", "王", NOON)
    with pytest.raises(NotAllowed, match="review needs signal"):
        actions.review(1, "王", NOON)


def test_what_was_closed_is_not_raised_again_within_its_fortnight_but_after_it(
    intake: CaseIntake, book: CaseBook, actions: CaseActions
) -> None:
    intake.take([signal()], [], NOON)
    actions.close(1, Reason.TYPING, "王", NOON)
    assert intake.take([signal(raised_at=NOON + 1)], [], NOON) == 0
    assert intake.take([signal(raised_at=NOON + 14 * DAY)], [], NOON) == 1


@pytest.mark.parametrize("step", ["assign", "note"])
def test_an_empty_name_or_note_is_refused(intake: CaseIntake, actions: CaseActions, step: str) -> None:
    intake.take([signal()], [], NOON)
    with pytest.raises(Refused):
        getattr(actions, step)(1, " ", "王", NOON)
    with pytest.raises(Refused, match="--by"):
        getattr(actions, step)(1, "x", "", NOON)


def test_a_case_that_is_not_there_is_said_so(actions: CaseActions, book: CaseBook) -> None:
    with pytest.raises(NoSuchCase, match="cases list"):
        actions.review(7, "王", NOON)
    with pytest.raises(NoSuchCase):
        book.dossier(7)


def test_reasons_make_the_precision_that_is_told_with_the_next_signal(
    store: Engine, intake: CaseIntake, actions: CaseActions, book: CaseBook
) -> None:
    for number, reason in enumerate([Reason.CONFIRMED, Reason.CONFIRMED, Reason.DISPLAY_ITEM]):
        intake.take([signal(subject=str(number), code="", product=str(number))], [], NOON)
        actions.close(number + 1, reason, "王", NOON)
    found = next(one for one in book.precisions() if one.detector is Detector.MANY_CALLERS)
    assert (found.closed, found.right) == (3, 2)
    last = signal(subject="last", code="", product="last")
    intake.take([last], [], NOON)
    with reading(store) as connection:
        body = connection.execute(select(outbox.c.body).where(outbox.c.id == "case:4:mail")).scalar_one()
    assert json.loads(body)["precision"] == {"closed": 3, "right": 2, "low": 0.208, "high": 0.939}


def test_a_report_joins_its_code_s_case_whichever_came_first(intake: CaseIntake, book: CaseBook) -> None:
    intake.take([], [report(1)], NOON)
    intake.take([signal()], [], NOON)
    intake.take(
        [], [report(2, kind=Intent.COMPLAINT), report(2), report(3, code=""), report(4, kind=Intent.HELP)], NOON
    )
    assert [(one.uid, one.kind) for one in book.dossier(1).complaints] == [(1, "report"), (2, "complaint")]
    assert [one.uid for one in book.complaints()] == [2, 1, 3]


def test_an_accepted_complaint_has_a_new_deadline_and_a_settled_one_none(
    intake: CaseIntake, actions: CaseActions, book: CaseBook
) -> None:
    intake.take([signal()], [report(1, kind=Intent.COMPLAINT)], NOON)
    (received,) = book.complaints()
    accepted = actions.accept(1, "王", NOON + DAY)
    assert received.deadline_at is not None
    assert accepted.deadline_at is not None
    assert accepted.deadline_at > received.deadline_at + 40 * DAY
    assert actions.settle(1, "王", NOON + 2 * DAY).deadline_at is None
    assert book.complaints() == []
    with pytest.raises(NotAllowed, match="settled already"):
        actions.refuse(1, "王", NOON, "x")
    assert [entry.action for entry in book.dossier(1).record] == [
        Action.RAISE,
        Action.REPORT,
        Action.REPORT,
        Action.REPORT,
    ]


def test_refusing_needs_words_and_a_known_complaint(intake: CaseIntake, actions: CaseActions) -> None:
    intake.take([], [report(1)], NOON)
    with pytest.raises(Refused, match="why"):
        actions.refuse(1, "王", NOON, "")
    with pytest.raises(Refused, match="no complaint 9"):
        actions.accept(9, "王", NOON)
    assert actions.refuse(1, "王", NOON, "不属实").state is ComplaintState.REFUSED


def test_an_overdue_complaint_is_told_once(store: Engine, intake: CaseIntake, book: CaseBook) -> None:
    intake.take([], [report(1, kind=Intent.COMPLAINT)], NOON)
    assert intake.tell(NOON + 5 * DAY) == 0
    assert intake.tell(NOON + 12 * DAY) == 1
    assert intake.tell(NOON + 13 * DAY) == 1
    assert sent(store) == [("overdue:1:received:desk", "desk"), ("overdue:1:received:mail", "mail")]
    assert len(book.complaints(overdue_at=NOON + 12 * DAY)) == 1


def test_the_mark_is_kept_with_what_was_taken(intake: CaseIntake) -> None:
    assert intake.mark("log") == 0
    intake.take([], [], NOON, "log", 17)
    intake.take([], [], NOON, "log", 18)
    assert intake.mark("log") == 18


def test_a_book_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cases create"):
        open_book(str(tmp_path / "none"))
    with pytest.raises(SettingsFault, match="driver"):
        open_book("nothing://x")


def test_a_book_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsFault, match="version none"):
        open_book(str(tmp_path / "empty"))


def test_a_case_that_another_process_put_in_is_told_once(store: Engine, intake: CaseIntake) -> None:
    CaseIntake(store).take([signal()], [], NOON)
    assert sent(store) == []
    intake.tell(NOON + 60)
    intake.tell(NOON + 120)
    assert sent(store) == [("case:1:desk", "desk"), ("case:1:mail", "mail")]
