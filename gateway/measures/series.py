"""The series, kept over restarts: the last hour by seconds, the last day by minutes, the last year by hours.

They are charts' data and no more: whatever happens to their file, the gateway goes on.  A file that cannot be used is
moved aside and a new one begun; a disk that is full is tried again with the next batch, of which at most so many
seconds are held.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.measures.sample import Sample, Subject
from gateway.measures.series_file import Dated, SeriesFile, Span, merged

logger = logging.getLogger(__name__)

HELD_SECONDS = 120
"""While the file cannot be written, so much is held in memory; then the oldest go."""
_BROKEN = {"event": "series", "state": "broken"}  # for the log
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
                      sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over time: `times` are the beginnings (Unix time) of intervals of `resolution_seconds`, without a
    hole, oldest first; a value is None where nothing was measured: a gap, to be shown as one."""

    name: str
    resolution_seconds: int
    times: tuple[int, ...]
    values: tuple[float | None, ...]


class SeriesStore:
    """`add` from the event loop; `flush`, `read` and `close` block: call them in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: SeriesFile | None = None
        self._seconds: deque[tuple[int, Mapping[Subject, Sample]]] = deque(maxlen=HELD_SECONDS)
        self._lock = threading.Lock()  # a second is either in the file or among those held, for all who read
        self.fault = ""
        """Why the series are not kept at present; "" if they are."""

    def add(self, at: int, samples: Mapping[Subject, Sample]) -> None:
        """One second's samples; `at` is when it began (Unix time)."""
        self._seconds.append((at, samples))

    def flush(self, now: int) -> None:
        """Write what has been added.  Never raises for the file's sake: it is said in the log and in `fault`."""
        with self._lock:
            held = len(self._seconds)
            batch = self._held(held)
            try:
                self._write(batch, now)
            except (sqlite3.Error, OSError) as exc:
                self._tell(f"the series of measures cannot be kept in {self._path} ({exc})")
                return
            for _ in range(min(held, len(self._seconds))):
                self._seconds.popleft()
            self._tell("")

    def read(self, names: Sequence[str], subject: Subject, span: Span, now: int) -> tuple[Series, ...]:
        """The series of these measures (see `sample`), up to the interval before the one that `now` is in.

        What is not on record is a gap; so is everything while the file cannot be read.
        """
        last = span.begins(now) - span.resolution_seconds
        first = span.begins(now - span.seconds)
        with self._lock:
            samples = self._stored(span, subject, first)
            for (_, at), sample in merged(self._held(len(self._seconds), subject), span).items():
                samples[at] = samples[at].merged(sample) if at in samples else sample
        times = tuple(range(first, last + 1, span.resolution_seconds))
        found = [samples.get(at) for at in times]
        return tuple(
            Series(name, span.resolution_seconds, times, tuple(None if s is None else s.value(name) for s in found))
            for name in names
        )

    def close(self, now: int) -> None:
        """Write the rest and let the file go."""
        self.flush(now)
        with self._lock:
            self._let_go()

    def _held(self, count: int, only: Subject | None = None) -> list[Dated]:
        seconds = tuple(self._seconds)[:count]
        return [
            Dated(at, subject, sample)
            for at, samples in seconds
            for subject, sample in samples.items()
            if only is None or subject == only
        ]

    def _stored(self, span: Span, subject: Subject, since: int) -> dict[int, Sample]:
        try:
            return self._opened().read(span, subject, since)
        except (sqlite3.Error, OSError) as exc:
            logger.warning("the series of measures cannot be read from %s (%s)", self._path, exc)
            self._let_go()  # it is looked through when it is opened again, and moved aside if it is broken
            return {}

    def _write(self, batch: Sequence[Dated], now: int) -> None:
        """Into the file; if that is broken, into a new one."""
        try:
            self._opened().write(batch, now)
        except sqlite3.DatabaseError as exc:
            if getattr(exc, "sqlite_errorcode", 0) & 0xFF in _PASSING:
                raise
            self._move_aside(str(exc))
            self._opened().write(batch, now)

    def _opened(self) -> SeriesFile:
        if self._file is None:
            self._file = SeriesFile(self._path)
        return self._file

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _move_aside(self, why: str) -> None:
        """Keep the broken file, one at most, for whoever wants to look at it."""
        self._let_go()
        aside = self._path.with_name(self._path.name + ".broken")
        self._path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        logger.error(
            "the series of measures are broken (%s): they are now in %s, and begin anew", why, aside, extra=_BROKEN
        )

    def _tell(self, fault: str) -> None:
        """Say once that it does not work, and once that it works again."""
        if fault and not self.fault:
            logger.error("%s; see to room and rights there; queries are answered all the same", fault, extra=_BROKEN)
        elif self.fault and not fault:
            logger.warning("the series of measures are kept again", extra={"event": "series", "state": "kept"})
        self.fault = fault
