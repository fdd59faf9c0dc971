"""What stands for the account and the deliveries in tests of the SMS channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred, fail, succeed

from smpp import Address, Delivery, OutgoingMessage, SubmitResult
from smpp.commands import CommandId
from smpp.errors import NoLink
from smpp.pdu import ShortMessage
from smpp.unanswered import Response
from tests.gateway.fakes import SHORT_NUMBER

PHONE = Address("8613859111111", 1, 1)


def delivery(
    text: bytes,
    answers: list[int],
    *,
    source: Address = PHONE,
    session: int = 1,
    esm_class: int = 0,
    data_coding: int = 0,
    live: Callable[[], bool] = lambda: True,
    missed: Response = Response.LOST,
) -> Delivery:
    """A deliver_sm whose responses go to `answers`; if it is not `live` any more, `missed` tells why."""
    called = Address(SHORT_NUMBER, 0, 1)
    message = ShortMessage(CommandId.DELIVER_SM, 1, source, called, esm_class, data_coding, 0, text, (), damaged=False)

    def answer(command_status: int) -> Response:
        answers.append(command_status)
        return Response.SENT if live() else missed

    return Delivery(message, answer, account="mobile", link="m1", session=session)


@dataclass
class FakeReservation:
    """Room for one message on `account`."""

    account: FakeAccount
    link: str = "m1"

    def submit(self, message: OutgoingMessage) -> Deferred[SubmitResult]:
        self.account.trace("submit")
        self.account.sent.append(message)
        result = self.account.results.pop(0) if self.account.results else None
        return succeed(result or SubmitResult(True, 0, ("id1",), len(message.segments), False, self.link))

    def release(self) -> None:
        self.account.trace("release")


@dataclass
class FakeAccount:
    """Grants at once, unless `waiting` holds grants back or `down` refuses them."""

    trace: Callable[[str], None] = lambda event: None
    results: list[SubmitResult] = field(default_factory=list)
    sent: list[OutgoingMessage] = field(default_factory=list)
    held: list[Deferred[FakeReservation]] = field(default_factory=list)
    hold: bool = False
    down: bool = False

    def reserve(
        self, segments: int, destination: Address, prefer: str = "", give_up_after_seconds: float | None = None
    ) -> Deferred[FakeReservation]:
        if self.down:
            return fail(NoLink("no link"))
        if self.hold:
            self.held.append(Deferred())
            return self.held[-1]
        return succeed(FakeReservation(self))

    def grant(self) -> None:
        self.held.pop(0).callback(FakeReservation(self))

    def texts(self) -> list[str]:
        return [b"".join(s.short_message for s in each.segments).decode("utf-16-be") for each in self.sent]
