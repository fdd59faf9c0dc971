"""The journal on SQLite: accepted queries until they are finished, and the log of those that are."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from gateway.core.answer import Answer, Outcome
from gateway.core.errors import NotDurable, SettingsFault
from gateway.core.ports import Context, JournalState, MessagePart, OpenQuery, OtherKind, Refusal
from gateway.core.query import Caller, Query
from gateway.core.receipts import ReceiptTold
from gateway.core.uid import arrival_bound
from gateway.records.journal import day_rows, rows
from gateway.records.journal.damage import keep_broken_log, refuse_damaged
from gateway.records.journal.intake import Step
from gateway.records.journal.open_codes import OpenCodes
from gateway.records.journal.reader import Reader
from gateway.records.journal.refusals import RefusalCounts
from gateway.records.journal.writer import Writer
from gateway.records.privacy.scrubbing import scrubbed

_NOTHING = 0  # a step that no trigger of the intake waits for
CONTEXT_SECONDS = 24 * 3600.0


class SqliteJournal:
    """The ports Journal and Contexts on one file.  One process at a time may hold it.

    `open_codes` holds the codes of the open queries, from the moment they are accepted; `reader` reads beside the
    writer.  `before_accept`, if set, keeps a query elsewhere too before it is accepted, and may raise NotDurable.
    `on_failure` is called in the loop if the writer stops for good: the gateway can only end then.
    """

    before_accept: Callable[[Query], Awaitable[None]] | None = None

    def __init__(self, path: Path, on_failure: Callable[[BaseException], None]) -> None:
        """Opens `path`, made new if missing.  Raises SettingsFault if it cannot be used.  Needs a running loop.

        A write-ahead log that was damaged is told in the log and set aside; see damage.py.
        """
        loop = asyncio.get_running_loop()
        self._lock = hold(path)
        try:
            keep_broken_log(path)
            refuse_damaged(path)
            self._writer = Writer(path, loop, on_failure)
            self.reader = Reader(path, loop)
        except sqlite3.Error as exc:
            raise SettingsFault(
                f"{path}: the journal cannot be opened ({exc}): mend it or its folder's rights"
            ) from exc
        self.open_codes = OpenCodes()
        self._refusals = RefusalCounts(self._writer.submit)

    @classmethod
    async def opened(cls, path: Path, on_failure: Callable[[BaseException], None]) -> Self:
        """The journal at `path`, its open queries already among `open_codes`."""
        journal = cls(path, on_failure)
        for found in await journal.open_queries():
            journal.open_codes.enter(found.query)
        return journal

    async def close(self) -> None:
        """Commit what waits and let the file go."""
        await self._refusals.close()
        await self._writer.close()
        self.reader.close()
        self._lock.close()

    async def accept(self, query: Query, parts_key: str = "") -> None:
        """See ports.Journal."""
        change = [rows.accepted(query)]
        if parts_key:
            change.append((Step.WHOLE, query.uid, parts_key))
        self.open_codes.enter(query)
        try:
            if self.before_accept is not None:
                await self.before_accept(query)
            await self._writer.submit(change)
        except NotDurable:
            self.open_codes.leave(query.uid)
            raise

    async def accept_part(self, part: MessagePart) -> None:
        """See ports.Journal."""
        await self._writer.submit([rows.kept_part(part)])

    async def answer(self, query: Query, answer: Answer, sending_link: str = "") -> None:
        """See ports.Journal."""
        change = [rows.answered(query.uid, answer, sending_link)]
        if answer.opens_context:
            change.append(rows.context(query, answer))
        await self._writer.submit(change)

    async def sending(self, uid: int, link: str) -> None:
        """See ports.Journal."""
        await self._writer.submit([(Step.SENDING, uid, link)])

    async def finish(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """See ports.Journal.  Finishing a query that is finished already changes nothing."""
        change = [rows.finished(query, answer, outcome, scrubbed(query.text, query.understanding.codes))]
        for finding in answer.findings:
            change.append(rows.looked_up(query, finding, outcome.at))
        if answer.report is not None:
            change.append(rows.reported(query, answer.report, scrubbed(answer.report.text, query.understanding.codes)))
        if answer.opens_context:
            change.append(rows.context(query, answer))
        if outcome.receipt_ids and query.route is not None:
            change += day_rows.awaited(query.uid, query.route.carrier, outcome)
        await self._writer.submit(change, (query, answer, outcome))
        self.open_codes.leave(query.uid)

    async def redelivered(self, uid: int) -> None:
        """See ports.Journal."""
        await self._writer.submit([(Step.REDELIVERED, uid)])

    async def refused(self, refusal: Refusal) -> None:
        """See ports.Journal."""
        await self._refusals.count(refusal)

    async def receipt_told(self, receipt: ReceiptTold) -> None:
        """See ports.Journal."""
        await self._writer.submit([day_rows.told(receipt)])

    async def sent_besides(self, uid: int, carrier: str, kind: OtherKind, outcome: Outcome) -> None:
        """See ports.Journal."""
        await self._writer.submit([day_rows.besides(uid, carrier, kind, outcome)])

    async def change(self, *changes: rows.Row) -> None:
        """Some rows of day_rows, at least one, in one commit.  Raises NotDurable."""
        await self._writer.submit(changes)

    def begin_shipping(self, script: str) -> None:
        """From now on note which queries a shared log does not have yet; the first time, all.  Before any change."""
        self._writer.prepare(script)

    async def shipped(self, versions: Sequence[tuple[int, int]], step: int) -> None:
        """These queries, each in this version, are in the shared log.  Raises NotDurable."""
        await self._writer.submit([(step, *version) for version in versions])

    async def lives(self) -> None:
        """Return once the writer has taken its turn, whether it can commit or not."""
        with suppress(NotDurable):
            await self._writer.submit([(_NOTHING, 0)])

    async def prune(self, now: float) -> None:
        """Drop contexts, and parts of messages that never became whole, older than 24 hours at `now` (Unix time).

        Then empty the write-ahead log: clear numbers of finished queries are in no file any more.  Call it by the hour.
        """
        await self._writer.submit([(Step.PRUNE, 0, now - CONTEXT_SECONDS)])

    async def open_queries(self) -> list[OpenQuery]:
        """See ports.Journal."""
        return await self.reader.ask(_open_queries)

    async def open_parts(self) -> list[MessagePart]:
        """See ports.Journal."""
        return await self.reader.ask(_open_parts)

    async def recent_fingerprints(self, since: float) -> list[tuple[str, int]]:
        """See ports.Journal."""
        return await self.reader.ask(lambda connection: _fingerprints(connection, arrival_bound(since)))

    async def last_uid(self) -> int:
        """The greatest uid ever accepted, 0 if none: where a UidSequence goes on."""
        return await self.reader.ask(_last_uid)

    async def warning(self, caller: Caller, now: float) -> Context | None:
        """See ports.Contexts."""
        return await self.reader.ask(lambda connection: _context(connection, caller.pseudonym, now - CONTEXT_SECONDS))


def hold(path: Path) -> IO[str]:
    """Hold `path` against other gateways until the returned file is closed (or the process ends, however).

    Raises SettingsFault if another holds it.
    """
    try:
        lock = path.with_name(path.name + ".lock").open("w")
    except OSError as exc:
        raise SettingsFault(
            f"{path}: the journal's folder cannot be written ({exc}): make it, or mend its rights"
        ) from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        lock.close()
        raise SettingsFault(f"{path}: another gateway holds this journal: stop it, or give each its own file") from exc
    return lock


def _open_queries(connection: sqlite3.Connection) -> list[OpenQuery]:
    found = connection.execute("SELECT query, answer, sending_link FROM journal ORDER BY uid").fetchall()
    return [
        OpenQuery(rows.query_of(query), _state(answer, link), None if answer is None else rows.answer_of(answer), link)
        for query, answer, link in found
    ]


def _state(answer: str | None, sending_link: str) -> JournalState:
    if answer is None:
        return JournalState.ACCEPTED
    return JournalState.SENDING if sending_link else JournalState.ANSWERED


def _open_parts(connection: sqlite3.Connection) -> list[MessagePart]:
    found = connection.execute(
        "SELECT key, total, number, content, envelope, arrived_at, fingerprint FROM parts ORDER BY arrived_at, number"
    )
    return [
        MessagePart(key, total, number, bytes.fromhex(content), envelope, arrived_at, fingerprint)
        for key, total, number, content, envelope, arrived_at, fingerprint in found
    ]


def _fingerprints(connection: sqlite3.Connection, bound: int) -> list[tuple[str, int]]:
    found = connection.execute(
        "SELECT fingerprint, uid FROM query_log WHERE uid >= ?1 AND fingerprint <> '' UNION"
        " SELECT json_extract(query, '$[10]'), uid FROM journal WHERE uid >= ?1 AND json_extract(query, '$[10]') <> ''"
        " ORDER BY uid",
        (bound,),
    )
    return [(fingerprint, uid) for fingerprint, uid in found]


def _last_uid(connection: sqlite3.Connection) -> int:
    (last,) = connection.execute(
        "SELECT max(coalesce((SELECT max(uid) FROM query_log), 0), coalesce((SELECT max(uid) FROM journal), 0))"
    ).fetchone()
    return int(last)


def _context(connection: sqlite3.Connection, pseudonym: str, since: float) -> Context | None:
    found = connection.execute(
        "SELECT uid, code, opened_at FROM contexts WHERE caller = ? AND opened_at >= ?", (pseudonym, since)
    ).fetchone()
    return None if found is None else Context(*found)
