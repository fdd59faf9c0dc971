"""Delivery receipts in the journal: matched over restarts, counted on the reply's day and link."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.answer import Ending, Outcome
from gateway.core.ports import OtherKind
from gateway.core.receipts import FINAL_RANK, ReceiptState, ReceiptTold
from gateway.records.journal import day_rows
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.proof import prove
from gateway.records.schema import china_day, open_for_reading
from tests.gateway.records.conftest import Look, never
from tests.gateway.records.samples import ANSWER, NOON, query, sent

DAY = china_day(NOON)
DELIVERED, EXPIRED, ENROUTE = ReceiptState.DELIVERED, ReceiptState.EXPIRED, ReceiptState.ENROUTE
TWO_SEGMENTS = sent(receipt_ids=("a1", "a2"))


def told(message_id: str, state: ReceiptState, at: float = NOON + 70, link: str = "cmcc-9") -> ReceiptTold:
    return ReceiptTold("cmcc", link, message_id, state, at)


async def finish(journal: SqliteJournal, outcome: Outcome = TWO_SEGMENTS, number: int = 1) -> None:
    await journal.accept(query(number))
    await journal.finish(query(number), ANSWER, outcome)


def receipts_of(look: Look) -> tuple[dict[str, int] | None, str | None, float | None]:
    ((receipts, state, at),) = look("SELECT receipts, receipt_state, receipt_at FROM query_log ORDER BY uid LIMIT 1")
    return receipts and json.loads(receipts), state, at


def counted(look: Look) -> dict[str, tuple[int, int]]:
    """Messages and PDUs by measure, of all that is about receipts."""
    rows = look(
        "SELECT measure, sum(messages), sum(pdus) FROM link_days WHERE measure LIKE 'receipt%' GROUP BY 1"
        " HAVING sum(messages) <> 0 OR sum(pdus) <> 0"
    )
    return {measure.removeprefix("receipt_"): (messages, pdus) for measure, messages, pdus in rows}


def assert_proven(path: Path) -> None:
    connection = open_for_reading(path)
    assert prove(connection).faults == ()
    connection.close()


async def test_a_reply_of_two_segments_is_delivered_when_both_are(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    await finish(journal)
    await journal.receipt_told(told("a1", DELIVERED))
    assert receipts_of(look) == ({"DELIVRD": 1}, None, NOON + 70)
    await journal.receipt_told(told("a2", DELIVERED, NOON + 90))
    assert receipts_of(look) == ({"DELIVRD": 2}, "DELIVRD", NOON + 90)
    assert look("SELECT booked_on, day, carrier, link FROM link_days WHERE measure = 'receipt_DELIVRD'") == [
        (DAY, DAY, "cmcc", "cmcc-1")
    ]
    assert counted(look) == {"DELIVRD": (1, 2)}
    assert_proven(path)


async def test_one_segment_that_failed_makes_the_reply_failed_for_good(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    await finish(journal)
    await journal.receipt_told(told("a2", EXPIRED))
    assert receipts_of(look)[1] == "EXPIRED"
    await journal.receipt_told(told("a1", ReceiptState.REJECTED))
    await journal.receipt_told(told("a1", DELIVERED))
    assert receipts_of(look)[:2] == ({"EXPIRED": 1, "REJECTD": 1}, "EXPIRED")
    assert counted(look) == {"EXPIRED": (1, 1), "REJECTD": (0, 1)}
    assert_proven(path)


async def test_repeated_and_late_receipts_take_no_state_back(journal: SqliteJournal, look: Look, path: Path) -> None:
    await finish(journal, sent(message_ids=("a1",), segments=1, receipt_ids=("a1",)))
    for state in (ENROUTE, DELIVERED, DELIVERED, ENROUTE, EXPIRED):
        await journal.receipt_told(told("a1", state))
    assert receipts_of(look)[:2] == ({"DELIVRD": 1}, "DELIVRD")
    assert counted(look) == {"DELIVRD": (1, 1)}
    assert_proven(path)


async def test_a_receipt_that_overtakes_its_submit_sm_resp_is_matched(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    await journal.receipt_told(told("a2", DELIVERED, NOON + 59))
    assert counted(look) == {"unmatched": (0, 1)}
    await finish(journal)
    await journal.receipt_told(told("a1", DELIVERED))
    assert receipts_of(look)[1] == "DELIVRD"
    assert counted(look) == {"DELIVRD": (1, 2)}
    assert_proven(path)


async def test_a_receipt_after_a_restart_is_matched(path: Path, look: Look) -> None:
    first = await SqliteJournal.opened(path, never)
    await finish(first)
    await first.close()
    second = await SqliteJournal.opened(path, never)
    await second.receipt_told(told("a1", DELIVERED))
    await second.receipt_told(told("a2", DELIVERED))
    await second.close()
    assert receipts_of(look)[1] == "DELIVRD"


async def test_a_receipt_that_matches_nothing_is_counted_on_the_link_it_came_by(
    journal: SqliteJournal, look: Look
) -> None:
    await journal.receipt_told(told("nobody's", DELIVERED, link="cmcc-7"))
    await journal.receipt_told(told("nobody's", DELIVERED, link="cmcc-7"))
    rows = look("SELECT day, carrier, link, pdus FROM link_days WHERE measure = 'receipt_unmatched'")
    assert rows == [(DAY, "cmcc", "cmcc-7", 1)]


async def test_another_carriers_receipt_with_the_same_id_is_not_taken_for_ours(
    journal: SqliteJournal, look: Look
) -> None:
    await finish(journal)
    await journal.receipt_told(ReceiptTold("unicom", "u-1", "a1", DELIVERED, NOON + 70))
    assert receipts_of(look) == (None, None, None)


async def test_an_id_that_the_smsc_uses_again_belongs_to_the_newer_message(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    one = sent(message_ids=("a1",), segments=1, receipt_ids=("a1",))
    await finish(journal, one)
    await journal.receipt_told(told("a1", DELIVERED))
    await finish(journal, replace(one, at=NOON + 5000), number=2)
    await journal.receipt_told(told("a1", EXPIRED, NOON + 5001))
    assert look("SELECT receipt_state FROM query_log ORDER BY uid") == [("DELIVRD",), ("EXPIRED",)]
    assert counted(look) == {"DELIVRD": (1, 1), "EXPIRED": (1, 1)}
    assert_proven(path)


async def test_an_unmatched_receipt_of_long_ago_is_not_taken_for_a_new_messages(
    journal: SqliteJournal, look: Look
) -> None:
    await journal.receipt_told(told("a1", DELIVERED, NOON - 7200))
    await finish(journal)
    assert receipts_of(look) == (None, None, None)
    assert counted(look) == {"unmatched": (0, 1)}


async def test_forgotten_segments_keep_their_state_and_their_count(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    await finish(journal)
    await journal.receipt_told(told("a1", DELIVERED))
    await journal.change(day_rows.forgotten(NOON + 61))
    await journal.receipt_told(told("a2", DELIVERED))
    assert look("SELECT message_id, uid FROM receipts") == [("a2", None)]
    assert counted(look) == {"DELIVRD": (0, 1), "unmatched": (0, 1)}
    assert_proven(path)


async def test_a_message_besides_is_counted_apart_from_replies(journal: SqliteJournal, look: Look, path: Path) -> None:
    await journal.sent_besides(query().uid, "cmcc", OtherKind.NOTICE, sent(message_ids=("n1",), segments=1))
    refused = Outcome(Ending.REFUSED, NOON + 61, "cmcc-2", 11)
    await journal.sent_besides(query().uid, "cmcc", OtherKind.TEXT, refused)
    assert look("SELECT link, measure, command_status, messages, pdus FROM link_days ORDER BY link") == [
        ("cmcc-1", "other_sent", 0, 1, 1),
        ("cmcc-2", "other_refused", 11, 1, 0),
    ]
    assert_proven(path)


@pytest.mark.parametrize("state", list(ReceiptState))
def test_only_what_ends_a_message_is_final(state: ReceiptState) -> None:
    passing = {ReceiptState.UNKNOWN, ReceiptState.SCHEDULED, ReceiptState.ENROUTE, ReceiptState.ACCEPTED}
    assert (state.rank == FINAL_RANK) is (state not in passing)
