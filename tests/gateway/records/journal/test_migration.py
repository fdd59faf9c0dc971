"""A journal of the version before this one: opened, brought to this version, and gone on with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.check import check
from gateway.core.errors import SettingsFault
from gateway.records.commands.verify import verify
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.privacy.callers import recorded_callers
from gateway.records.schema import VERSION, open_for_reading
from tests.gateway.records.conftest import Look, never
from tests.gateway.records.samples import ANSWER, query, sent

VERSION_1 = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")


@pytest.fixture
def old(path: Path) -> Path:
    """A file that version 1 wrote, with four logged queries and an open one."""
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1)
    connection.close()
    return path


async def test_a_journal_of_version_1_keeps_everything_and_agrees_with_itself(old: Path, look: Look) -> None:
    journal = await SqliteJournal.opened(old, never)
    (found,) = await journal.open_queries()
    assert found.query.uid == query(4).uid
    await journal.finish(found.query, ANSWER, sent(receipt_ids=("a1",)))
    await journal.close()
    sound = verify(old)
    assert (sound.logged_queries, sound.open_queries, sound.faults) == (5, 0, ())
    assert look("PRAGMA user_version") == [(VERSION,)]
    assert look("SELECT link, messages, pdus FROM link_days WHERE measure = 'mt_resent'") == [("cmcc-1", 1, 1)]
    assert look("SELECT count(*) FROM receipts") == [(1,)]


async def test_a_journal_that_was_brought_up_is_as_a_new_one(old: Path, tmp_path: Path) -> None:
    def shape(path: Path) -> set[tuple[str, str, str]]:
        connection = sqlite3.connect(path)
        found = connection.execute("SELECT type, name FROM sqlite_schema").fetchall()
        columns = [
            (name, str(column[1]), str(column[2]))
            for kind, name in found
            if kind == "table"
            for column in connection.execute(f"PRAGMA table_info({name})")
        ]
        connection.close()
        return {(kind, name, "") for kind, name in found} | set(columns)

    new = tmp_path / "new.db"
    for path in (old, new):
        await (await SqliteJournal.opened(path, never)).close()
    assert shape(old) == shape(new)


async def test_a_journal_of_version_2_keeps_its_reports_without_the_deadline_that_never_was(
    path: Path, look: Look
) -> None:
    await (await SqliteJournal.opened(path, never)).close()
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE reports ADD COLUMN deadline_at REAL")
    connection.execute("INSERT INTO reports(uid, kind, code, text) VALUES (7, 'report', '1', 'words')")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    await (await SqliteJournal.opened(path, never)).close()
    assert look("SELECT * FROM reports") == [(7, "report", "1", "words", None, None, None, None)]
    assert look("PRAGMA user_version") == [(VERSION,)]


async def test_a_change_of_version_that_is_cut_off_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = sqlite3.connect(old)
    broken.execute("CREATE TABLE closed_days(in_the_way TEXT)")
    broken.commit()
    broken.close()
    with pytest.raises((sqlite3.Error, SettingsFault)):
        await SqliteJournal.opened(old, never)
    mended = sqlite3.connect(old)
    assert mended.execute("PRAGMA user_version").fetchone() == (1,)
    mended.execute("DROP TABLE closed_days")
    mended.commit()
    mended.close()
    await (await SqliteJournal.opened(old, never)).close()
    assert verify(old).faults == ()


def test_until_then_its_accounts_are_not_read(old: Path) -> None:
    with pytest.raises(SettingsFault, match="start the gateway once"):
        open_for_reading(old)
    assert "k1:caller" in recorded_callers(old, ["k1"])


def test_check_says_that_it_will_be_brought_up(old: Path, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('[records]\npath = "journal.db"\npseudonym_keys = { k1 = "k1.key" }\n')
    assert f"journal: {old}, of version 1, brought to this one at the start" in check(tmp_path).lines
