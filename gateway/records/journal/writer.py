"""The writer: one thread with the one writing connection, committing in groups.

What queues up while a commit runs goes into the next one.  It is fail-stop: an exception that nobody foresaw ends the
thread and refuses everything that waits, then and later; a commit that failed for want of room or by an I/O fault
refuses its own batch only, and the next batch tries again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from gateway.core.answer import Answer, Outcome
from gateway.core.errors import NotDurable
from gateway.core.query import Query
from gateway.records.journal.intake import INSERT_BATCH, Step, prepare
from gateway.records.journal.rows import Row
from gateway.records.journal.tallies import Tally
from gateway.records.schema import open_for_writing

logger = logging.getLogger(__name__)

MAX_BATCH = 2_000  # changes in one commit: bounds the memory of a batch and the wait of the next
GATHER_SECONDS = 0.002  # for others to share a commit: a quarter less CPU a query, for 6 ms of its reply's time
Ended = tuple[Query, Answer, Outcome]
_Change = tuple[Sequence[Row], Ended | None, "asyncio.Future[None]"]
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode

# Result codes (https://www.sqlite.org/rescode.html) after which the next commit may succeed.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


@dataclass(slots=True)
class _Plan:
    """What one batch does: its rows, the queries that it opens and closes, and whether the log is emptied after it."""

    rows: list[Row] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    empties_log: bool = False


class Writer:
    """Takes changes from the event loop and gives each a future that is resolved when the change is durable."""

    def __init__(
        self, path: Path, loop: asyncio.AbstractEventLoop, on_failure: Callable[[BaseException], None]
    ) -> None:
        self._loop = loop
        self._on_failure = on_failure
        self._gathered: list[_Change] = []  # in this turn of the loop; one wake-up of the thread for all of them
        self._waiting: SimpleQueue[list[_Change]] = SimpleQueue()  # an empty list asks for the end
        self._failure: BaseException | None = None
        self._refuses = False
        self._connection = open_for_writing(path, prepare)
        self._open = {uid for (uid,) in self._connection.execute("SELECT uid FROM journal")}
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def prepare(self, script: str) -> None:
        """Give the writing connection more triggers, before the first change is submitted."""
        self._connection.executescript(script)

    def submit(self, rows: Sequence[Row], ended: Ended | None = None) -> asyncio.Future[None]:
        """Queue one change.  `ended`: it finishes a query, whose counts go into the roll-ups.

        The future raises NotDurable if the commit fails, in which case nothing of the change is kept.
        """
        future = self._loop.create_future()
        if self._failure is not None:
            future.set_exception(_stopped(self._failure))
            return future
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((rows, ended, future))
        return future

    def _hand_over(self) -> None:
        if self._gathered:
            self._waiting.put(self._gathered)
            self._gathered = []

    async def close(self) -> None:
        """Commit what waits, empty the write-ahead log, and end the thread."""
        self._hand_over()
        self._waiting.put([])
        await self._loop.run_in_executor(None, self._thread.join)
        self._connection.close()

    def _run(self) -> None:
        batch: list[_Change] = []
        try:
            while batch := self._next_batch(GATHER_SECONDS):
                refusal = self._commit(batch)
                self._tell(refusal)
                self._settle(batch, refusal)
            self._empty_log()
        except BaseException as exc:  # noqa: BLE001 - fail-stop: whatever it is, no change may be taken for durable
            self._failure = exc
            self._loop.call_soon_threadsafe(self._refuse_all, exc, batch)

    def _tell(self, refusal: NotDurable | None) -> None:
        """Say once that commits fail, and once that they succeed again."""
        if (refusal is not None) != self._refuses:
            self._refuses = refusal is not None
            if refusal is None:
                logger.warning("the journal commits again", extra={"event": "journal", "state": "commits"})
            else:
                logger.error(
                    "%s; until it can, messages are refused and come again",
                    refusal,
                    extra={"event": "journal", "state": "fails"},
                )

    def _next_batch(self, gather_seconds: float = 0.0) -> list[_Change]:
        """What waits, at least one change, and what comes in `gather_seconds`; empty when there will be no more."""
        batch = list(self._waiting.get())
        if batch:
            time.sleep(gather_seconds)
        while batch and len(batch) < MAX_BATCH and not self._waiting.empty():
            more = self._waiting.get()
            if not more:
                self._waiting.put(more)  # the end was asked for: it is the next round's
                break
            batch += more
        return batch

    def _commit(self, batch: Sequence[_Change]) -> NotDurable | None:
        """Write a batch.  Returns the reason if it was not durable for a cause that may pass; raises others."""
        plan = self._planned(batch)
        text = _encode(plan.rows)
        try:
            try:
                self._connection.execute(INSERT_BATCH, (text,))
            except UnicodeEncodeError:  # a lone surrogate in a text: no encoding can keep it
                self._connection.execute(INSERT_BATCH, (text.encode(errors="replace").decode(),))
            if plan.empties_log:
                self._empty_log()
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF in _PASSING:
                return NotDurable(f"the journal could not commit ({exc}): see to room and rights on its disk")
            raise
        self._open |= plan.opened
        self._open -= plan.closed
        return None

    def _planned(self, batch: Sequence[_Change]) -> _Plan:
        """The batch as rows, its counts among them.  The repeated end of a query has no rows."""
        plan = _Plan()
        tally = Tally()
        for changes, ended, _ in batch:
            step, uid = changes[0][0], changes[0][1]
            if ended is not None:
                if uid in plan.closed or (uid not in self._open and uid not in plan.opened):
                    continue
                plan.closed.add(uid)
                tally.add(*ended)
            elif step is Step.ACCEPT:
                plan.opened.add(uid)
            elif step is Step.PRUNE:
                plan.empties_log = True
            plan.rows += changes
        plan.rows += tally.rows()
        return plan

    def _empty_log(self) -> None:
        """Move all to the database and empty the write-ahead log, in which wiped rows outlive their wiping."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _settle(self, batch: Sequence[_Change], refusal: NotDurable | None) -> None:
        self._loop.call_soon_threadsafe(_resolve, [future for _, _, future in batch], refusal)

    def _refuse_all(self, failure: BaseException, batch: Sequence[_Change]) -> None:
        """In the loop, so that nothing is queued after it, and in one turn: refuse all and tell who watches."""
        _resolve([future for _, _, future in batch], _stopped(failure))
        self._hand_over()
        while not self._waiting.empty():
            _resolve([future for _, _, future in self._waiting.get()], _stopped(failure))
        self._on_failure(failure)


def _resolve(futures: Sequence[asyncio.Future[None]], refusal: NotDurable | None) -> None:
    for future in futures:
        if not future.done():
            if refusal is None:
                future.set_result(None)
            else:
                future.set_exception(NotDurable(*refusal.args))  # its own: a raised one gathers tracebacks


def _stopped(failure: BaseException) -> NotDurable:
    return NotDurable(f"the journal's writer stopped ({failure!r}): mend the cause and start the gateway again")
