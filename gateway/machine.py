"""What a process has of its machine besides the network."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.records.journal.sqlite_journal import SqliteJournal


@dataclass(frozen=True, slots=True)
class Machine:
    """Two clocks and a disk.

    `clock`: Unix time in seconds; `steady`: seconds that only go forward; `open_journal` as SqliteJournal.opened.
    """

    clock: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    open_journal: Callable[[Path, Callable[[BaseException], None]], Awaitable[SqliteJournal]] = SqliteJournal.opened
