"""Several gateways as one: real processes on one PostgreSQL and one Redis, each with an SMSC of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from twisted.internet.defer import ensureDeferred, gatherResults
from twisted.internet.threads import deferToThread

from gateway.records.commands.verify import verify
from tests.system.gateway_process import Gateway, Program, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.loads import replies_in_words
from tests.system.moody_backend import MoodyBackend, moody_backend
from tests.system.postgresql_server import postgresql_server
from tests.system.pushing_smsc import PushingSmsc, pushing_smsc
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

_NODES = '[nodes]\nurl_file = "../nodes-url"\nship_seconds = 0.1\nlease_seconds = 1.0\nopen_queries = "{}"\n'
_FIRST = "首次查询"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.fixture
def shared(server: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a schema of its own."""
    name = f"of_{abs(hash(tmp_path))}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield f"{server}&options=-csearch_path%3D{name}"
    engine.dispose()


@dataclass
class Node:
    gateway: Gateway
    smsc: PushingSmsc
    backend: MoodyBackend


@asynccontextmanager
async def node(
    folder: Path, number: int, url: str, redis_url: str = "", *, keeps: str = "local", more: str = ""
) -> AsyncIterator[Node]:
    own = folder / f"node-{number}"
    own.mkdir()
    (own / "nodes-url").write_text(url)
    async with (
        moody_backend(own) as backend,
        pushing_smsc() as smsc,
        gateway(
            own,
            smsc.port,
            redis_url=redis_url,
            top=f"node = {number}",
            settings=_NODES.format(keeps) + more,
            account="reconnect_most_seconds = 0.2",
            registry=False,
        ) as ours,
    ):
        yield Node(ours, smsc, backend)


@asynccontextmanager
async def pair(
    folder: Path, url: str, redis_url: str = "", *, keeps: str = "local", more: str = ""
) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes, started at the same time; what is waited for at the SMSC of either may be about both."""
    async with AsyncExitStack() as stack:
        entering = [
            stack.enter_async_context(node(folder, number, url, redis_url, keeps=keeps, more=more)) for number in (1, 2)
        ]
        one, other = await gatherResults([ensureDeferred(each) for each in entering])
        one.smsc.watch_with(other.smsc)
        yield one, other


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


@in_reactor
async def test_of_a_thousand_parallel_queries_of_one_code_over_two_nodes_one_is_first(
    shared: str, tmp_path: Path
) -> None:
    redis = RedisServer(tmp_path)
    redis.start()
    try:
        async with pair(tmp_path, shared, redis.url) as (one, other):
            (code,) = samples().fresh(1)
            for number, phone in zip(range(1000), phones(), strict=False):
                (one, other)[number % 2].smsc.text(phone, code)
            await one.smsc.until_taken(150)
            redis.kill()  # the gate is in SQL: Redis is not missed
            for each in (one, other):
                await each.smsc.until_answered()
                assert await each.gateway.end("TERM") == 0
                each.gateway.assert_sound(500)
                assert each.smsc.extra_replies == 0
            assert replies_in_words(one.smsc, _FIRST) + replies_in_words(other.smsc, _FIRST) == 1
            verdicts = dict(await deferToThread(ask, shared, "SELECT verdict, count(*) FROM lookups GROUP BY verdict"))
            assert verdicts["first"] == 1
            assert sum(verdicts.values()) == 1000
            logged = await deferToThread(
                ask, shared, "SELECT node, count(*) FROM query_log GROUP BY node ORDER BY node"
            )
            assert logged == [(1, 500), (2, 500)]
    finally:
        redis.close()


@in_reactor
async def test_the_open_queries_of_a_node_that_died_for_ever_are_answered_by_another(
    shared: str, tmp_path: Path
) -> None:
    async with pair(tmp_path, shared, keeps="replicated") as (dead, heir):
        dead.backend.mood = "silent"
        texts = dict(zip(phones(), samples().fresh(12), strict=False))
        for phone, code in texts.items():
            dead.smsc.text(phone, code)
        await dead.smsc.until_taken(12)
        assert await dead.gateway.end("KILL") == -9
        await heir.smsc.until(lambda: replies_in_words(heir.smsc, _FIRST) == 12)
        assert set(heir.smsc.replies) == {phone.encode() for phone in texts}
        dead.backend.mood = ""
        await dead.gateway.start()  # it was not for ever after all: it has nothing left to answer
        assert await dead.gateway.end("TERM") == 0
        assert await heir.gateway.end("TERM") == 0
        assert replies_in_words(dead.smsc, _FIRST) == 0
        assert {row["note"] for row in dead.gateway.logged()} == {"taken_over"}
        logged = await deferToThread(
            ask, shared, "SELECT node, count(*), count(DISTINCT uid) FROM query_log GROUP BY 1"
        )
        assert logged == [(2, 12, 12)]
        assert await deferToThread(ask, shared, "SELECT count(*) FROM open_queries") == [(0,)]


@in_reactor
async def test_without_the_shared_database_nothing_is_lost_and_nobody_is_told_a_false_history(
    server: str, tmp_path: Path
) -> None:
    async with node(tmp_path, 1, "postgresql+psycopg://nobody@/none?host=/nowhere") as alone:
        for phone, code in zip(phones(), samples().fresh(10), strict=False):
            alone.smsc.text(phone, code)
        await alone.smsc.until_answered()
        assert replies_in_words(alone.smsc, "您的查询已受理") == 10
        assert replies_in_words(alone.smsc, _FIRST) == 0
        (tmp_path / "node-1" / "nodes-url").write_text(server)
        assert await alone.gateway.end("KILL") == -9
        await alone.gateway.start()
        await alone.smsc.until(lambda: replies_in_words(alone.smsc, _FIRST) == 10)
        assert await alone.gateway.end("TERM") == 0
        assert verify(alone.gateway.journal).faults == ()


@in_reactor
async def test_the_journal_of_a_node_that_died_is_replayed_by_another(shared: str, tmp_path: Path) -> None:
    async with pair(tmp_path, shared) as (dead, heir):
        dead.backend.mood = "silent"
        for phone, code in zip(phones(), samples().fresh(12), strict=False):
            dead.smsc.text(phone, code)
        await dead.smsc.until_taken(12)
        assert await dead.gateway.end("KILL") == -9
        assert await heir.gateway.end("TERM") == 0
        words = ("journal", "replay", str(dead.gateway.journal), "--journal", str(heir.gateway.journal))
        command = Program("journal replay", *words)
        assert "12 open queries" in await command.says("taken over")
        assert await command.exited == 0
        await heir.gateway.start()
        await heir.smsc.until(lambda: replies_in_words(heir.smsc, _FIRST) == 12)
        assert await heir.gateway.end("TERM") == 0
        heir.gateway.assert_sound(12)
        dead.gateway.assert_sound(0)


def part(number: int, text: str, reference: int = 7) -> str:
    """One of two parts, its header before it (3GPP 23.040, 9.2.3.24.1)."""
    return bytes((5, 0, 3, reference, 2, number)).decode("ascii") + text


@in_reactor
async def test_parts_that_arrive_at_different_nodes_are_one_message_with_one_answer(
    shared: str, tmp_path: Path
) -> None:
    async with pair(tmp_path, shared) as (one, other):
        halves = {
            phone: (part(1, code[:9]), part(2, code[9:]))
            for phone, code in zip(phones(), samples().fresh(20), strict=False)
        }
        for nth, (phone, half) in enumerate(halves.items()):  # either half first, at either node
            (one, other)[nth % 2].smsc.text(phone, half[nth // 2 % 2])
        for each in (one, other):
            await each.smsc.until_taken(10)
        for nth, (phone, half) in enumerate(halves.items()):
            (other, one)[nth % 2].smsc.text(phone, half[1 - nth // 2 % 2])
        await one.smsc.until(lambda: one.smsc.submits + other.smsc.submits == 20)
        assert replies_in_words(one.smsc, _FIRST) + replies_in_words(other.smsc, _FIRST) == 20
        for nth, (phone, half) in enumerate(halves.items()):  # the first halves again, at the other node
            again = (other, one)[nth % 2].smsc
            del again.taken[phone.encode()]
            again.text(phone, half[nth // 2 % 2])
        for each in (one, other):
            await each.smsc.until_taken(20)
            assert await each.gateway.end("TERM") == 0
            assert verify(each.gateway.journal).faults == ()
        assert len(one.gateway.logged()) + len(other.gateway.logged()) == 20
        assert one.smsc.submits + other.smsc.submits == 20
        assert await deferToThread(ask, shared, "SELECT count(*) FROM claims") == [(0,)]
        kept = "SELECT count(*) FROM parts WHERE length(content) > 0 OR envelope <> '' OR taken_at IS NULL"
        assert await deferToThread(ask, shared, kept) == [(0,)]


@in_reactor
async def test_a_part_that_a_dead_node_acknowledged_is_joined_by_another(shared: str, tmp_path: Path) -> None:
    async with pair(tmp_path, shared) as (dead, heir):
        texts = list(zip(phones(), samples().fresh(12), strict=False))
        for phone, code in texts:
            dead.smsc.text(phone, part(1, code[:9]))
        await dead.smsc.until_taken(12)
        assert await dead.gateway.end("KILL") == -9
        for phone, code in texts:
            heir.smsc.text(phone, part(2, code[9:]))
        await heir.smsc.until_answered()
        assert replies_in_words(heir.smsc, _FIRST) == 12
        await dead.gateway.start()  # it finds nothing to do
        for each, count in ((dead, 0), (heir, 12)):
            assert await each.gateway.end("TERM") == 0
            each.gateway.assert_sound(count)


@in_reactor
async def test_a_message_whose_rest_never_comes_is_answered_once_by_one_of_the_nodes(
    shared: str, tmp_path: Path
) -> None:
    short = "[sms]\npart_wait_seconds = 1.0\n"
    async with pair(tmp_path, shared, more=short) as (one, other):
        for phone, code in zip(phones(), samples().fresh(12), strict=False):
            one.smsc.text(phone, part(1, code))
        await one.smsc.until_taken(12)
        await one.smsc.until(lambda: one.smsc.submits + other.smsc.submits == 12)
        for each in (one, other):
            assert await each.gateway.end("TERM") == 0
            assert verify(each.gateway.journal).faults == ()
        assert len(one.gateway.logged()) + len(other.gateway.logged()) == 12
        assert one.smsc.submits + other.smsc.submits == 12


@in_reactor
async def test_without_the_shared_database_parts_are_refused_and_come_again(shared: str, tmp_path: Path) -> None:
    async with node(tmp_path, 1, "postgresql+psycopg://nobody@/none?host=/nowhere") as alone:
        ((phone, code),) = zip(phones(), samples().fresh(1), strict=False)
        alone.smsc.text(phone, part(1, code[:9]))
        await alone.smsc.until(lambda: alone.smsc.refused[0x64] > 0)
        assert not alone.smsc.taken
        (tmp_path / "node-1" / "nodes-url").write_text(shared)
        assert await alone.gateway.end("TERM") == 0
        await alone.gateway.start()
        await alone.smsc.until_taken(1)
