from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.core.errors import VerificationUnavailable
from gateway.gathering import Gathering
from tests.virtual_time import run_virtual


class Oracle:
    """Answers each key with the key in capitals, `seconds` later; remembers what it was asked."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked: list[list[str]] = []
        self.seconds = seconds
        self.error: Exception | None = None

    async def fetch(self, keys: Sequence[str]) -> list[str]:
        self.asked.append(list(keys))
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return [key.upper() for key in keys]


def test_questions_within_the_window_become_one_request_and_each_gets_its_own_answer() -> None:
    oracle = Oracle()

    async def main() -> list[str]:
        gathering = Gathering(oracle.fetch, window_seconds=0.002)
        early = [gathering.ask(key) for key in "ab"]
        await asyncio.sleep(0.001)
        return list(await asyncio.gather(*early, gathering.ask("c"), gathering.ask("a")))

    assert run_virtual(main()) == ["A", "B", "C", "A"]
    assert oracle.asked == [["a", "b", "c"]]


def test_a_full_batch_leaves_before_its_window_ends() -> None:
    oracle = Oracle()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        gathering = Gathering(oracle.fetch, window_seconds=60.0, batch_limit=2)
        started_at = loop.time()
        await asyncio.gather(gathering.ask("a"), gathering.ask("b"))
        return loop.time() - started_at

    assert run_virtual(main()) == 0.0
    assert oracle.asked == [["a", "b"]]


def test_a_key_under_way_is_not_fetched_twice_where_flights_are_joined() -> None:
    oracle = Oracle(seconds=1.0)

    async def main() -> None:
        gathering = Gathering(oracle.fetch, join_flights=True)
        first = gathering.ask("a")
        await asyncio.sleep(0.5)
        assert list(await asyncio.gather(first, gathering.ask("a"))) == ["A", "A"]
        assert await gathering.ask("a") == "A"  # landed: the next question is a new one

    run_virtual(main())
    assert oracle.asked == [["a"], ["a"]]


def test_a_question_asked_during_a_flight_is_fetched_afresh_where_flights_are_not_joined() -> None:
    oracle = Oracle(seconds=1.0)

    async def main() -> None:
        gathering = Gathering(oracle.fetch)
        first = gathering.ask("a")
        await asyncio.sleep(0.5)
        await asyncio.gather(first, gathering.ask("a"))

    run_virtual(main())
    assert oracle.asked == [["a"], ["a"]]


def test_everyone_who_waits_gets_the_error_and_the_next_question_a_new_chance() -> None:
    oracle = Oracle()

    async def main() -> None:
        gathering = Gathering(oracle.fetch, join_flights=True)
        oracle.error = VerificationUnavailable("away")
        outcomes = await asyncio.gather(*map(gathering.ask, "aab"), return_exceptions=True)
        assert all(isinstance(outcome, VerificationUnavailable) for outcome in outcomes)
        oracle.error = None
        assert await gathering.ask("a") == "A"

    run_virtual(main())


def test_one_who_stops_waiting_takes_nothing_from_the_others() -> None:
    oracle = Oracle(seconds=1.0)

    async def main() -> None:
        gathering = Gathering(oracle.fetch, join_flights=True)
        leaver, stayer = gathering.ask("a"), gathering.ask("a")
        await asyncio.sleep(0.5)
        leaver.cancel()
        assert await stayer == "A"

    run_virtual(main())


@pytest.mark.parametrize("departed", [False, True])
def test_closing_cancels_whoever_still_waits(departed: bool) -> None:
    async def main() -> None:
        gathering = Gathering(Oracle(seconds=60.0).fetch, window_seconds=1.0)
        waiting = gathering.ask("a")
        await asyncio.sleep(2.0 if departed else 0.0)
        await gathering.close()
        await asyncio.sleep(0)
        assert waiting.cancelled()

    run_virtual(main())
