from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.answer import Ending, Outcome, Report
from gateway.core.errors import SettingsFault
from gateway.core.ports import JournalState, MessagePart, OpenQuery
from gateway.core.query import Caller, Intent
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.schema import open_for_reading
from tests.gateway.records.conftest import Look, never
from tests.gateway.records.samples import (
    ANSWER,
    CODE,
    NOON,
    NUMBER,
    OTHER_CODE,
    REPORT,
    WARNING,
    malformed,
    query,
    sent,
)

PART = MessagePart("k", 3, 1, b"\x00\xff", "{}", NOON, "f1")


async def test_each_state_of_an_open_query_is_found_again_as_it_was(journal: SqliteJournal) -> None:
    queries = [query(1), malformed(2), query(3), query(4)]
    for one in queries:
        await journal.accept(one)
    await journal.answer(queries[1], REPORT)
    await journal.answer(queries[2], WARNING, "cmcc-2")
    await journal.answer(queries[3], ANSWER)
    await journal.sending(queries[3].uid, "cmcc-1")
    assert await journal.open_queries() == [
        OpenQuery(queries[0], JournalState.ACCEPTED, None),
        OpenQuery(queries[1], JournalState.ANSWERED, REPORT),
        OpenQuery(queries[2], JournalState.SENDING, WARNING, "cmcc-2"),
        OpenQuery(queries[3], JournalState.SENDING, ANSWER, "cmcc-1"),
    ]


async def test_an_accepted_query_survives_a_journal_that_was_never_closed(path: Path, tmp_path: Path) -> None:
    left = await SqliteJournal.opened(path, never)
    await left.accept(query())
    copy = tmp_path / "copy.db"
    for end in ("", "-wal"):
        copy.with_name(copy.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
    await left.close()
    found = await SqliteJournal.opened(copy, never)
    assert [one.query for one in await found.open_queries()] == [query()]
    assert len(found.open_codes) == 1
    await found.close()


async def test_a_finished_query_is_one_row_of_the_log_however_often_it_is_finished(
    journal: SqliteJournal, look: Look
) -> None:
    await journal.accept(query())
    await journal.answer(query(), ANSWER, "cmcc-1")
    await asyncio.gather(*[journal.finish(query(), ANSWER, sent()) for _ in range(3)])
    await journal.finish(query(), ANSWER, sent(at=NOON + 99))
    assert await journal.open_queries() == []
    assert look("SELECT uid, finished_at, verdict, ending, message_ids, segments FROM query_log") == [
        (query().uid, NOON + 60, "first", "sent", "a1 a2", 2)
    ]
    assert look("SELECT code, caller, arrived_at, answered_at, counted FROM lookups") == [
        (CODE, "k1:caller", NOON + 1, NOON + 60, 1)
    ]
    assert look("SELECT sum(queries), sum(lookups) FROM rollups") == [(1, 1)]
    assert look("SELECT measure, messages, pdus FROM link_days ORDER BY measure") == [("mo", 1, 1), ("mt_sent", 1, 2)]


async def test_a_query_that_was_never_accepted_is_not_logged(journal: SqliteJournal, look: Look) -> None:
    await journal.finish(query(), ANSWER, sent())
    assert look("SELECT count(*) FROM query_log UNION ALL SELECT count(*) FROM lookups") == [(0,), (0,)]
    assert look("SELECT count(*) FROM rollups") == [(0,)]


async def test_accepting_finishing_and_repeating_in_one_batch_counts_once(journal: SqliteJournal, look: Look) -> None:
    one = query()
    await asyncio.gather(
        journal.accept(one),
        journal.accept(one),
        journal.answer(one, ANSWER),
        journal.finish(one, ANSWER, sent()),
        journal.finish(one, ANSWER, sent()),
    )
    assert look("SELECT sum(queries) FROM rollups") == [(1,)]
    assert look("SELECT count(*) FROM query_log") == [(1,)]


async def test_no_clear_number_is_left_in_the_file_once_its_query_is_finished(path: Path) -> None:
    journal = await SqliteJournal.opened(path, never)
    for number in range(50):
        await journal.accept(query(number))
    for number in range(50):
        await journal.answer(query(number), ANSWER, "cmcc-1")
        await journal.finish(query(number), ANSWER, sent())
    await journal.close()
    kept = path.read_bytes()
    assert CODE.encode() in kept
    assert NUMBER.encode() not in kept
    assert NUMBER[2:].encode() not in kept


async def test_pruning_empties_the_write_ahead_log_of_clear_numbers(journal: SqliteJournal, path: Path) -> None:
    await journal.accept(query())
    await journal.finish(query(), ANSWER, sent())
    log = path.with_name(path.name + "-wal")
    assert NUMBER.encode() in log.read_bytes()
    await journal.prune(NOON)
    assert NUMBER.encode() not in log.read_bytes() + path.read_bytes()


async def test_rollups_tell_hours_products_and_channels_apart(journal: SqliteJournal, look: Look) -> None:
    for number, one in enumerate([query(1), query(2), query(3601), malformed(4)]):
        await journal.accept(one)
        await journal.finish(one, ANSWER if number < 3 else REPORT, sent())
    hour = int(NOON // 3600)
    assert look("SELECT * FROM rollups ORDER BY hour, channel") == [
        (hour, "350100", "8123456", "first", "sms", "cmcc", 2, 2),
        (hour, "350100", "", "", "voice", "", 1, 0),
        (hour + 1, "350100", "8123456", "first", "sms", "cmcc", 1, 1),
    ]


async def test_link_days_count_parts_redeliveries_and_refusals_by_chinas_days(
    journal: SqliteJournal, look: Look
) -> None:
    one = query()
    await journal.accept_part(PART)
    await journal.accept_part(replace(PART, number=2))
    await journal.accept_part(replace(PART, number=3))
    await journal.accept(one, "k")
    await journal.redelivered(one.uid)
    await journal.finish(one, ANSWER, Outcome(Ending.REFUSED, NOON + 13 * 3600, "cmcc-2", 11, (), 1))
    await journal.redelivered(one.uid)
    day = int((NOON + 8 * 3600) // 86_400)
    assert look("SELECT * FROM link_days ORDER BY measure") == [
        (day, day, "cmcc", "cmcc-1", "mo", 0, 1, 1),
        (day, day, "cmcc", "cmcc-1", "mo_parts", 0, 0, 2),
        (day, day, "cmcc", "cmcc-1", "mo_redelivered", 0, 0, 2),
        (day + 1, day + 1, "cmcc", "cmcc-2", "mt_refused", 11, 1, 1),
    ]
    assert look("SELECT parts, redeliveries FROM query_log") == [(3, 2)]


async def test_parts_wait_until_their_message_is_accepted(journal: SqliteJournal) -> None:
    other = MessagePart("other", 2, 2, b"x", '{"a": 1}', NOON + 1)
    await journal.accept_part(PART)
    await journal.accept_part(PART)
    await journal.accept_part(other)
    assert await journal.open_parts() == [PART, other]
    await journal.accept(query(), "k")
    assert await journal.open_parts() == [other]


async def test_fingerprints_of_open_and_logged_queries_are_found_by_arrival(journal: SqliteJournal) -> None:
    for number in (1, 2, 3):
        await journal.accept(query(number))
    await journal.accept(malformed(4))
    await journal.finish(query(2), ANSWER, sent())
    assert await journal.recent_fingerprints(NOON + 2) == [("print-2", query(2).uid), ("print-3", query(3).uid)]


async def test_the_last_uid_counts_open_and_logged_queries(journal: SqliteJournal) -> None:
    assert await journal.last_uid() == 0
    await journal.accept(query(1))
    await journal.accept(query(2))
    await journal.finish(query(2), ANSWER, sent())
    assert await journal.last_uid() == query(2).uid


async def test_the_latest_warning_is_the_callers_context_for_a_day(journal: SqliteJournal) -> None:
    caller = query().caller
    for number in (2, 1):
        await journal.accept(query(number))
        await journal.answer(query(number), WARNING, "cmcc-1")
    found = await journal.warning(caller, NOON + 100)
    assert found is not None
    assert (found.uid, found.code, found.opened_at) == (query(2).uid, CODE, NOON + 2)
    assert await journal.warning(caller, NOON + 3 + 86_400) is None
    assert await journal.warning(Caller("", "k1:other"), NOON + 100) is None
    await journal.prune(NOON + 3 + 86_400)
    assert await journal.warning(caller, NOON + 100) is None


async def test_a_report_is_kept_with_what_it_is_about(journal: SqliteJournal, look: Look) -> None:
    await journal.accept(query())
    await journal.finish(query(), REPORT, sent())
    assert look("SELECT kind, code, text, about_uid, caller, area FROM reports") == [
        ("report", CODE, "福清市场", 17, "k1:caller", "350100")
    ]


async def test_a_number_in_the_words_of_a_report_is_not_kept(journal: SqliteJournal, look: Look) -> None:
    told = replace(REPORT, report=Report(Intent.REPORT, CODE, "福清市场, call 139 1234 5678", 17))
    await journal.accept(query())
    await journal.finish(query(), told, sent())
    assert look("SELECT text FROM reports") == [("福清市场, call [电话]",)]


async def test_a_report_is_the_context_of_what_its_caller_texts_next(journal: SqliteJournal) -> None:
    await journal.accept(query())
    await journal.answer(query(), replace(REPORT, opens_context=True))
    found = await journal.warning(query().caller, NOON + 100)
    assert found is not None
    assert (found.uid, found.code) == (query().uid, CODE)


async def test_hostile_text_cannot_stop_the_writer(journal: SqliteJournal, look: Look) -> None:
    one = query(text="\ud800 '); DROP TABLE journal; -- \0 \U0001f600")
    await journal.accept(one)
    (found,) = await journal.open_queries()
    assert found.query.text == "? '); DROP TABLE journal; -- \0 \U0001f600"
    await journal.finish(one, ANSWER, sent())
    assert look("SELECT body FROM query_log") == [("? '); DROP TABLE journal; --  \U0001f600",)]


async def test_a_query_of_two_codes_has_two_look_ups(journal: SqliteJournal, look: Look) -> None:
    from dataclasses import replace

    answer = replace(ANSWER, findings=(ANSWER.findings[0], replace(ANSWER.findings[0], code=OTHER_CODE, stale=True)))
    await journal.accept(query())
    await journal.finish(query(), answer, sent())
    assert look("SELECT code, stale FROM lookups ORDER BY code") == [(CODE, 0), (OTHER_CODE, 1)]
    assert look("SELECT queries, lookups FROM rollups") == [(1, 2)]
    assert look("SELECT stale FROM query_log") == [(1,)]


async def test_two_gateways_cannot_hold_one_journal(journal: SqliteJournal, path: Path) -> None:
    with pytest.raises(SettingsFault, match="another gateway"):
        await SqliteJournal.opened(path, never)


async def test_a_file_that_is_no_journal_is_refused(path: Path) -> None:
    path.write_bytes(b"certainly not a database, nor anything like it" * 100)
    with pytest.raises(SettingsFault, match="journal"):
        await SqliteJournal.opened(path, never)


async def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    import sqlite3

    await (await SqliteJournal.opened(path, never)).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SettingsFault, match="version 99"):
        await SqliteJournal.opened(path, never)


async def test_an_sqlite_that_is_too_old_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 36, 0))
    with pytest.raises(SettingsFault, match=r"3\.37"):
        await SqliteJournal.opened(path, never)


async def test_an_empty_file_of_another_program_is_not_read_as_a_journal(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    with pytest.raises(SettingsFault, match="not a journal"):
        open_for_reading(path)


async def test_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="folder"):
        await SqliteJournal.opened(tmp_path / "missing" / "journal.db", never)
