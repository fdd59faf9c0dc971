"""The watch over Asterisk in virtual time: what it shows, and what it says when it knows nothing."""

from __future__ import annotations

import re

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from ivr.manager import AmiConnection, AsteriskWatch, TrunkStatus

ANSWERS = {
    "Login": "Response: Success\r\n",
    "CoreSettings": "Response: Success\r\nAsteriskVersion: 22.1.0\r\n",
    "CoreStatus": "Response: Success\r\nCoreCurrentCalls: 2\r\n",
    "CoreShowChannels": (
        "Response: Success\r\nEventList: start\r\n|Event: CoreShowChannel\r\n|Event: C\r\nEventList: Complete\r\n"
    ),
    "PJSIPShowEndpoints": (
        "Response: Success\r\nEventList: start\r\n"
        "|Event: EndpointList\r\nObjectName: carrier-a\r\n"
        "DeviceState: Not in use\r\nActiveChannels: PJSIP/a-1, PJSIP/a-2\r\n"
        "|Event: C\r\nEventList: Complete\r\n"
    ),
}


@implementer(IStreamClientEndpoint)
class Asterisk:
    """Every connection is taken; `login` is the answer to the password."""

    def __init__(self) -> None:
        self.login = ANSWERS["Login"]
        self.transport = StringTransport()
        self.connection: AmiConnection | None = None
        self.service_protocol: Protocol | None = None
        self.connected = 0

    def connect(self, factory: Factory) -> Deferred[object]:
        protocol = factory.buildProtocol(None)
        self.transport = StringTransport()
        protocol.makeConnection(self.transport)
        self.connected += 1
        self.service_protocol = inner = protocol
        while not isinstance(inner, AmiConnection):  # the service wraps it
            inner = inner._protocol
        self.connection = inner
        inner.dataReceived(b"Asterisk Call Manager/9.0.0\r\n")
        return succeed(protocol)

    def answer(self) -> None:
        """All that is asked, until nothing is."""
        assert self.connection is not None
        while asked := re.findall(r"Action: (\w+)\r\nActionID: (\w+)", self.transport.value().decode()):
            self.transport.clear()
            for name, identity in asked:
                for message in ({**ANSWERS, "Login": self.login})[name].split("|"):
                    self.connection.dataReceived(f"{message}ActionID: {identity}\r\n\r\n".encode())


def watching() -> tuple[Asterisk, AsteriskWatch, Clock]:
    asterisk, clock = Asterisk(), Clock()
    watch = AsteriskWatch(asterisk, "zhenma", "secret", clock)
    assert watch.status().fault == "not connected yet"
    watch.start()
    return asterisk, watch, clock


def test_version_calls_channels_and_trunks_are_shown_and_asked_for_again() -> None:
    asterisk, watch, clock = watching()
    asterisk.answer()
    status = watch.status()
    assert (status.connected, status.version, status.calls, status.channels) == (True, "22.1.0", 2, 1)
    assert status.trunks == (TrunkStatus("carrier-a", "Not in use", 2),)
    clock.advance(5.0)
    asterisk.answer()
    assert watch.status().as_of == 5.0


def test_a_lost_connection_is_told_and_made_again() -> None:
    asterisk, watch, clock = watching()
    asterisk.answer()
    lose(asterisk)
    assert (watch.status().connected, watch.status().fault) == (False, "the connection to Asterisk was lost")
    clock.advance(30.0)
    asterisk.answer()
    assert (asterisk.connected, watch.status().connected) == (2, True)


def test_a_refused_secret_is_what_is_told_and_is_not_tried_again_at_once() -> None:
    asterisk, watch, clock = watching()
    asterisk.login = "Response: Error\r\nMessage: Authentication failed\r\n"
    asterisk.answer()
    assert watch.status().fault == "Authentication failed"
    clock.advance(4.0)
    assert not asterisk.transport.disconnecting
    clock.advance(1.0)
    assert asterisk.transport.disconnecting
    lose(asterisk)
    assert watch.status().fault == "Authentication failed"


def test_an_asterisk_that_does_not_answer_is_told_as_such() -> None:
    _, watch, clock = watching()
    clock.advance(5.0)
    assert watch.status().fault


def lose(asterisk: Asterisk) -> None:
    assert asterisk.service_protocol is not None
    asterisk.service_protocol.connectionLost(Failure(ConnectionDone()))
