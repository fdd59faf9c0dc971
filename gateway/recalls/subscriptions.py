"""The file of subscriptions: SQLite, in one thread of its own.

What is wiped is overwritten (secure_delete), and the write-ahead log is emptied soon after, as in the journal.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.core.query import Caller, ReplyRoute
from gateway.recalls.sealing import Seal
from gateway.recalls.subscription import Subscription, Wish
from gateway.recalls.tables import open_tables, seal_anew

logger = logging.getLogger(__name__)

T = TypeVar("T")
CALLER_LIMIT = 50
"""So many subscriptions a caller has at most; one more ends the oldest."""
_SUBSCRIBE = """
    INSERT INTO subscriptions(caller, key_id, code, resource_code, batch, uid, language, expires_at, route)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (caller, code) DO UPDATE SET key_id = excluded.key_id, uid = excluded.uid, route = excluded.route,
        language = excluded.language, expires_at = excluded.expires_at WHERE state = 'waiting'"""
_CROWD_OUT = """
    DELETE FROM subscriptions WHERE id IN (SELECT id FROM subscriptions WHERE caller = ? AND state = 'waiting'
        ORDER BY id DESC LIMIT -1 OFFSET ?)"""
_WAITING = """
    SELECT id, uid, code, language, key_id, route FROM subscriptions
    WHERE state = 'waiting' AND id > ?1 AND (?2 IS NULL OR resource_code = ?2) AND expires_at > ?3
    ORDER BY id LIMIT ?4"""
_OF_THE_SAME_RECALL = """
    SELECT state FROM subscriptions WHERE caller = (SELECT caller FROM subscriptions WHERE id = ?1) AND recall = ?2
        AND recall <> '' AND state IN ('sending', 'told') AND id <> ?1 ORDER BY state DESC LIMIT 1"""
_BEGIN = "UPDATE subscriptions SET state = 'sending', recall = ?2 WHERE id = ?1 AND state = 'waiting'"
_SETTLE = """
    UPDATE subscriptions SET state = 'told', told_at = ?2, route = NULL, recall = coalesce(?3, recall) WHERE id = ?1"""
_POSTPONE = "UPDATE subscriptions SET state = 'waiting', recall = '' WHERE id = ? AND state = 'sending'"


class Subscriptions:
    """Every method returns once its change is durable, and raises StateUnavailable if SQLite fails."""

    def __init__(self, path: Path, seal: Seal, former: Seal | None = None) -> None:
        """Opens `path`, made new if missing, and seals anew what is under the former key.

        Raises SettingsFault for a file that cannot be used.
        """
        self._seal = seal
        self._thread = ThreadPoolExecutor(1, "recalls")
        try:
            self._connection = open_tables(path)
            lost = seal_anew(self._connection, seal, former)
        except sqlite3.Error as exc:
            raise SettingsFault(
                f"{path}: the subscriptions cannot be opened ({exc}): mend the file, or its folder's rights"
            ) from exc
        if lost:
            logger.error("%d subscriptions are sealed under another key: name it as recalls.former_key", lost)

    async def close(self) -> None:
        """Finish what is at hand and empty the write-ahead log."""
        with suppress(StateUnavailable):
            await self.empty_log()
        self._thread.shutdown()
        self._connection.close()

    async def subscribe(self, wish: Wish) -> None:
        """Keep a wish; one that is kept already is renewed."""
        mark = self._seal.mark(wish.caller)
        rows = [
            (mark, self._seal.key_id, asked.code, asked.resource_code, asked.batch, wish.uid, wish.language,
             wish.expires_at, self._seal.seal(wish.caller, wish.route, asked.code))
            for asked in wish.codes
        ]  # fmt: skip

        def change(connection: sqlite3.Connection) -> None:
            connection.executemany(_SUBSCRIBE, rows)
            connection.execute(_CROWD_OUT, (mark, CALLER_LIMIT))

        await self._change(change)

    async def end(self, caller: Caller) -> int:
        """Forget all that this caller asked for, and how many recalls they were still to be told of."""
        mark = self._seal.mark(caller)

        def change(connection: sqlite3.Connection) -> int:
            waiting = connection.execute(
                "SELECT count(*) FROM subscriptions WHERE caller = ? AND state = 'waiting'", (mark,)
            ).fetchone()[0]
            connection.execute("DELETE FROM subscriptions WHERE caller = ?", (mark,))
            return int(waiting)

        ended = await self._change(change)
        if ended:
            await self.empty_log()
        return ended

    async def waiting(self, resource_code: str | None, after: int, now: float, limit: int) -> list[Subscription]:
        """Those of one product (None: of all) that are still to be told, from the row after `after` on."""

        def read(connection: sqlite3.Connection) -> list[Subscription]:
            found = connection.execute(_WAITING, (after, resource_code, now, limit))
            return [Subscription(*row) for row in found]

        return await self._ask(read)

    def route_of(self, subscription: Subscription) -> ReplyRoute:
        """Where its notice goes.  Raises NotSealedHere."""
        return self._seal.open(subscription.route, subscription.code)[1]

    async def begin(self, row: int, recall: str, now: float) -> bool:
        """Note that a notice is about to leave: from here to its outcome a crash leaves doubt.

        False if it must not: its caller ended it, or was told of this recall for another code, or that is under way
        (should it fail, this one is there for another look).
        """

        def change(connection: sqlite3.Connection) -> bool:
            found = connection.execute(_OF_THE_SAME_RECALL, (row, recall)).fetchone()
            if found == ("told",):
                connection.execute(_SETTLE, (row, now, recall))
            if found is not None:
                return False
            return connection.execute(_BEGIN, (row, recall)).rowcount == 1

        return await self._change(change)

    async def settle(self, row: int, now: float) -> None:
        """It was told: its number is wiped."""
        await self._change(lambda connection: connection.execute(_SETTLE, (row, now, None)))

    async def postpone(self, row: int) -> None:
        """It was not told, or that is in doubt and it is sent again."""
        await self._change(lambda connection: connection.execute(_POSTPONE, (row,)))

    async def recover(self, now: float, *, resend: bool) -> int:
        """Settle what an earlier process left in doubt: told, or to be sent again.  How many there were."""

        def change(connection: sqlite3.Connection) -> int:
            rows = [row for (row,) in connection.execute("SELECT id FROM subscriptions WHERE state = 'sending'")]
            for row in rows:
                connection.execute(*((_POSTPONE, (row,)) if resend else (_SETTLE, (row, now, None))))
            return len(rows)

        return await self._change(change)

    async def expire(self, now: float) -> int:
        """Forget what has expired; how many."""
        statement = "DELETE FROM subscriptions WHERE expires_at <= ? AND state <> 'sending'"
        return await self._change(lambda connection: connection.execute(statement, (now,)).rowcount)

    async def empty_log(self) -> None:
        """Move all to the file and empty the write-ahead log, in which wiped rows outlive their wiping."""
        await self._ask(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    async def _change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        def within(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = change(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

        return await self._ask(within)

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, question, self._connection)
        except sqlite3.Error as exc:
            raise StateUnavailable(f"the subscriptions to recalls cannot be used ({exc}): see to their disk") from exc
