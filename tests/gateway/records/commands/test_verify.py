from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.records.commands.verify import Soundness, verify
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, NOON, REPORT, WARNING, malformed, query, sent


@pytest.fixture
async def filled(path: Path) -> Path:
    """A closed journal with two open and four logged queries."""
    journal = await SqliteJournal.opened(path, never)
    queries = [query(1), malformed(2), query(3), query(4), query(5), query(3700)]
    await asyncio.gather(*[journal.accept(one) for one in queries])
    await journal.answer(queries[3], WARNING, "cmcc-1")
    for one, answer in zip(queries, (ANSWER, REPORT, WARNING), strict=False):
        await journal.finish(one, answer, sent())
    await journal.finish(queries[5], ANSWER, sent(NOON + 86_400))
    await journal.close()
    return path


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


async def test_a_journal_that_the_gateway_wrote_is_whole(filled: Path) -> None:
    assert verify(filled) == Soundness(2, 4, 3, 1, 0, ())


async def test_a_journal_in_use_can_be_verified(journal: SqliteJournal, path: Path) -> None:
    await journal.accept(query())
    assert verify(path).open_queries == 1


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("INSERT INTO journal(uid, query) SELECT uid, '[]' FROM query_log LIMIT 1", "both open and logged"),
        ("DELETE FROM query_log WHERE uid = (SELECT min(uid) FROM query_log)", "look-ups without their query"),
        ("DELETE FROM query_log WHERE channel = 'voice'", "reports without their query"),
        ("UPDATE rollups SET queries = queries + 1", "roll-ups of queries"),
        ("DELETE FROM rollups WHERE channel = 'voice'", "queries that the roll-ups lack"),
        ("UPDATE rollups SET lookups = 0", "look-ups that the roll-ups lack"),
        ("UPDATE lookups SET verdict = 'unknown'", "roll-ups of look-ups"),
        ("DELETE FROM link_days WHERE measure = 'mo'", "mo: the log has +3 messages"),
        ("UPDATE link_days SET link = 'x' WHERE measure = 'mo'", "link x: mo: the log has"),
        ("UPDATE link_days SET pdus = 0 WHERE measure = 'mt_sent'", "mt_sent: the log has +0 messages and +2 PDUs"),
        ("UPDATE journal SET query = '[1, 2]'", "its row cannot be read"),
        ("UPDATE journal SET answer = '[]' WHERE answer IS NOT NULL", "its row cannot be read"),
        ("UPDATE journal SET uid = uid + 1", "its row is of query"),
    ],
)
async def test_a_fault_between_the_tables_is_named(filled: Path, statement: str, fault: str) -> None:
    change(filled, statement)
    assert any(fault in found for found in verify(filled).faults)


async def test_a_damaged_file_is_said_to_be_damaged(filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    filled.write_bytes(content)
    with pytest.raises(SettingsFault, match="damaged"):
        verify(filled)


def test_no_journal_is_said_so(path: Path) -> None:
    with pytest.raises(SettingsFault, match="start the gateway once"):
        verify(path)
