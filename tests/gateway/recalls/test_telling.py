"""Herald and dispatch in virtual time: who is told, when, how fast, and what waits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from gateway.channels.replies import Outlet
from gateway.core.errors import StateUnavailable
from gateway.core.ports import OtherKind
from gateway.recalls.dispatch import Dispatch, Policy
from gateway.recalls.herald import Herald
from gateway.recalls.pace import Pace
from gateway.recalls.quiet_hours import QuietHours
from gateway.recalls.sealing import Seal
from gateway.recalls.subscription import Subscription
from gateway.recalls.subscriptions import Subscriptions
from gateway.texts import load
from smpp import Account, LinkState, SubmitResult
from tests.gateway.channels.smsc import FakeAccount
from tests.gateway.fakes import NOON, WINE, FakeJournal, caller
from tests.gateway.recalls.samples import KEY, NUMBER, FakeRegistry, wish
from tests.virtual_time import run_virtual

T = TypeVar("T")
TEXTS = load(Path(__file__).parents[3] / "templates" / "sms")
NIGHT = QuietHours.between("21:00", "08:00")
NEVER = QuietHours.between("00:00", "00:00")
DOUBT = SubmitResult(False, 0, (), 0, True, "m1")
HOUR, MINUTE = 3600.0, 60.0


class Direct(Subscriptions):
    """Subscriptions without their thread, which has no place in virtual time; `away` makes their disk fail."""

    away = False

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        if self.away:
            raise StateUnavailable("the disk is gone")
        return question(self._connection)


class Carrier(FakeAccount):
    """An account with one link; `waiting`: replies that wait for room."""

    waiting = 0
    state = LinkState.BOUND

    def status(self) -> tuple[SimpleNamespace, ...]:
        return (SimpleNamespace(state=self.state, waiting=self.waiting),)


class Stage:
    """A process with one carrier, whose clock goes with the loop's; `start` is another one on the same file."""

    def __init__(self, folder: Path, *, hours: QuietHours = NEVER, resend: bool = True, began_at: float = NOON) -> None:
        self.registry = FakeRegistry()
        self.carrier = Carrier()
        self.journal = FakeJournal()
        self.policy = Policy(hours, resend)
        self.folder = folder
        self._offset = began_at - asyncio.get_running_loop().time()
        self.start()

    def clock(self) -> float:
        return asyncio.get_running_loop().time() + self._offset

    def start(self) -> None:
        self.book = Direct(self.folder / "recalls.sqlite", Seal(KEY))
        self.dispatch = Dispatch(
            outlets={"mobile": Outlet(cast(Account, self.carrier), "udh", "gsm", 1)},
            subscriptions=self.book,
            journal=self.journal,
            texts=TEXTS,
            pace=Pace(20.0),
            policy=self.policy,
            clock=self.clock,
        )
        self.herald = Herald(
            self.book,
            self.registry,
            self.dispatch,
            sweep_seconds=15 * MINUTE,
            resend_doubtful=self.policy.resend_doubtful,
            clock=self.clock,
        )
        self.herald.start()

    async def waiting(self) -> list[Subscription]:
        return await self.book.waiting(None, 0, self.clock(), 1_000)


def played(scene: Callable[[Stage], Coroutine[Any, Any, None]], folder: Path, **differs: Any) -> None:
    """A scene in virtual time, from its first second to the herald's end."""

    async def play() -> None:
        stage = Stage(folder, **differs)
        await scene(stage)
        await stage.herald.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(play())


def test_a_change_is_looked_into_and_only_who_asked_about_what_is_recalled_is_told_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1, 2))
        await stage.book.subscribe(wish(3, phone="8613859222222"))
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert stage.carrier.sent == []
        stage.registry.recall(1, 2)
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        (text,) = stage.carrier.texts()
        assert text == (
            "【监管网】召回通知：您查过的“玉泉白酒”（批号尾080501）已被召回，请停止使用并联系销售者：标签有误。退订回TD"
        )
        ((uid, carrier, kind, outcome),) = stage.journal.besides
        assert (uid, carrier, kind, outcome.ending.value) == (1, "mobile", OtherKind.RECALL, "sent")
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(HOUR)
        assert len(stage.carrier.sent) == len(stage.carrier.texts()) == 1
        assert len(await stage.waiting()) == 1

    played(scene, tmp_path)


def test_a_recall_that_nobody_told_of_is_found_at_the_next_sweep(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        await asyncio.sleep(MINUTE)
        stage.registry.recall(1)
        await asyncio.sleep(13 * MINUTE)
        assert stage.carrier.sent == []
        await asyncio.sleep(3 * MINUTE)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path)


def test_in_quiet_hours_nobody_is_told_and_in_the_morning_everybody_is(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:  # begins at 20:30
        await stage.book.subscribe(wish(1))
        await asyncio.sleep(25 * MINUTE)
        stage.registry.recall(1)
        stage.herald.changed(WINE.resource_code)  # at 20:55 it is too late to begin
        await asyncio.sleep(11 * HOUR)
        assert stage.carrier.sent == []
        await asyncio.sleep(10 * MINUTE)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path, hours=NIGHT, began_at=NOON + 8.5 * HOUR)


def test_a_notice_is_valid_until_the_quiet_hours_at_most(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        (message,) = stage.carrier.sent
        assert message.validity_seconds == pytest.approx(HOUR, abs=5)
        assert message.registered_delivery == 0

    played(scene, tmp_path, hours=NIGHT, began_at=NOON + 8 * HOUR)


def test_many_leave_at_their_pace_and_replies_go_first(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for number in range(100):
            await stage.book.subscribe(wish(number, phone=f"86138591{number:05d}"))
        stage.registry.recall(*range(100))
        stage.carrier.waiting = 3
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(10)
        assert stage.carrier.sent == []
        stage.carrier.waiting = 0
        await asyncio.sleep(2)
        assert 30 <= len(stage.carrier.sent) <= 45
        await asyncio.sleep(10)
        assert len(stage.carrier.sent) == 100

    played(scene, tmp_path)


@pytest.mark.parametrize("fault", ["registry", "link", "no link", "disk", "carrier"])
def test_what_cannot_be_told_now_is_told_once_it_can_be(tmp_path: Path, fault: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(2, carrier="gone", phone="8613859222222"))
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1, 2)
        stage.registry.away = fault == "registry"
        stage.carrier.down = fault == "link"
        stage.carrier.state = LinkState.WAITING if fault == "no link" else LinkState.BOUND
        stage.book.away = fault == "disk"
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(2 * MINUTE)
        assert len(stage.carrier.sent) == (fault == "carrier")
        stage.registry.away = stage.carrier.down = stage.book.away = False
        stage.carrier.state = LinkState.BOUND
        await asyncio.sleep(MINUTE)
        assert len(stage.carrier.sent) == 1
        assert len(await stage.waiting()) == 1  # whose carrier is not configured any more

    played(scene, tmp_path)


@pytest.mark.parametrize("resend", [True, False])
def test_a_lost_response_is_dealt_with_as_for_replies(tmp_path: Path, resend: bool) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.results = [DOUBT]
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(2 * MINUTE)
        assert len(stage.carrier.sent) == 1 + resend
        assert [each[3].ending.value for each in stage.journal.besides] == ["in_doubt", "sent"][: 1 + resend]
        assert await stage.waiting() == []

    played(scene, tmp_path, resend=resend)


@pytest.mark.parametrize("resend", [True, False])
def test_a_process_that_died_while_sending_leaves_the_doubt_to_the_next(tmp_path: Path, resend: bool) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        (one,) = await stage.waiting()
        await stage.book.begin(one.row, "", stage.clock())
        await stage.herald.close()
        stage.registry.recall(1)
        stage.start()
        await asyncio.sleep(MINUTE)
        assert len(stage.carrier.sent) == resend

    played(scene, tmp_path, resend=resend)


def test_who_says_stop_while_their_notice_waits_for_room_is_not_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.hold = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert await stage.book.end(caller(NUMBER)) == 1
        stage.carrier.grant()
        await asyncio.sleep(5)
        assert stage.carrier.sent == []

    played(scene, tmp_path)


def test_accounts_that_cannot_be_written_cost_no_notice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.journal.failing = 1
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        assert len(stage.carrier.sent) == 1
        assert await stage.waiting() == []

    played(scene, tmp_path)


def test_the_end_does_not_wait_for_notices_that_have_not_begun(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        stage.carrier.hold = True
        stage.herald.changed(WINE.resource_code)
        await asyncio.sleep(5)
        began_at = stage.clock()
        await stage.herald.close()
        assert stage.clock() == began_at
        assert len(await stage.waiting()) == 1

    played(scene, tmp_path)


def test_more_changes_than_can_be_remembered_make_it_look_at_all(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await asyncio.sleep(MINUTE)
        await stage.book.subscribe(wish(1))
        stage.registry.recall(1)
        for number in range(10_001):
            stage.herald.changed(f"{number:07d}")
        await asyncio.sleep(5)
        assert len(stage.carrier.sent) == 1

    played(scene, tmp_path)
