"""The desk as a process: looks shared in a real Redis, a log that grows, and a receiver that takes the alert once."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from gateway.core.errors import StateUnavailable
from gateway.core.looks import Look
from gateway.core.query import Caller
from gateway.core.verdicts import Verdict
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.shared.looks import RedisLooks
from gateway.shared.settings import RedisSettings
from gateway.shared.turn import RedisTurn
from tests.gateway.configured import CONFIG, GATEWAY, configured
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import CODE, WARNING, query, sent
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        yield server
        server.close()


async def test_looks_are_shared_bounded_and_entered_once(redis_server: RedisServer) -> None:
    turns = [RedisTurn(RedisSettings(redis_server.url)) for _ in range(2)]
    one, other = (RedisLooks(turn) for turn in turns)
    for turn in turns:
        await turn.start()
    first, second = Look(1000.0, "k1:a", "350100", "1"), Look(1005.5, "k1:b", "", "1")
    assert await one.enter([("code:1", first)], 60, 3) == [(first,)]
    assert await other.enter([("code:1", second), ("code:1", first)], 60, 3) == [(first, second)] * 2
    many = [("code:1", Look(1010.0 + number, f"k1:{number}", "", "1")) for number in range(5)]
    assert [look.caller for look in (await one.enter(many, 60, 3))[-1]] == ["k1:2", "k1:3", "k1:4"]
    late = Look(2000.0, "k1:z", "", "1")
    assert await one.enter([("code:1", late)], 60, 3) == [(late,)]
    redis_server.kill()
    with pytest.raises(StateUnavailable):
        await one.enter([("code:1", late)], 60, 3)
    for turn in turns:
        await turn.close()


class Receiver:
    """Takes alerts, after it failed once."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, int]] = []
        self.taken: asyncio.Queue[dict[str, object]] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        status = 204 if self.posts else 500
        self.posts.append((request.headers["Idempotency-Key"], status))
        if status == 204:
            self.taken.put_nowait(json.loads(await request.read()))
        return web.Response(status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, int]]:
    app, own = web.Application(), Receiver()
    app.router.add_post("/", own.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield own, runner.addresses[0][1]
    await runner.cleanup()


async def test_copies_of_a_code_are_told_within_seconds_and_once(
    tmp_path: Path, redis_server: RedisServer, receiver: tuple[Receiver, int]
) -> None:
    own, port = receiver
    (tmp_path / "hook").write_text("0123456789abcdef", encoding="utf-8")
    settings = f"""{GATEWAY}
[redis]
url = "{redis_server.url}"
[insight]
cases_path = "cases.sqlite"
statistics_path = "sums.sqlite"
scan_state_path = "hotspots.state"
centres_path = "{CONFIG / "map" / "area_centres.csv"}"
[[insight.webhooks]]
name = "desk"
url = "http://127.0.0.1:{port}/"
secret_file = "hook"
"""
    folder = configured(tmp_path, settings)
    journal = await SqliteJournal.opened(folder / "journal.sqlite", never)
    command = [sys.executable, "-m", "gateway", "insight", "--config", str(folder)]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        for number in range(6):
            asked = query(number, caller=Caller(f"861380000000{number}", f"k1:{number}"))
            await journal.accept(asked)
            await journal.finish(asked, WARNING, sent(asked.arrived_at + 1))
        alert = await asyncio.wait_for(own.taken.get(), 40)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
        await journal.close()
    assert (alert["detector"], alert["code"], alert["product"]) == ("many_callers", CODE, "8123456")
    assert own.posts == [("case:1:desk", 500), ("case:1:desk", 204)]
    assert WARNING.verdict is Verdict.REPEATED_OTHER
