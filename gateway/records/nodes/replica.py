"""Open queries kept in the shared database before they are acknowledged, and those of a node that died taken over."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from gateway.core.errors import NotDurable, StateUnavailable
from gateway.core.query import Query
from gateway.records.journal import rows
from gateway.records.nodes.database import SharedDatabase, insert_new, now_of
from gateway.records.nodes.tables import claims, nodes, open_queries, query_log


class Replica:
    """The open queries of `node` in the shared database, and its lease on them."""

    def __init__(self, database: SharedDatabase, node: int, lease_seconds: float) -> None:
        self._database = database
        self._node = node
        self._lease_seconds = lease_seconds

    async def keep(self, query: Query) -> None:
        """Keep a query that is about to be acknowledged.  Raises NotDurable."""
        row = {"uid": query.uid, "node": self._node, "query": json.dumps(rows.accepted(query), ensure_ascii=False)}
        try:
            await self._database.ask(lambda connection: insert_new(connection, open_queries, [row]))
        except StateUnavailable as exc:
            raise NotDurable(f"the query could not be replicated: {exc}") from exc

    async def lost_to_others(self, uids: Sequence[int]) -> set[int]:
        """Which of these open queries of ours another node has taken over or finished.  Raises StateUnavailable."""
        return await self._database.ask(lambda connection: _lost(connection, self._node, uids))

    async def live(self) -> list[Query]:
        """Renew the lease; the open queries of nodes whose lease has run out, which are ours from now on.

        Raises StateUnavailable.
        """
        return await self._database.ask(lambda connection: _live(connection, self._node, self._lease_seconds))


def _lost(connection: Connection, node: int, uids: Sequence[int]) -> set[int]:
    lost: set[int] = set()
    for first in range(0, len(uids), 500):
        some = uids[first : first + 500]
        elsewhere = select(open_queries.c.uid).where(open_queries.c.uid.in_(some), open_queries.c.node != node)
        finished = select(query_log.c.uid).where(query_log.c.uid.in_(some), query_log.c.node != node)
        lost.update(connection.execute(elsewhere).scalars(), connection.execute(finished).scalars())
    return lost


def _live(connection: Connection, node: int, lease_seconds: float) -> list[Query]:
    now = now_of(connection)
    renewed = connection.execute(update(nodes).where(nodes.c.node == node).values(alive_until=now + lease_seconds))
    if not renewed.rowcount:
        connection.execute(insert(nodes).values(node=node, alive_until=now + lease_seconds))
    dead = select(nodes.c.node).where(nodes.c.alive_until < now).with_for_update(skip_locked=True)
    gone = list(connection.execute(dead).scalars())
    if not gone:
        return []
    theirs = select(open_queries.c.uid, open_queries.c.query).where(open_queries.c.node.in_(gone))
    found = [(uid, query) for uid, query in connection.execute(theirs)]
    connection.execute(update(open_queries).where(open_queries.c.node.in_(gone)).values(node=node))
    found += _claimed(connection, node, gone, {uid for uid, _ in found})
    connection.execute(delete(nodes).where(nodes.c.node.in_(gone)))
    return [rows.query_of(query) for _, query in sorted((uid, query) for uid, query in found)]


def _claimed(connection: Connection, node: int, gone: Sequence[int], kept: set[int]) -> list[tuple[int, str]]:
    """Long messages that a node had claimed and did not live to keep: neither open, as `kept` are, nor logged."""
    theirs = connection.execute(select(claims.c.uid, claims.c.query).where(claims.c.node.in_(gone))).all()
    connection.execute(update(claims).where(claims.c.node.in_(gone)).values(node=node))
    known = select(query_log.c.uid).where(query_log.c.uid.in_([uid for uid, _ in theirs]))
    kept = kept | set(connection.execute(known).scalars())
    return [(uid, query) for uid, query in theirs if uid not in kept]
