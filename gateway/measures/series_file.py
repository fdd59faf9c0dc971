"""The file of the series: samples by resolution, subject and time, in SQLite.  Blocking; for threads.

A sample of one second is merged into its second, its minute and its hour in one transaction: each is right after a
crash, and none is counted twice.  What is older than its resolution's time, or dated wrongly, is dropped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.measures.sample import Sample, Subject, decoded, encoded

_VERSION = 1
_SCHEMA = """
CREATE TABLE samples (
    resolution_seconds INTEGER NOT NULL, carrier TEXT NOT NULL, link TEXT NOT NULL, at INTEGER NOT NULL,
    sample BLOB NOT NULL, PRIMARY KEY (resolution_seconds, carrier, link, at)
)
"""
_KEY = "resolution_seconds = ? AND carrier = ? AND link = ?"


class Span(Enum):
    """How far back, and how finely: (the length, the resolution), both in seconds."""

    HOUR = (3_600, 1)
    DAY = (86_400, 60)
    YEAR = (366 * 86_400, 3_600)

    @property
    def seconds(self) -> int:
        """How far back it reaches."""
        return self.value[0]

    @property
    def resolution_seconds(self) -> int:
        """The time that one value stands for."""
        return self.value[1]

    def begins(self, at: int) -> int:
        """The beginning of the interval that `at` (Unix time) is in."""
        return at - at % self.resolution_seconds


@dataclass(frozen=True, slots=True)
class Dated:
    """A sample of one second: `at` is when it began (Unix time)."""

    at: int
    subject: Subject
    sample: Sample


class SeriesFile:
    """One connection to one file, made if missing.  Every method may raise sqlite3.Error or OSError."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        self._looked_through = False
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # the last seconds may be lost with the machine, no more
        connection.execute("PRAGMA journal_size_limit = 1048576")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if not tables:
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}, not {_VERSION}")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def write(self, batch: Sequence[Dated], now: int) -> None:
        """Merge a batch into every resolution, and drop what is too old at `now` (Unix time): one transaction."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for span in Span:
                for (subject, at), sample in merged(batch, span).items():
                    self._merge(span, subject, at, sample)
                self._drop(span, {dated.subject for dated in batch}, now)
            connection.execute("COMMIT")
            self._looked_through = True
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _drop(self, span: Span, subjects: Set[Subject], now: int) -> None:
        """Drop what is too old or dated wrongly: of these subjects, and once in a connection's life of all."""
        oldest, newest = now - span.seconds, now + span.seconds
        execute = self._connection.execute
        if not self._looked_through:  # subjects that are configured no more
            whole = "DELETE FROM samples WHERE resolution_seconds = ? AND (at < ? OR at > ?)"
            execute(whole, (span.resolution_seconds, oldest, newest))
        for subject in subjects:  # two statements, each with a range of the key: neither reads what it does not drop
            key = (span.resolution_seconds, subject.carrier, subject.link)
            execute(f"DELETE FROM samples WHERE {_KEY} AND at < ?", (*key, oldest))  # noqa: S608  # a constant
            execute(f"DELETE FROM samples WHERE {_KEY} AND at > ?", (*key, newest))  # noqa: S608  # a constant

    def _merge(self, span: Span, subject: Subject, at: int, sample: Sample) -> None:
        key = (span.resolution_seconds, subject.carrier, subject.link, at)
        found = self._connection.execute(f"SELECT sample FROM samples WHERE {_KEY} AND at = ?", key).fetchone()  # noqa: S608  # a constant
        earlier = _decoded(found[0]) if found else None
        whole = earlier.merged(sample) if earlier else sample
        self._connection.execute("REPLACE INTO samples VALUES (?, ?, ?, ?, ?)", (*key, encoded(whole)))

    def read(self, span: Span, subject: Subject, since: int) -> dict[int, Sample]:
        """The samples of a subject that began at `since` (Unix time) or later, by when they began."""
        found = self._connection.execute(
            f"SELECT at, sample FROM samples WHERE {_KEY} AND at >= ? ORDER BY at",  # noqa: S608  # a constant
            (span.resolution_seconds, subject.carrier, subject.link, since),
        )
        return {at: sample for at, octets in found if (sample := _decoded(octets))}


def merged(batch: Iterable[Dated], span: Span) -> dict[tuple[Subject, int], Sample]:
    """The batch's samples by subject and interval."""
    found: dict[tuple[Subject, int], Sample] = {}
    for dated in batch:
        key = (dated.subject, span.begins(dated.at))
        found[key] = found[key].merged(dated.sample) if key in found else dated.sample
    return found


def _decoded(octets: bytes) -> Sample | None:
    """None for what is no sample: the interval is then a gap, or is begun anew."""
    try:
        return decoded(octets)
    except ValueError:
        return None
