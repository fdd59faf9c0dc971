from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.core.ports import MessagePart
from gateway.records.commands.replay import Replayed, replay
from gateway.records.commands.verify import verify
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, NOON, query, sent

NUMBER = query(1).caller.number


async def journal_with(path: Path, *, open_: tuple[int, ...], finished: tuple[int, ...] = ()) -> None:
    journal = await SqliteJournal.opened(path, never)
    for number in (*open_, *finished):
        await journal.accept(query(number))
    for number in finished:
        await journal.finish(query(number), ANSWER, sent())
    await journal.close()


async def open_uids(path: Path) -> list[int]:
    journal = await SqliteJournal.opened(path, never)
    found = [each.query.uid for each in await journal.open_queries()]
    await journal.close()
    return found


async def test_open_queries_and_parts_change_hands_and_the_log_stays(tmp_path: Path) -> None:
    dead, own = tmp_path / "dead.sqlite", tmp_path / "own.sqlite"
    await journal_with(dead, open_=(1, 2), finished=(3,))
    await journal_with(own, open_=(10,), finished=(11,))
    journal = await SqliteJournal.opened(dead, never)
    await journal.accept_part(MessagePart("key", 2, 1, b"half", "[]", NOON))
    await journal.answer(query(2), ANSWER, "link")
    await journal.close()
    assert replay(dead, own) == Replayed(queries=2, parts=1)
    assert await open_uids(own) == [query(1).uid, query(2).uid, query(10).uid]
    assert await open_uids(dead) == []
    assert (verify(dead).logged_queries, verify(own).logged_queries) == (1, 1)
    assert verify(dead).faults == verify(own).faults == ()
    assert NUMBER.encode() not in dead.read_bytes()
    assert replay(dead, own) == Replayed(0, 0)


async def test_what_was_finished_here_meanwhile_is_not_taken_again(tmp_path: Path) -> None:
    dead, own = tmp_path / "dead.sqlite", tmp_path / "own.sqlite"
    await journal_with(dead, open_=(1, 2))
    await journal_with(own, open_=(), finished=(1,))
    assert replay(dead, own).queries == 1
    assert await open_uids(own) == [query(2).uid]


async def test_a_journal_whose_gateway_runs_is_refused(tmp_path: Path) -> None:
    dead, own = tmp_path / "dead.sqlite", tmp_path / "own.sqlite"
    await journal_with(dead, open_=(1,))
    running = await SqliteJournal.opened(own, never)
    with pytest.raises(SettingsFault, match="another gateway holds this journal"):
        replay(dead, own)
    await running.close()
    assert await open_uids(dead) == [query(1).uid]
    with pytest.raises(SettingsFault, match="no such journal"):
        replay(tmp_path / "none.sqlite", own)
