"""The case book in PostgreSQL: the same cases, complaints and alerts as in SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.core.query import Intent
from gateway.insight.case_actions import CaseActions
from gateway.insight.case_book import CaseBook
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_store import open_book
from gateway.insight.ladder import CaseState, Reason
from gateway.insight.outbox import Outbox, Parcel
from tests.gateway.insight.findings import NOON, report, signal
from tests.system.postgresql_server import postgresql_server

pytestmark = pytest.mark.system
UID = 912_833_555_489_357_854  # as they are: beyond 32 bits


@pytest.fixture
def url() -> Iterator[str]:
    with postgresql_server() as server:
        yield server


class Postbox:
    def __init__(self) -> None:
        self.taken: list[str] = []

    async def deliver(self, parcel: Parcel) -> None:
        self.taken.append(parcel.id)


async def test_a_case_lives_in_postgresql_from_signal_to_closed(url: str) -> None:
    store = open_book(url, create=True)
    intake, book, actions, postbox = CaseIntake(store, ["post"]), CaseBook(store), CaseActions(store), Postbox()
    complaint = report(UID, kind=Intent.COMPLAINT)
    for _ in range(2):
        intake.take([signal()], [complaint], NOON, "log", UID)
    assert intake.mark("log") == UID
    assert len(book.cases()) == 1
    assert await Outbox(store, {"post": postbox}).deliver_due(NOON) == 1
    assert await Outbox(store, {"post": postbox}).deliver_due(NOON + 1) == 0
    assert intake.tell(NOON + 60 * 86_400) == 1
    actions.accept(UID, "王", NOON)
    actions.close(1, Reason.CONFIRMED, "王", NOON)
    dossier = book.dossier(1)
    assert (dossier.case.state, dossier.precision.right, len(dossier.evidence)) == (CaseState.CLOSED, 1, 2)
    assert [one.uid for one in dossier.complaints] == [UID]
    store.dispose()
    open_book(url).dispose()
