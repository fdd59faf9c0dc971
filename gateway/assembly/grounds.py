"""What every part of the daemon is built on."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from gateway.machine import Machine
from gateway.measures.watched import WatchedJournal
from gateway.reactor import MonotonicReactor
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Grounds:
    """Settings, reactor, clocks, the journal, and the stack of what is to be done at the end.

    `queries` is the journal for those who bring queries in and to their end: what passes there is measured.
    """

    settings: Settings
    reactor: MonotonicReactor
    machine: Machine
    journal: SqliteJournal
    queries: WatchedJournal
    ends: AsyncExitStack
