"""A process that tells of recalls, in virtual time, with one carrier and one registry."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, succeed

from gateway.channels.replies import Outlet
from gateway.core.errors import StateUnavailable
from gateway.recalls.dispatch import Dispatch, Policy
from gateway.recalls.herald import Herald
from gateway.recalls.pace import Pace
from gateway.recalls.quiet_hours import QuietHours
from gateway.recalls.sealing import Seal
from gateway.recalls.subscription import Subscription
from gateway.recalls.subscriptions import Subscriptions
from gateway.texts import load
from smpp import Account, Address, LinkState, OutgoingMessage, SubmitResult
from tests.gateway.channels.smsc import FakeAccount, FakeReservation
from tests.gateway.fakes import NOON, FakeJournal
from tests.gateway.recalls.samples import KEY, FakeRegistry
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


class MuteReservation(FakeReservation):
    """Room for a message whose submit_sm_resp is awaited until a test brings it."""

    def submit(self, message: OutgoingMessage) -> Deferred[SubmitResult]:
        assert isinstance(self.account, Carrier)
        self.account.unanswered.append(Deferred())
        return self.account.unanswered[-1]


class Carrier(FakeAccount):
    """An account with one link; `waiting`: replies that wait for room; `mute`: it answers no submit_sm."""

    waiting = 0
    mute = False
    state = LinkState.BOUND

    def __init__(self) -> None:
        super().__init__()
        self.unanswered: list[Deferred[SubmitResult]] = []

    def reserve(
        self, segments: int, destination: Address, prefer: str = "", give_up_after_seconds: float | None = None
    ) -> Deferred[FakeReservation]:
        if self.mute:
            return succeed(MuteReservation(self))
        return super().reserve(segments, destination, prefer, give_up_after_seconds)

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
