"""What nodes share, on SQLite: two nodes' journals, one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from gateway.core.errors import NotDurable, SettingsFault, StateUnavailable
from gateway.core.query import Caller, Query
from gateway.core.verdicts import CodeHistory
from gateway.records.journal.history import SqlHistory
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.nodes.database import SharedDatabase
from gateway.records.nodes.history import SharedHistory
from gateway.records.nodes.replica import Replica
from gateway.records.nodes.shipping import Shipper
from gateway.records.nodes.tables import codes, lookups, nodes, open_queries, query_log
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, CODE, NOON, OTHER_CODE, query, sent


@dataclass
class Node:
    number: int
    journal: SqliteJournal
    database: SharedDatabase
    history: SharedHistory
    shipper: Shipper
    replica: Replica
    now: float = NOON

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
        history = SharedHistory(database, SqlHistory(journal), 60.0, lambda number=number: made[number - 1].now)
        made.append(
            Node(
                number,
                journal,
                database,
                history,
                Shipper(journal, database, number, 0.01),
                Replica(database, number, 30.0),
            )
        )
    yield made[0], made[1]
    for node in made:
        await node.database.close()
        await node.journal.close()


def by(number: int, name: str | None = None) -> Query:
    return query(number, caller=Caller(str(number), f"k1:{name or number}"))


async def test_of_parallel_queries_over_two_nodes_exactly_one_is_first(pair: tuple[Node, Node]) -> None:
    found = await asyncio.gather(*[pair[number % 2].history.record(by(number)) for number in range(1, 301)])
    assert sum(one.first_by_me for [one] in found) == 1
    assert len({one.first_uid for [one] in found}) == 1
    assert sorted(one.queries for [one] in found) == list(range(1, 301))
    assert [one.callers for [one] in found if one.first_by_me] == [1]


async def test_a_query_that_is_entered_again_changes_no_count(pair: tuple[Node, Node]) -> None:
    one, other = pair
    first = await one.history.record(by(1))
    assert await one.history.record(by(1)) == first == await other.history.record(by(1))
    assert first == [CodeHistory(by(1).uid, NOON + 1, True, 1, 1, 0, 0)]


async def test_the_same_caller_at_another_node_is_known(pair: tuple[Node, Node]) -> None:
    one, other = pair
    await one.history.record(by(1, "me"))
    assert await other.history.record(by(30, "me")) == [CodeHistory(by(1).uid, NOON + 1, True, 2, 1, 1, 0)]
    assert await other.history.record(by(90, "me")) == [CodeHistory(by(1).uid, NOON + 1, True, 3, 1, 2, 2)]
    assert await one.history.record(by(91, "you")) == [CodeHistory(by(1).uid, NOON + 1, False, 4, 2, 0, 0)]


async def test_who_asked_while_the_code_was_not_active_is_not_first(pair: tuple[Node, Node]) -> None:
    one, other = pair
    await one.history.record(by(1))
    await other.history.record(by(2))
    await one.history.forget(by(1), [CODE])
    [after] = await one.history.record(by(3))
    assert (after.first_uid, after.queries, after.callers) == (by(2).uid, 2, 2)
    await other.history.forget(by(2), [CODE, OTHER_CODE])
    await one.history.forget(by(3), [CODE])
    assert await one.count(codes) == 0
    assert (await other.history.record(by(4)))[0].first_by_me


async def test_codes_of_before_the_nodes_shared_are_seeded_from_this_nodes_log(pair: tuple[Node, Node]) -> None:
    one, _ = pair
    await one.journal.accept(by(1))
    await one.journal.finish(by(1), ANSWER, sent())
    assert (await one.history.record(by(2)))[0].first_uid == by(1).uid


async def test_every_finished_query_is_shipped_exactly_once(pair: tuple[Node, Node]) -> None:
    for node, numbers in zip(pair, (range(1, 31), range(31, 51)), strict=True):
        for number in numbers:
            await node.journal.accept(by(number))
            await node.history.record(by(number))
            await node.journal.finish(by(number), ANSWER, sent())
        assert await node.shipper.ship() == len(numbers)
        assert await node.shipper.ship() == 0
    assert await pair[0].count(query_log) == await pair[0].count(lookups) == 50
    assert (await pair[0].history.record(by(60)))[0].queries == 51


async def test_a_shipment_whose_end_was_not_noted_is_shipped_again_and_counted_once(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    await one.journal.accept(by(1))
    await one.journal.finish(by(1), ANSWER, sent())

    async def dies(*_: object) -> None:
        raise NotDurable("the node dies here")

    with monkeypatch.context() as patched:
        patched.setattr(one.journal, "shipped", dies)
        with pytest.raises(NotDurable):
            await one.shipper.ship()
    assert await one.shipper.ship() == 1
    assert await one.count(query_log) == 1
    assert (await other.history.record(by(2)))[0].first_uid == by(1).uid


async def test_a_later_redelivery_reaches_the_shared_log(pair: tuple[Node, Node]) -> None:
    one, _ = pair
    await one.journal.accept(by(1))
    await one.journal.finish(by(1), ANSWER, sent())
    await one.shipper.ship()
    await one.journal.redelivered(by(1).uid)
    assert await one.shipper.ship() == 1
    shared = await one.database.ask(
        lambda connection: connection.execute(select(query_log.c.redeliveries)).scalar_one()
    )
    assert shared == 1


async def test_a_log_of_before_shipping_is_shipped_whole_and_its_queries_are_earlier(tmp_path: Path) -> None:
    journal = await SqliteJournal.opened(tmp_path / "j.sqlite", never)
    await journal.accept(by(1))
    await journal.finish(by(1), ANSWER, sent())
    await journal.close()
    journal = await SqliteJournal.opened(tmp_path / "j.sqlite", never)
    database = SharedDatabase(f"sqlite:///{tmp_path}/shared.sqlite")
    elsewhere = SharedHistory(database, SqlHistory(journal), 60.0, lambda: NOON)
    elsewhere._own = _Nothing()  # type: ignore[assignment]  # another node, whose log does not know the code
    assert (await elsewhere.record(by(9)))[0].first_by_me
    assert await Shipper(journal, database, 1, 1.0).ship() == 1
    assert (await elsewhere.record(by(10)))[0].first_uid == by(1).uid
    await database.close()
    await journal.close()


class _Nothing:
    async def load(self, wanted: tuple[str, ...]) -> list[object]:
        from gateway.core.history import KnownAskers

        return [KnownAskers() for _ in wanted]


async def test_open_queries_of_a_node_whose_lease_ran_out_are_taken_over_once(pair: tuple[Node, Node]) -> None:
    one, other = pair
    one.journal.before_accept = one.replica.keep
    assert await one.replica.live() == []
    for number in (1, 2, 3):
        await one.journal.accept(by(number))
    await one.journal.finish(by(1), ANSWER, sent())
    await one.shipper.ship()
    assert await one.count(open_queries) == 2
    assert await other.replica.live() == []
    await one.database.ask(
        lambda connection: connection.execute(nodes.update().where(nodes.c.node == 1).values(alive_until=1.0))
    )
    assert await other.replica.live() == [by(2), by(3)]
    assert await other.replica.live() == []
    assert await one.replica.lost_to_others([by(2).uid, by(3).uid]) == {by(2).uid, by(3).uid}
    await other.journal.accept(by(2))
    await other.journal.finish(by(2), ANSWER, sent())
    await other.shipper.ship()
    assert await one.count(open_queries) == 1
    assert await one.replica.lost_to_others([by(2).uid]) == {by(2).uid}
    assert await other.replica.lost_to_others([by(2).uid, by(3).uid]) == set()


async def test_while_the_database_is_away_nothing_is_accepted_where_it_is_to_be_replicated(tmp_path: Path) -> None:
    database = SharedDatabase(f"sqlite:///{tmp_path}/no/such/folder/shared.sqlite")
    journal = await SqliteJournal.opened(tmp_path / "j.sqlite", never)
    journal.before_accept = Replica(database, 1, 30.0).keep
    with pytest.raises(NotDurable, match="could not be replicated"):
        await journal.accept(by(1))
    assert await journal.open_queries() == []
    assert len(journal.open_codes) == 0
    with pytest.raises(StateUnavailable, match="cannot be asked"):
        await SharedHistory(database, SqlHistory(journal), 60.0, lambda: NOON).record(by(1))
    await database.close()
    await journal.close()


async def test_an_unreadable_url_says_how_to_write_it() -> None:
    with pytest.raises(SettingsFault, match=r"write postgresql\+psycopg"):
        SharedDatabase("nonsense://host/x")
