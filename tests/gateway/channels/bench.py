"""A channel with everything around it faked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gateway.answering import Answerer, AnsweringSettings
from gateway.channels.intake import Intake
from gateway.channels.long_messages import CommonParts
from gateway.channels.receipts import ReceiptBook
from gateway.channels.replies import Outlet, Replies
from gateway.channels.sms import SmsChannel, SmsSettings
from gateway.core.answer import Ending
from gateway.core.inbound import understand
from gateway.core.query import Caller, Place
from gateway.core.uid import UidSequence
from gateway.fragments import Fragments
from gateway.texts import load
from smpp import Account, SubmitResult
from tests.gateway.channels.smsc import FakeAccount
from tests.gateway.fakes import (
    NOON,
    SHORT_NUMBER,
    FakeAllowance,
    FakeContexts,
    FakeHistory,
    FakeJournal,
    FakeVerification,
    code,
)
from tests.virtual_time import VirtualTimeLoop

TEXTS = load(Path(__file__).parents[3] / "templates" / "sms")
DOUBT = SubmitResult(False, 0, (), 0, True, "m1")


@dataclass
class Bench:
    """A channel with everything around it faked, and the order in which things happened."""

    journal: FakeJournal = field(default_factory=FakeJournal)
    account: FakeAccount = field(default_factory=FakeAccount)
    verification: FakeVerification = field(default_factory=FakeVerification)
    answers: list[int] = field(default_factory=list)
    now: float = NOON
    on_doubt: str = "resend"
    registered_delivery: int = 0
    common_parts: CommonParts | None = None

    def __post_init__(self) -> None:
        self.verification.activate(code())
        self.account.trace = lambda event: self.journal.events.append((event, None))
        self.start()

    def start(self) -> None:
        """A new process on the same journal."""
        settings = SmsSettings(on_doubt=self.on_doubt, open_limit=50)
        fragments = Fragments()
        answerer = Answerer(
            verification=self.verification,
            history=FakeHistory(),
            contexts=FakeContexts(),
            allowance=FakeAllowance(),
            texts=TEXTS,
            fragments=fragments,
            settings=AnsweringSettings(),
            clock=self.clock,
        )
        receipts = ReceiptBook({"mobile": "same"}, self.journal, self.clock)
        replies = Replies(
            answerer=answerer,
            journal=self.journal,
            outlets={"mobile": Outlet(cast(Account, self.account), "udh", "gsm", self.registered_delivery)},
            receipts=receipts,
            clock=self.clock,
            validity_seconds=settings.reply_validity_seconds,
            hold_doubtful=self.on_doubt == "hold",
        )
        self.replies = replies
        self.channel = SmsChannel(
            journal=self.journal,
            intake=Intake(understand, _identify, UidSequence(), fragments, frozenset({SHORT_NUMBER}), str.upper),
            replies=replies,
            receipts=receipts,
            settings=settings,
            clock=self.clock,
            common_parts=self.common_parts,
        )

    def clock(self) -> float:
        return self.now + asyncio.get_running_loop().time()

    def happened(self) -> list[str]:
        return [event for event, _ in self.journal.events]

    def outcome(self) -> Ending:
        ((_, outcome),) = self.journal.logged.values()
        return outcome.ending


def _identify(number: str, _: int) -> tuple[Caller, Place]:
    return Caller(number, f"p:{number}"), Place()


def run(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main)
