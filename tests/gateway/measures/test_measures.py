"""Measuring over time: a second at a time, on a clock that may be wrong, and never in anyone's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.measures import GATEWAY, Measures, SeriesStore, Sources, Span, Subject
from gateway.measures.events import QueryEvents
from gateway.measures.watched import WatchedJournal
from smpp import LinkStatus
from tests.gateway.fakes import FakeJournal, code, query
from tests.gateway.measures.readings import NOON, link
from tests.virtual_time import VirtualTimeLoop


class _Loop(VirtualTimeLoop):
    """What a thread would do is done at once."""

    def run_in_executor(
        self, executor: object, function: Callable[..., object], *arguments: object
    ) -> Awaitable[object]:  # type: ignore[override]  # no threads in virtual time
        done = self.create_future()
        try:
            done.set_result(function(*arguments))
        except Exception as exc:  # noqa: BLE001 - whatever a thread raises is its caller's
            done.set_exception(exc)
        return done


class Scene:
    """A gateway of one link, whose wall clock is `ahead` of what it should be."""

    def __init__(self, folder: Path) -> None:
        self.messages = 0
        self.fails = False
        self.ahead = 0.0
        self.journal = WatchedJournal(FakeJournal(), QueryEvents())
        self.path = folder / "journal.sqlite.measures"
        (folder / "journal.sqlite").write_bytes(b"x" * 1000)
        sources = Sources(links=self._links, journal=self.journal, journal_path=folder / "journal.sqlite")
        self.measures = Measures(sources, SeriesStore(self.path), self.clock, self._steady)

    def clock(self) -> float:
        return NOON + 0.25 + self._steady() - 1_000.0 + self.ahead

    def _steady(self) -> float:
        return asyncio.get_running_loop().time()

    def _links(self) -> list[LinkStatus]:
        if self.fails:
            raise RuntimeError("a fault of ours")
        return [link(messages=self.messages).status]

    async def mo(self, span: Span = Span.HOUR, subject: Subject = GATEWAY) -> dict[int, float]:
        (series,) = await self.measures.series(["mo"], subject, span)
        return {
            at - int(NOON): value for at, value in zip(series.times, series.values, strict=True) if value is not None
        }


def _play(folder: Path, act: Callable[[Scene], Awaitable[None]]) -> None:
    async def play() -> None:
        scene = Scene(folder)
        running = asyncio.ensure_future(scene.measures.run())
        await asyncio.sleep(0)
        await act(scene)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await scene.measures.close()

    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(play())


def test_each_second_has_its_sample_without_gap_or_overlap(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        for second in range(30):
            scene.messages += second
            await asyncio.sleep(1.0)
        found = await scene.mo()
        assert list(found) == list(range(30))
        assert [round(found[second]) for second in range(1, 30)] == list(range(1, 30))

    _play(tmp_path, act)


def test_a_wall_clock_that_is_set_back_makes_no_rate_negative_nor_stops_anything(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        for ahead in (0.0, -600.0, 1800.0, 0.0):
            scene.ahead = ahead
            for _ in range(10):
                scene.messages += 5
                await asyncio.sleep(1.0)
        found = await scene.mo()
        assert len(found) >= 25
        assert all(0 <= value <= 15 for value in found.values())

    _play(tmp_path, act)


def test_what_watches_live_has_news_a_second(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        with scene.measures.subscribe("mobile") as subscription:
            scene.messages = 4
            first, second = [json.loads(await anext(subscription)) for _ in range(2)]
        assert second["at"] - first["at"] == 1
        assert first["carriers"][0]["links"][0]["values"]["mo"] > 0
        assert second["carriers"][0]["values"]["mo"] == 0

    _play(tmp_path, act)


def test_the_snapshot_tells_the_age_and_the_size_of_the_journal(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.journal.accept(query(code(), at=NOON))
        await asyncio.sleep(3.0)
        journal = scene.measures.snapshot().journal
        assert (journal.open, journal.octets) == (1, 1000)
        assert journal.oldest_seconds == pytest.approx(3.25)

    _play(tmp_path, act)


def test_the_file_is_written_every_ten_seconds_and_at_the_end(tmp_path: Path) -> None:
    def written() -> int:
        store = SeriesStore(tmp_path / "journal.sqlite.measures")
        (series,) = store.read(["mo"], GATEWAY, Span.HOUR, int(NOON) + 100)
        store.close(int(NOON))
        return sum(value is not None for value in series.values)

    async def act(scene: Scene) -> None:
        await asyncio.sleep(9.0)
        assert written() == 0
        await asyncio.sleep(1.0)
        assert written() == 10
        await asyncio.sleep(5.0)

    _play(tmp_path, act)
    assert written() == 15


def test_a_fault_in_measuring_costs_seconds_and_not_the_rest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(5.0)
        scene.fails = True
        await asyncio.sleep(5.0)
        scene.fails = False
        await asyncio.sleep(5.0)
        assert 8 <= len(await scene.mo()) <= 12

    _play(tmp_path, act)
    assert "could not be measured" in caplog.text
