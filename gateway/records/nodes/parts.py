"""Parts of long messages that arrive at different nodes: kept in the shared database, and claimed by one of them.

Everything that is done to a message is done under its lock, so of several nodes that find it whole one claims it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, text, update

from gateway.core.errors import NotDurable, StateUnavailable
from gateway.core.ports import MessagePart
from gateway.core.query import Query
from gateway.records.journal import rows
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.nodes.database import SharedDatabase, now_of
from gateway.records.nodes.tables import claims, parts

Parts = tuple[MessagePart, ...]
"""Those of one message, by number."""

REST_SECONDS = 2.0  # a whole message that nobody has claimed for so long is anybody's
MAX_MESSAGES = 200  # of one look


class SharedParts:
    """The parts of long messages, of all nodes; this one is `node`.

    A message waits `wait_seconds` from its first part; for as long a message that was taken is remembered, so that a
    part delivered again starts nothing.  `disguised` is the keyed hash by which messages are known: their own keys
    hold numbers.
    """

    def __init__(
        self, database: SharedDatabase, node: int, wait_seconds: float, disguised: Callable[[str], str]
    ) -> None:
        self._database = database
        self._disguised = disguised
        self._node = node
        self._wait_seconds = wait_seconds
        self._claimed: set[int] | None = set()  # by this process, until it has looked for what an earlier one claimed

    async def keep(self, part: MessagePart) -> list[Parts]:
        """Keep one part; the messages that are to be claimed now.  Raises NotDurable, and then it was not kept.

        A part that differs from the one under its number begins another message, and the older one ends as it is.
        """
        try:
            message = self._disguised(part.key)
            return await self._database.ask(partial(_keep, message=message, part=part, wait_seconds=self._wait_seconds))
        except StateUnavailable as exc:
            raise NotDurable(f"the part of a long message could not be kept for all nodes: {exc}") from exc

    async def due(self) -> list[Parts]:
        """Messages of any node that have waited long enough, or are whole and were left.  Raises StateUnavailable."""
        return await self._database.ask(partial(_due, wait_seconds=self._wait_seconds))

    async def claim(self, message: Parts, query: Query) -> bool:
        """Make the message this query of this node's; False if it is another's, or not as it was any more.

        Claiming again what was claimed changes nothing.  Raises NotDurable.
        """
        if self._claimed is not None:
            self._claimed.add(query.uid)
        row = {"uid": query.uid, "node": self._node, "query": json.dumps(rows.accepted(query), ensure_ascii=False)}
        try:
            return await self._database.ask(partial(_claim, message=message, row=row))
        except StateUnavailable as exc:
            raise NotDurable(f"a long message could not be claimed: {exc}") from exc

    async def left_behind(self, journal: SqliteJournal) -> list[Query]:
        """What an earlier process of this node claimed and did not live to keep.  Once.  Raises StateUnavailable."""
        claimed = await self._database.ask(partial(_claims_of, node=self._node))
        ours, self._claimed = self._claimed or set(), None
        earlier = [(uid, query) for uid, query in claimed if uid not in ours]
        known = await journal.reader.ask(partial(_known, uids=[uid for uid, _ in earlier]))
        return [rows.query_of(query) for uid, query in earlier if uid not in known]


def _lock(connection: Connection, message: str) -> None:
    """Hold the message until the transaction ends.  SQLite's transactions have no others beside them."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(bytes.fromhex(message[:16]), signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _keep(connection: Connection, message: str, part: MessagePart, wait_seconds: float) -> list[Parts]:
    _lock(connection, message)
    now = now_of(connection)
    here = parts.c.message == message
    connection.execute(delete(parts).where(here, parts.c.taken_at < now - wait_seconds))
    found = connection.execute(select(parts).where(here)).all()
    if any((row.number, row.fingerprint) == (part.number, part.fingerprint) for row in found):
        return []
    waiting = [row for row in found if row.taken_at is None]
    given_out: list[Parts] = []
    if any(row.number == part.number for row in waiting):
        given_out.append(_displace(connection, message, waiting, now))
        waiting = []
    new = {
        "message": message, "number": part.number, "fingerprint": part.fingerprint, "total": part.total,
        "content": part.content, "envelope": part.envelope, "kept_at": now,
        "due_at": min((row.due_at for row in waiting), default=now + wait_seconds), "taken_at": None,
    }  # fmt: skip
    connection.execute(insert(parts).values(new))
    if len(waiting) + 1 == part.total:
        given_out.append(_message(connection.execute(_waiting(message)).all()))
    return given_out


def _displace(connection: Connection, message: str, waiting: Sequence[Row[Any]], now: float) -> Parts:
    """Give these parts a name of their own, under which they are over."""
    told = "\0".join([message, *(row.fingerprint for row in waiting), str(now)])
    name = blake2b(told.encode(), digest_size=16).hexdigest()
    these = and_(parts.c.message == message, parts.c.taken_at.is_(None))
    connection.execute(update(parts).where(these).values(message=name, due_at=now))
    return _message(connection.execute(_waiting(name)).all())


def _waiting(message: str) -> Any:
    return select(parts).where(parts.c.message == message, parts.c.taken_at.is_(None)).order_by(parts.c.number)


def _message(found: Sequence[Row[Any]]) -> Parts:
    return tuple(
        MessagePart(row.message, row.total, row.number, row.content, row.envelope, row.kept_at, row.fingerprint)
        for row in found
    )


def _due(connection: Connection, wait_seconds: float) -> list[Parts]:
    now = now_of(connection)
    over, left = func.min(parts.c.due_at) <= now, func.max(parts.c.kept_at) <= now - REST_SECONDS
    late = (
        select(parts.c.message)
        .where(parts.c.taken_at.is_(None))
        .group_by(parts.c.message)
        .having(or_(over, and_(left, func.count() >= func.max(parts.c.total))))
        .limit(MAX_MESSAGES)
    )
    names = list(connection.execute(late).scalars())
    connection.execute(delete(parts).where(parts.c.taken_at < now - wait_seconds))
    return [_message(connection.execute(_waiting(name)).all()) for name in names]


def _claim(connection: Connection, message: Parts, row: dict[str, Any]) -> bool:
    name = message[0].key
    _lock(connection, name)
    kept = connection.execute(select(claims.c.query).where(claims.c.uid == row["uid"])).scalar()
    if kept is not None:
        return bool(kept == row["query"])
    waiting = [(found.number, found.fingerprint) for found in connection.execute(_waiting(name))]
    if waiting != [(part.number, part.fingerprint) for part in message]:
        return False
    these = and_(parts.c.message == name, parts.c.taken_at.is_(None))
    connection.execute(update(parts).where(these).values(taken_at=now_of(connection), content=b"", envelope=""))
    connection.execute(insert(claims).values(row))
    return True


def _claims_of(connection: Connection, node: int) -> list[tuple[int, str]]:
    theirs = select(claims.c.uid, claims.c.query).where(claims.c.node == node).order_by(claims.c.uid)
    return [(uid, query) for uid, query in connection.execute(theirs)]


def _known(connection: sqlite3.Connection, uids: Sequence[int]) -> set[int]:
    known = "SELECT 1 FROM journal WHERE uid = ?1 UNION SELECT 1 FROM query_log WHERE uid = ?1"
    return {uid for uid in uids if connection.execute(known, (uid,)).fetchone()}
