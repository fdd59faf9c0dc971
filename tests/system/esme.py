"""Our side of the system tests: an account with a listener that remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred

from smpp.account import Account
from smpp.address import Address
from smpp.delivery import Delivery
from smpp.link_status import LinkState, LinkStatus
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.refusal import MessageRefusal
from smpp.segments import Mode, segment
from smpp.settings import AccountSettings, LinkSettings
from tests.system.inbox import Inbox

SHORT_CODE = Address("95001111", 0, 1)
PHONE = Address("8613812341234", 1, 1)


class Esme:
    """Answers every message with `command_status` (None: leaves it to the test); keeps what came."""

    def __init__(self, ports: tuple[int, ...], settings: dict[str, Any]) -> None:
        self.messages: Inbox[Delivery] = Inbox("people")
        self.receipts: Inbox[Delivery] = Inbox("receipts")
        self.states: Inbox[LinkState] = Inbox("the link's states")
        self.refusals: list[MessageRefusal] = []
        self.command_status: int | None = 0
        password = settings.pop("password", "secret")
        links = tuple(
            LinkSettings(f"l{number}", "127.0.0.1", port, "us", password, **settings)
            for number, port in enumerate(ports, 1)
        )
        pace = {"reconnect_least_seconds": 0.05, "reconnect_most_seconds": 0.2, "failover_seconds": 0.1}
        self.account = Account(AccountSettings("carrier", links, drain_seconds=2.0, **pace), self, reactor)

    def message_arrived(self, delivery: Delivery) -> None:
        if delivery.text == "poison":
            raise RuntimeError("a fault of ours")
        if self.command_status is not None:
            delivery.respond(self.command_status)
        self.messages.put(delivery)

    def message_refused(self, refusal: MessageRefusal) -> None:
        self.refusals.append(refusal)

    def receipt_arrived(self, link: str, message: Delivery) -> None:
        message.respond()
        self.receipts.put(message)

    def link_changed(self, status: LinkStatus) -> None:
        self.states.put(status.state)

    def session_lost(self, link: str, session: int) -> None:
        pass

    async def state(self, wanted: LinkState) -> None:
        """Wait until the link has been in this state."""
        await self.states.wait(lambda state: state is wanted)

    @property
    def status(self) -> LinkStatus:
        """Of the first link."""
        return self.account.status()[0]

    async def send(self, text: str, mode: Mode = "udh", registered_delivery: int = 0, prefer: str = "") -> SubmitResult:
        """Send a text to PHONE."""
        segments = segment(text, 7, mode)
        reservation = await self.account.reserve(len(segments), PHONE, prefer)
        message = OutgoingMessage(SHORT_CODE, PHONE, segments, 600.0, registered_delivery)
        return await reservation.submit(message)

    def send_soon(self, text: str) -> Deferred[SubmitResult]:
        """The same, under way while the test goes on."""
        return ensureDeferred(self.send(text))


@asynccontextmanager
async def esme(*ports: int, **settings: Any) -> AsyncIterator[Esme]:
    """An ESME with a link to each of these ports of 127.0.0.1; `settings` are those of LinkSettings."""
    ours = Esme(ports, settings)
    ours.account.startService()
    try:
        yield ours
    finally:
        await ours.account.stopService()
