"""Who has spent the budget of misses, and asks on: what is done for a live code and for none is the same."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from gateway.answering import Answerer, AnsweringSettings
from gateway.core.allowance import Rate
from gateway.core.answer import Answer
from gateway.fragments import Fragments
from gateway.shared.allowance import RedisAllowance
from gateway.shared.connection import Argument, Reply
from gateway.shared.history import RedisHistory
from gateway.shared.settings import AllowanceSettings, HistorySettings, RedisSettings
from gateway.shared.turn import RedisTurn
from tests.gateway.channels.bench import TEXTS
from tests.gateway.fakes import FakeContexts, FakeVerification, code, query
from tests.system.redis_server import RedisServer
from tests.system.test_shared_history import Log

pytestmark = pytest.mark.system

MISSES = 3
LIVE = range(500)
DEAD = range(1000, 1500)


class CountedRedis(RedisTurn):
    """Notes every command; those to come are in `commands`."""

    def __init__(self, settings: RedisSettings) -> None:
        super().__init__(settings)
        self.commands: list[tuple[Argument, ...]] = []

    def execute(self, *command: Argument) -> asyncio.Future[Reply]:
        self.commands.append(command)
        return super().execute(*command)


@dataclass
class Kit:
    """An Answerer over a real Redis and a registry whose look-ups are counted."""

    redis: CountedRedis
    registry: FakeVerification = field(default_factory=FakeVerification)
    log: Log = field(default_factory=Log)
    uids: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.registry.activate(*map(code, LIVE))
        limits = AllowanceSettings(queries=Rate(100_000, 60.0), caller_misses=Rate(MISSES, 86_400.0))
        fragments = Fragments(0.0)
        self.answerer = Answerer(
            verification=self.registry,
            history=RedisHistory(self.redis, self.log, HistorySettings(), lambda: 1e9),
            contexts=FakeContexts(),
            allowance=RedisAllowance(self.redis, limits, lambda: 1e9, str.upper),
            texts=TEXTS,
            fragments=fragments,
            settings=AnsweringSettings(),
            clock=lambda: 1e9,
        )

    async def ask(self, number: int) -> Answer:
        return await self.answerer.answer(query(code(number), next(self.uids)))

    async def traces(self, number: int) -> tuple[Answer, list[tuple[int, int]], int, int]:
        """The answer, and what it took: commands (how many words and octets each), look-ups, reads of the log."""
        self.redis.commands.clear()
        look_ups, loads = len(self.registry.asked), self.log.loads
        answer = await self.ask(number)
        shapes = [(len(command), len("".join(map(str, command)))) for command in self.redis.commands]
        return answer, shapes, len(self.registry.asked) - look_ups, self.log.loads - loads


@pytest_asyncio.fixture
async def kit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kit]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    kit = Kit(CountedRedis(RedisSettings(server.url)))
    await kit.redis.start()
    yield kit
    await kit.redis.close()
    server.close()


@pytest.mark.parametrize("redis_is_there", [True, False])
async def test_beyond_the_budget_a_live_code_and_none_cost_the_same_and_no_look_up(
    kit: Kit, redis_is_there: bool
) -> None:
    await kit.ask(LIVE[0])  # known to cache and history since
    if not redis_is_there:
        await kit.redis.close()
    for number in DEAD[:MISSES]:
        await kit.ask(number)
    traces = [await kit.traces(number) for number in (LIVE[0], LIVE[1], DEAD[0], DEAD[100])]
    answer, shapes, look_ups, loads = traces[0]
    assert traces == [traces[0]] * 4
    assert (answer.note, answer.verdict, answer.findings) == ("vague", None, ())
    assert (len(shapes), look_ups, loads) == (1, 0, 0)  # the ruling


async def test_hundreds_of_guesses_beyond_the_budget_never_reach_the_registry(kit: Kit) -> None:
    for number in DEAD[:MISSES]:
        await kit.ask(number)
    seconds: dict[str, list[float]] = {"live": [], "none": []}
    for live, dead in zip(LIVE, DEAD, strict=True):
        for name, number in (("live", live), ("none", dead)):
            started_at = time.perf_counter()
            await kit.ask(number)
            seconds[name].append(time.perf_counter() - started_at)
    for name, each in seconds.items():  # for whoever wants to see that the delays are alike: pytest -s
        first, median, last = statistics.quantiles(each, n=4)
        print(f"{name}: quartiles {first * 1e6:.0f} {median * 1e6:.0f} {last * 1e6:.0f} us")
    assert kit.registry.asked == [code(number) for number in DEAD[:MISSES]]
