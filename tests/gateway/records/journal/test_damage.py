from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.records.journal.damage import broken_log, keep_broken_log, refuse_damaged

_HEADER_OCTETS, _FRAME_OCTETS = 32, 24 + 4096


@pytest.fixture
def crashed(tmp_path: Path) -> Iterator[Path]:
    """A database as a crash leaves it: thirty commits in its write-ahead log, the last of them not finished."""
    living = tmp_path / "living.sqlite"
    connection = sqlite3.connect(living, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.executescript(
        "CREATE TABLE journal(uid INTEGER PRIMARY KEY, text); CREATE TABLE parts(uid INTEGER PRIMARY KEY);"
        "CREATE TABLE query_log(uid INTEGER PRIMARY KEY);"
    )
    for number in range(30):
        connection.execute("INSERT INTO journal(text) VALUES (?)", (f"{number} " * 400,))
    path = tmp_path / "journal.sqlite"
    shutil.copy(living, path)
    shutil.copy(f"{living}-wal", f"{path}-wal")
    yield path
    connection.close()


def wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def overwrite(path: Path, offset: int, octets: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(octets)


def rows(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])
    finally:
        connection.close()


def test_a_log_that_a_crash_left_is_whole(crashed: Path) -> None:
    assert broken_log(wal(crashed)) is None
    assert keep_broken_log(crashed) is None
    assert rows(crashed) == 30


def test_no_log_and_an_empty_one_are_whole(tmp_path: Path) -> None:
    assert broken_log(tmp_path / "none-wal") is None
    (tmp_path / "empty-wal").write_bytes(b"")
    assert broken_log(tmp_path / "empty-wal") is None


def test_an_append_that_was_cut_off_is_no_damage(crashed: Path) -> None:
    os.truncate(wal(crashed), wal(crashed).stat().st_size - 100 - _FRAME_OCTETS)
    assert broken_log(wal(crashed)) is None


def test_frames_of_an_earlier_log_are_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE journal(text)")
    for _ in range(20):
        connection.execute("INSERT INTO journal VALUES (?)", ("x" * 3000,))
    connection.execute("PRAGMA wal_checkpoint(RESTART)")
    connection.execute("INSERT INTO journal VALUES ('begins the log anew')")
    assert broken_log(wal(path)) is None
    connection.close()


@pytest.mark.parametrize("frame", [0, 7, 20])
@pytest.mark.parametrize("place", [0, 4, 8, 16, 24, 3000])
def test_one_octet_changed_in_a_frame_is_told_and_the_file_is_kept(
    crashed: Path, frame: int, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    offset = _HEADER_OCTETS + frame * _FRAME_OCTETS + place
    (octet,) = wal(crashed).read_bytes()[offset : offset + 1]
    overwrite(wal(crashed), offset, bytes((octet ^ 0x40,)))
    damaged = wal(crashed).read_bytes()
    broken = broken_log(wal(crashed))
    assert broken is not None
    assert broken.whole_frames <= frame
    kept = keep_broken_log(crashed)
    assert kept is not None
    assert kept.read_bytes() == damaged
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "acknowledged last may be missing" in caplog.text


def test_a_tail_of_zeros_is_told(crashed: Path) -> None:
    overwrite(wal(crashed), wal(crashed).stat().st_size - 2 * _FRAME_OCTETS, bytes(2 * _FRAME_OCTETS))
    broken = broken_log(wal(crashed))
    assert broken is not None
    assert broken.lost_frames >= 2
    assert rows(crashed) < 30  # SQLite says nothing of it


@pytest.mark.parametrize("place", [0, 8, 16, 25])
def test_a_damaged_head_of_the_log_is_told(crashed: Path, place: int) -> None:
    overwrite(wal(crashed), place, b"\xaa\xbb\xcc\xdd")
    broken = broken_log(wal(crashed))
    assert broken is not None
    assert broken.whole_frames == 0


def test_copies_of_several_damages_are_kept_apart(crashed: Path) -> None:
    overwrite(wal(crashed), _HEADER_OCTETS + 100, b"zzzz")
    assert keep_broken_log(crashed) != keep_broken_log(crashed)


def test_a_damaged_page_of_open_queries_is_refused_with_what_to_do(crashed: Path) -> None:
    assert rows(crashed) == 30  # and the log is moved to the database
    refuse_damaged(crashed)
    for page in range(4, 8):
        overwrite(crashed, page * 4096, b"\xff" * 2000)
    with pytest.raises(SettingsFault, match=r"is damaged .* restore a backup"):
        refuse_damaged(crashed)


def test_a_new_journal_and_a_file_of_another_program_are_left_to_others(tmp_path: Path) -> None:
    refuse_damaged(tmp_path / "new.sqlite")
    (tmp_path / "letter").write_text("Dear all, " * 1000)
    refuse_damaged(tmp_path / "letter")
