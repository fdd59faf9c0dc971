"""Parts of long messages that two nodes keep together, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from gateway.core.errors import NotDurable, StateUnavailable
from gateway.core.ports import MessagePart
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.nodes.database import SharedDatabase
from gateway.records.nodes.parts import Parts, SharedParts
from gateway.records.nodes.replica import Replica
from gateway.records.nodes.shipping import Shipper
from gateway.records.nodes.tables import claims, nodes, parts
from gateway.records.privacy.pseudonyms import PseudonymKey
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, query, sent

WAIT_SECONDS = 120.0
DISGUISED = PseudonymKey("k1", bytes(32)).disguised


@dataclass
class Node:
    journal: SqliteJournal
    database: SharedDatabase
    parts: SharedParts
    replica: Replica
    shipper: Shipper

    async def count(self, table: object) -> int:
        return await self.database.ask(
            lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one()
        )


@pytest_asyncio.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Node, Node]]:
    made = []
    for number in (1, 2):
        journal = await SqliteJournal.opened(tmp_path / f"journal-{number}.sqlite", never)
        database = SharedDatabase(f"sqlite:///{tmp_path}/shared.sqlite")
        common = SharedParts(database, number, WAIT_SECONDS, DISGUISED)
        shipper = Shipper(journal, database, number, 0.01)
        made.append(Node(journal, database, common, Replica(database, number, 30.0), shipper))
    yield made[0], made[1]
    for node in made:
        await node.database.close()
        await node.journal.close()


def part(number: int, content: bytes = b"half", total: int = 2) -> MessagePart:
    return MessagePart("cmcc 9", total, number, content, f"envelope {number}", 1.0, f"print-{number}-{content!r}")


def contents(messages: list[Parts]) -> list[list[bytes]]:
    return [[each.content for each in message] for message in messages]


async def age(node: Node, seconds: float) -> None:
    """As if all parts had been kept so much earlier."""
    older = {name: parts.c[name] - seconds for name in ("kept_at", "due_at", "taken_at")}
    await node.database.ask(lambda connection: connection.execute(update(parts).values(older)))


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_whoever_keeps_the_last_part_has_the_message_in_order(
    pair: tuple[Node, Node], order: tuple[int, int]
) -> None:
    one, other = pair
    assert await one.parts.keep(part(order[0], b"%d" % order[0])) == []
    (message,) = await other.parts.keep(part(order[1], b"%d" % order[1]))
    assert [(each.number, each.content, each.envelope) for each in message] == [
        (1, b"1", "envelope 1"),
        (2, b"2", "envelope 2"),
    ]


async def test_of_two_nodes_that_find_a_message_one_claims_it(pair: tuple[Node, Node]) -> None:
    one, other = pair
    await one.parts.keep(part(1))
    assert len(await other.parts.keep(part(2))) == 1
    assert await one.parts.due() == []  # whoever had it is at it
    await age(one, 3.0)
    (message,) = await one.parts.due()
    assert await other.parts.due() == [message]
    assert await one.parts.claim(message, query(1))
    assert not await other.parts.claim(message, query(2))
    assert await one.parts.claim(message, query(1))  # asked again, since the answer was lost
    assert not await other.parts.claim(message, query(1, text="the same uid, and another query"))
    assert await one.parts.due() == []
    assert await one.count(claims) == 1


async def test_a_part_that_comes_again_starts_nothing_before_or_after_the_message_was_taken(
    pair: tuple[Node, Node],
) -> None:
    one, other = pair
    await one.parts.keep(part(1))
    assert await other.parts.keep(part(1)) == []
    (message,) = await one.parts.keep(part(2))
    await other.parts.claim(message, query(1))
    assert await one.parts.keep(part(1)) == await other.parts.keep(part(2)) == []
    await age(one, 500.0)
    assert await one.parts.due() == []
    assert await one.count(parts) == 0  # it is remembered for a while only
    assert await one.parts.keep(part(1)) == []
    assert await one.count(parts) == 1


async def test_what_was_taken_is_not_kept_in_words(pair: tuple[Node, Node]) -> None:
    one, _ = pair
    await one.parts.keep(part(1))
    (message,) = await one.parts.keep(part(2))
    await one.parts.claim(message, query(1))
    left = await one.database.ask(
        lambda connection: connection.execute(select(parts.c.content, parts.c.envelope)).all()
    )
    assert set(left) == {(b"", "")}


async def test_a_message_that_has_waited_long_enough_is_due_as_it_is(pair: tuple[Node, Node]) -> None:
    one, other = pair
    await one.parts.keep(part(1, total=3))
    await age(one, 100.0)
    await one.parts.keep(part(3, total=3))
    assert await other.parts.due() == []
    await age(one, 21.0)  # from the first part on
    (message,) = await other.parts.due()
    assert [each.number for each in message] == [1, 3]
    await one.parts.keep(part(2, total=3))
    assert not await other.parts.claim(message, query(1))  # it has become more meanwhile
    (whole,) = await other.parts.due()
    assert len(whole) == 3


async def test_a_reference_used_again_begins_another_message_and_loses_neither(pair: tuple[Node, Node]) -> None:
    one, other = pair
    await one.parts.keep(part(1, b"old"))
    (old,) = await other.parts.keep(part(1, b"new"))
    assert contents([old]) == [[b"old"]]
    (new,) = await one.parts.keep(part(2, b"end"))
    assert contents([new]) == [[b"new", b"end"]]
    assert contents(await one.parts.due()) == [[b"old"]]  # whoever had it may die with it in hand
    assert await one.parts.claim(old, query(1))
    assert await one.parts.claim(new, query(2))
    assert await one.parts.due() == []


async def test_a_claim_that_its_process_did_not_live_to_keep_is_found_by_the_next_one(
    pair: tuple[Node, Node], tmp_path: Path
) -> None:
    one, _ = pair
    queries = [query(number) for number in (1, 2, 3)]
    for number, each in enumerate(queries):
        await one.parts.keep(replace(part(1), key=f"message {number}"))
        (message,) = await one.parts.keep(replace(part(2), key=f"message {number}"))
        await one.parts.claim(message, each)
    await one.journal.accept(queries[0])
    await one.journal.accept(queries[1])
    await one.journal.finish(queries[1], ANSWER, sent())
    restarted = SharedParts(one.database, 1, WAIT_SECONDS, DISGUISED)
    assert await restarted.left_behind(one.journal) == [queries[2]]
    assert await SharedParts(one.database, 2, WAIT_SECONDS, DISGUISED).left_behind(one.journal) == []
    assert await one.parts.left_behind(one.journal) == []  # it is at it


async def test_a_claim_goes_once_its_query_is_in_the_shared_log(pair: tuple[Node, Node]) -> None:
    one, _ = pair
    await one.parts.keep(part(1))
    (message,) = await one.parts.keep(part(2))
    await one.parts.claim(message, query(1))
    await one.journal.accept(query(1))
    await one.journal.finish(query(1), ANSWER, sent())
    assert await one.count(claims) == 1
    await one.shipper.ship()
    assert await one.count(claims) == 0


async def test_the_claims_of_a_node_that_died_are_its_heirs(pair: tuple[Node, Node]) -> None:
    one, other = pair
    for number in (1, 2):
        await one.parts.keep(replace(part(1), key=f"message {number}"))
        (message,) = await one.parts.keep(replace(part(2), key=f"message {number}"))
        await one.parts.claim(message, query(number))
    await one.replica.live()
    await one.replica.keep(query(1))  # the other one it did not live to keep
    await one.database.ask(lambda connection: connection.execute(update(nodes).values(alive_until=0.0)))
    assert await other.replica.live() == [query(1), query(2)]
    restarted = SharedParts(other.database, 2, WAIT_SECONDS, DISGUISED)
    assert await restarted.left_behind(other.journal) == [query(1), query(2)]  # until they are in its journal
    assert await SharedParts(one.database, 1, WAIT_SECONDS, DISGUISED).left_behind(one.journal) == []


async def test_while_the_shared_database_is_away_no_part_is_kept_and_none_claimed() -> None:
    database = SharedDatabase("sqlite:////nowhere/shared.sqlite")
    common = SharedParts(database, 1, WAIT_SECONDS, DISGUISED)
    with pytest.raises(NotDurable, match="part of a long message"):
        await common.keep(part(1))
    with pytest.raises(NotDurable, match="claimed"):
        await common.claim((part(1),), query(1))
    with pytest.raises(StateUnavailable):
        await common.due()
    await database.close()


async def test_the_shared_database_knows_a_message_by_no_hash_that_trying_all_numbers_reverses(
    pair: tuple[Node, Node],
) -> None:
    one, _ = pair
    first = part(1)
    await one.parts.keep(first)
    names = await one.database.ask(lambda connection: connection.execute(select(parts.c.message)).scalars().all())
    assert names == [DISGUISED(first.key)]
