"""What a start finds damaged: a write-ahead log that was overwritten, or pages of the journal.

SQLite reads its write-ahead log as far as the checksums hold and silently drops the rest.  After a crash that is
right for a commit that was not finished; commits that were finished, and acknowledged, must not go unnoticed.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.core.errors import SettingsFault

logger = logging.getLogger(__name__)

# https://www.sqlite.org/fileformat2.html, 4.1 and 4.2: the header and the frames of the write-ahead log
_MAGIC = 0x377F0682  # and the next number, where checksums are of big-endian words
_HEADER_OCTETS, _FRAME_HEADER_OCTETS = 32, 24
_SALTS_BACK = 1 << 20  # the first salt is one more each time the log begins anew: frames of earlier logs may follow
_CHECKED_TABLES = ("journal", "parts")
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class BrokenLog:
    """Up to `whole_frames` the log is as it was written; of the frames after it, at least `lost_frames` were in use."""

    whole_frames: int
    lost_frames: int


def broken_log(path: Path) -> BrokenLog | None:
    """How the write-ahead log at `path` is damaged; None if it is whole, or its last commit just was not finished."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_OCTETS)
            if len(header) < _HEADER_OCTETS:
                return None
            magic, _, page_octets, _, *salts = struct.unpack_from(">6L", header)
            if magic & ~1 != _MAGIC or not 512 <= page_octets <= 65_536:
                return BrokenLog(0, max(1, path.stat().st_size // 4096))
            words = ">" if magic & 1 else "<"
            state = _checksum(words, header[:24], (0, 0))
            if state != struct.unpack_from(">2L", header, 24):
                return BrokenLog(0, max(1, path.stat().st_size // (page_octets + _FRAME_HEADER_OCTETS)))
            return _broken(_frames(file, page_octets), words, salts, state)
    except FileNotFoundError:
        return None


def _frames(file: BinaryIO, page_octets: int) -> Iterator[tuple[bytes, bytes]]:
    """Each frame's header and its page; an append that was cut off is none."""
    while len(octets := file.read(_FRAME_HEADER_OCTETS + page_octets)) == _FRAME_HEADER_OCTETS + page_octets:
        yield octets[:_FRAME_HEADER_OCTETS], octets[_FRAME_HEADER_OCTETS:]


def _broken(
    frames: Iterator[tuple[bytes, bytes]], words: str, salts: list[int], state: tuple[int, int]
) -> BrokenLog | None:
    """`salts` and `state`, the running checksum, are of the log's header."""
    whole, lost, holds = 0, 0, True
    for number, (header, page) in enumerate(frames, start=1):
        _, pages_after_commit, *found = struct.unpack_from(">4L", header)
        if found != salts and 0 < salts[0] - found[0] <= _SALTS_BACK:
            break  # left over from before this log began: all of this one was read
        if holds:
            state = _checksum(words, page, _checksum(words, header[:8], state))
            holds = found == salts and state == struct.unpack_from(">2L", header, 16)
            whole = number if holds and pages_after_commit else whole
        if not holds and (pages_after_commit or found != salts):
            lost = number - whole  # a finished commit, or no frame at all any more
    return BrokenLog(whole, lost) if lost else None


def _checksum(words: str, octets: bytes, state: tuple[int, int]) -> tuple[int, int]:
    """The running checksum of the file format, 4.2, over whole pairs of 32-bit words."""
    first, second = state
    numbers = struct.unpack(f"{words}{len(octets) // 4}L", octets)
    for even, odd in zip(numbers[::2], numbers[1::2], strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second


def keep_broken_log(journal: Path) -> Path | None:
    """Say that the journal's write-ahead log is damaged, and keep a copy of it; None if it is not.

    To be called before SQLite opens the journal: it reads what is whole and then begins the log anew.
    """
    path = journal.with_name(journal.name + "-wal")
    broken = broken_log(path)
    if broken is None:
        return None
    kept = _free_name(path)
    with path.open("rb") as source, os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        shutil.copyfileobj(source, copy)
    logger.error(
        "%s is damaged after frame %d: up to %d frames of finished commits cannot be read, so messages that were"
        " acknowledged last may be missing from the log. The gateway goes on with what is whole. The damaged file is"
        " kept as %s: compare the carriers' records with `journal export queries`, then delete it, for it holds clear"
        " numbers", path, broken.whole_frames, broken.lost_frames, kept,
    )  # fmt: skip
    return kept


def _free_name(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return kept


def refuse_damaged(journal: Path) -> None:
    """Raises SettingsFault if what the journal holds open cannot be read, or its newest log rows.

    The whole log is for `journal verify`: reading it all would keep consumers waiting.
    """
    try:
        with closing(sqlite3.connect(journal)) as connection:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
                return
            for table in _CHECKED_TABLES:
                for (fault,) in connection.execute(f"PRAGMA quick_check({table})"):
                    if fault != "ok":
                        raise _damaged(journal, fault)
            connection.execute("SELECT * FROM query_log ORDER BY uid DESC LIMIT 100").fetchall()
    except sqlite3.DatabaseError as exc:
        if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:  # rights, another program's file: said elsewhere
            return
        raise _damaged(journal, str(exc)) from exc


def _damaged(journal: Path, fault: str) -> SettingsFault:
    return SettingsFault(
        f"{journal}: the journal is damaged ({fault}): nothing was changed; keep a copy of it and of the files beside"
        " it, then restore a backup, or recover what is readable with `sqlite3 FILE .recover`"
    )
