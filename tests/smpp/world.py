"""An account over in-memory connections, its listener, and an SMSC for each link."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from smpp.account import Account
from smpp.address import Address
from smpp.delivery import Delivery
from smpp.link_status import LinkState, LinkStatus
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.refusal import MessageRefusal
from smpp.segments import segment
from smpp.settings import AccountSettings, LinkSettings
from tests.smpp.smsc import Connection, MemoryEndpoint, Pdu

SHORT_CODE = Address("95001111", 0, 1)


def phone(number: int = 0) -> Address:
    return Address(f"86138001380{number:02d}", 1, 1)


class Listener:
    def __init__(self) -> None:
        self.messages: list[Delivery] = []
        self.receipts: list[Delivery] = []
        self.refusals: list[MessageRefusal] = []
        self.states: list[tuple[str, LinkState]] = []
        self.lost: list[tuple[str, int]] = []
        self.broken = False

    def message_arrived(self, delivery: Delivery) -> None:
        if self.broken:
            raise RuntimeError("a fault of ours")
        self.messages.append(delivery)

    def message_refused(self, refusal: MessageRefusal) -> None:
        self.refusals.append(refusal)

    def receipt_arrived(self, link: str, message: Delivery) -> None:
        self.receipts.append(message)
        message.respond()

    def link_changed(self, status: LinkStatus) -> None:
        self.states.append((status.name, status.state))

    def session_lost(self, link: str, session: int) -> None:
        self.lost.append((link, session))


class World:
    """An account with links l0, l1, ..., each to an SMSC of its own."""

    def __init__(self, links: int = 1, **settings: Any) -> None:
        self.clock = Clock()
        self.listener = Listener()
        self.endpoints: dict[str, MemoryEndpoint] = {}
        self.account = Account(
            AccountSettings(
                "carrier", tuple(LinkSettings(f"l{n}", "h", 2775, "us", "pw", **settings) for n in range(links))
            ),
            self.listener,
            self.clock,
            lambda link, _: self.endpoints.setdefault(link.name, MemoryEndpoint()),
        )
        self.account.startService()

    def bound(self) -> World:
        for endpoint in self.endpoints.values():
            for connection in endpoint.connections:
                connection.accept_bind()
        return self

    def smsc(self, link: str = "l0") -> Connection:
        return self.endpoints[link].last

    def submits(self, link: str = "l0") -> list[Pdu]:
        self.clock.advance(0)
        return [sent for sent in self.smsc(link).sent() if sent.command_id == 4]

    def send(
        self, text: str = "hello", number: int = 0, prefer: str = "", validity: float = 60.0
    ) -> list[SubmitResult]:
        """Reserve, submit at once; the list is filled when the result is there."""
        results: list[SubmitResult] = []
        segments = segment(text, 7)
        message = OutgoingMessage(SHORT_CODE, phone(number), segments, validity)
        reserved = self.account.reserve(len(segments), phone(number), prefer)
        reserved.addCallback(lambda reservation: reservation.submit(message)).addCallback(results.append)
        return results

    def stop(self) -> None:
        stopped = self.account.stopService()
        for _ in range(60):
            self.clock.advance(1)
            for endpoint in self.endpoints.values():
                for connection in endpoint.connections:
                    if connection.transport.closing and not connection.gone:
                        connection.close()
        assert stopped.called
        assert self.clock.getDelayedCalls() == []
