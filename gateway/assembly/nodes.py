"""This gateway as one of several: the shared database, what is shipped to it, and the queries of nodes that died."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.assembly.grounds import Grounds
from gateway.channels.callers import Callers
from gateway.channels.sms import SmsChannel
from gateway.core.answer import Answer, Ending, Outcome
from gateway.core.errors import NotDurable, StateUnavailable
from gateway.core.ports import History, JournalState, OpenQuery
from gateway.core.query import Query
from gateway.records.journal.history import SqlHistory

if TYPE_CHECKING:  # SQLAlchemy takes 20 MiB: a gateway that is alone does not load it
    from gateway.records.nodes.database import SharedDatabase
    from gateway.records.nodes.parts import SharedParts
    from gateway.records.nodes.replica import Replica
    from gateway.records.nodes.shipping import Shipper

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1.0
_LOOKS_PER_LEASE = 3


@dataclass(frozen=True, slots=True)
class Nodes:
    """What this node has in common with others; `replica` only where open queries are replicated."""

    database: SharedDatabase
    parts: SharedParts
    replica: Replica | None


async def open_nodes(grounds: Grounds, callers: Callers) -> Nodes | None:
    """Begin to ship finished queries; None for a gateway that is alone.  Before the journal's first change."""
    gateway = grounds.settings.gateway
    if gateway.nodes is None:
        return None
    from gateway.records.nodes.database import SharedDatabase  # noqa: PLC0415  # see TYPE_CHECKING above
    from gateway.records.nodes.parts import SharedParts  # noqa: PLC0415  # as above
    from gateway.records.nodes.replica import Replica  # noqa: PLC0415  # as above
    from gateway.records.nodes.shipping import Shipper  # noqa: PLC0415  # as above

    database = SharedDatabase(gateway.nodes.url)
    grounds.ends.push_async_callback(database.close)
    shipper = Shipper(grounds.journal, database, gateway.node, gateway.nodes.ship_seconds)
    grounds.ends.push_async_callback(_ship_the_rest, shipper)
    shipping = asyncio.ensure_future(shipper.run())
    grounds.ends.push_async_callback(_ended, shipping)
    parts = SharedParts(database, gateway.node, gateway.sms.part_wait_seconds, callers.disguised)
    if gateway.nodes.open_queries == "local":
        return Nodes(database, parts, None)
    replica = Replica(database, gateway.node, gateway.nodes.lease_seconds)
    grounds.journal.before_accept = replica.keep
    return Nodes(database, parts, replica)


def shared_history(nodes: Nodes, grounds: Grounds, own: SqlHistory) -> History:
    """Who asked before, at any of the nodes; `own` is what this one knows."""
    from gateway.records.nodes.history import SharedHistory  # noqa: PLC0415  # see TYPE_CHECKING above

    retry_seconds = grounds.settings.gateway.history.retry_seconds
    return SharedHistory(nodes.database, own, retry_seconds, grounds.machine.clock)


async def still_ours(nodes: Nodes | None, grounds: Grounds, found: list[OpenQuery]) -> list[OpenQuery]:
    """Of the open queries of an earlier process, those that no other node has taken over; the rest are closed here.

    Waits for the shared database: an answer given twice is worse than one given late.
    """
    if nodes is None or nodes.replica is None or not found:
        return found
    while True:
        try:
            lost = await nodes.replica.lost_to_others([each.query.uid for each in found])
            break
        except StateUnavailable as exc:
            logger.warning("waiting for the shared database to say which open queries are still ours: %s", exc)
            await asyncio.sleep(_PATIENCE_SECONDS)
    for each in found:
        if each.query.uid in lost:
            answer = Answer(None, "", each.query.understanding.language, note="taken_over")
            outcome = Outcome(Ending.WITHHELD, grounds.machine.clock())
            await grounds.journal.finish(each.query, answer, outcome)
    if lost:
        logger.warning("%d queries of an earlier process were taken over by other nodes meanwhile", len(lost))
    return [each for each in found if each.query.uid not in lost]


def watch_others(nodes: Nodes | None, grounds: Grounds, channel: SmsChannel) -> None:
    """Take up long messages that an earlier process claimed; where open queries are replicated, keep this node's
    lease, and answer the open queries of nodes whose lease has run out."""
    if nodes is None or grounds.settings.gateway.nodes is None:
        return
    taking_up = asyncio.ensure_future(_take_up_claims(nodes.parts, grounds, channel))
    grounds.ends.push_async_callback(_ended, taking_up)
    if nodes.replica is None:
        return
    pause_seconds = grounds.settings.gateway.nodes.lease_seconds / _LOOKS_PER_LEASE
    watching = asyncio.ensure_future(_watch(nodes.replica, grounds, channel, pause_seconds))
    grounds.ends.push_async_callback(_ended, watching)


async def _watch(replica: Replica, grounds: Grounds, channel: SmsChannel, pause_seconds: float) -> None:
    while True:
        try:
            for query in await replica.live():
                await _adopt(query, grounds, channel)
        except StateUnavailable as exc:
            logger.warning("the lease of this node could not be renewed: %s", exc)
        await asyncio.sleep(pause_seconds)


async def _take_up_claims(parts: SharedParts, grounds: Grounds, channel: SmsChannel) -> None:
    while True:
        try:
            found = await parts.left_behind(grounds.journal)
            break
        except StateUnavailable:
            await asyncio.sleep(_PATIENCE_SECONDS)
    for query in found:
        logger.info("going on with query %d, a long message that an earlier process claimed", query.uid)
        await _keep_and_adopt(query, grounds, channel)


async def _adopt(query: Query, grounds: Grounds, channel: SmsChannel) -> None:
    logger.warning("query %d of a node that is gone is answered here", query.uid)
    await _keep_and_adopt(query, grounds, channel)


async def _keep_and_adopt(query: Query, grounds: Grounds, channel: SmsChannel) -> None:
    while True:
        try:
            await grounds.journal.accept(query)
            break
        except NotDurable:
            await asyncio.sleep(_PATIENCE_SECONDS)
    channel.adopt(OpenQuery(query, JournalState.ACCEPTED, None))


async def _ship_the_rest(shipper: Shipper) -> None:
    with suppress(StateUnavailable, NotDurable):  # the next process ships it
        await shipper.ship()


async def _ended(task: asyncio.Future[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
