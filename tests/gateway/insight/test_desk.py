"""The desk's rounds: from the log to cases and alerts, over faults of Redis and of the case book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.core.errors import StateUnavailable
from gateway.core.looks import Gleaning, Look, LookedUp
from gateway.insight.case_book import CaseBook
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_store import open_book
from gateway.insight.desk import Desk, Sources
from gateway.insight.outbox import Outbox, Parcel
from gateway.insight.stream import LocalLooks, Stream
from gateway.insight.stream_settings import SignalSettings
from tests.gateway.insight.findings import CENTRES, NOON, asked


class PaperLog:
    """A log that holds what it was given, in the order of uids."""

    def __init__(self) -> None:
        self.looks: list[LookedUp] = []
        self.opened_at: list[int] = []

    def open(self, mark: int) -> PaperReading:
        self.opened_at.append(mark)
        return PaperReading(self, mark)


class PaperReading:
    def __init__(self, log: PaperLog, mark: int) -> None:
        self._log, self._mark = log, mark

    def glean(self, now: float) -> Gleaning:
        new = tuple(look for look in self._log.looks if look.uid > self._mark)
        self._mark = max((look.uid for look in new), default=self._mark)
        return Gleaning(self._mark, new)

    def close(self) -> None:
        pass


class Shared(LocalLooks):
    """A Redis that can go away, with all that it held."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.away = False

    async def enter(self, entries: Sequence[tuple[str, Look]], seconds: float, most: int) -> list[tuple[Look, ...]]:
        if self.away:
            raise StateUnavailable("Redis is away")
        return await super().enter(entries, seconds, most)


class Postbox:
    def __init__(self) -> None:
        self.taken: list[str] = []

    async def deliver(self, parcel: Parcel) -> None:
        self.taken.append(parcel.id)


class Office:
    """A desk with everything around it; `now` is its clock."""

    def __init__(self, store: Engine, shared: Shared) -> None:
        self.log, self.now, self.sums, self.postbox = PaperLog(), NOON, list[float](), Postbox()
        stream = Stream(SignalSettings(), CENTRES, LocalLooks(1000), shared)
        sources = Sources("log", self.log.open, self.sums.append)
        intake = CaseIntake(store, ["post"])
        self.desk = Desk(sources, stream, intake, Outbox(store, {"post": self.postbox}), lambda: self.now)

    async def turn(self, *looks: LookedUp) -> int:
        self.log.looks += looks
        self.now += 1
        return await self.desk.turn()


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_book(str(tmp_path / "cases.sqlite"), create=True)


async def test_a_signal_in_the_log_is_a_case_and_an_alert_in_one_round(store: Engine) -> None:
    office = Office(store, Shared())
    assert await office.turn(*(asked(number) for number in range(1, 6))) == 5
    assert office.postbox.taken == []
    await office.turn(asked(6))
    assert len(CaseBook(store).cases()) == 1
    assert len(office.postbox.taken) == 1
    await office.turn(asked(7))
    assert len(office.postbox.taken) == 1
    assert len(CaseBook(store).dossier(1).evidence) == 7


async def test_a_desk_that_starts_again_goes_on_at_its_mark_and_tells_nothing_twice(store: Engine) -> None:
    first = Office(store, Shared())
    await first.turn(*(asked(number) for number in range(1, 7)))
    await first.desk.close()
    second = Office(store, Shared())
    second.log.looks = list(first.log.looks)
    assert await second.turn() == 0
    assert second.log.opened_at == [6]
    assert second.postbox.taken == []


async def test_what_was_read_without_redis_is_read_again_when_it_is_back(store: Engine) -> None:
    shared = Shared()
    one, other = Office(store, shared), Office(store, shared)
    await other.turn(*(asked(number) for number in range(1, 4)))
    shared.away = True
    await one.turn(*(asked(number) for number in range(4, 7)))
    assert CaseBook(store).cases() == []  # each saw only three callers
    shared.away = False
    await one.turn(asked(7, caller="k1:4"))
    await one.turn()
    assert len(CaseBook(store).cases()) == 1
    assert one.log.opened_at[1] == one.log.opened_at[0]


async def test_what_the_case_book_did_not_take_is_read_again(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(store, Shared())

    def fails(*_: object) -> int:
        raise StateUnavailable("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(CaseIntake, "take", fails)
        with pytest.raises(StateUnavailable):
            await office.turn(*(asked(number) for number in range(1, 7)))
    await office.turn()
    assert len(CaseBook(store).cases()) == 1


async def test_sums_are_made_every_five_minutes(store: Engine) -> None:
    office = Office(store, Shared())
    for _ in range(3):
        office.now += 100
        await office.turn()
    assert len(office.sums) == 1
    office.now += 100
    await office.turn()
    assert len(office.sums) == 2
