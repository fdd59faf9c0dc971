"""The simulator against the ESME side, over loopback TCP; and its control lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.testing import StringTransport

from smpp import Account, Delivery, LinkState, LinkStatus, MessageRefusal, OutgoingMessage
from smpp.segments import segment
from smpp.settings import AccountSettings, Bind, LinkSettings
from smpp.simulator import texts
from smpp.simulator.__main__ import read_credentials
from smpp.simulator.control import BadLine, ControlRoom, read_line
from smpp.simulator.smsc import Smsc, Typed

PHONE, SHORT_CODE = "8613800138000", "95001111"
LONG = "真码查询：" + "验" * 100


class Gateway:
    """Answers each whole text with the text itself, doubled."""

    def __init__(self) -> None:
        self.account: Account
        self.receipts: list[str] = []
        self.texts: list[str] = []
        self.bound: Deferred[None] = Deferred()

    def message_arrived(self, delivery: Delivery, /) -> None:
        part = delivery.part
        self.texts.append(delivery.text)
        delivery.respond()
        if part is None or part.number == part.total:
            segments = segment("".join(self.texts) * 2, 5)
            message = OutgoingMessage(delivery.destination, delivery.source, segments, 60, registered_delivery=1)
            reserved = self.account.reserve(len(segments), delivery.source, delivery.link)
            reserved.addCallback(lambda reservation: reservation.submit(message))

    def message_refused(self, refusal: MessageRefusal, /) -> None:
        raise AssertionError(refusal)

    def receipt_arrived(self, link: str, delivery: Delivery, /) -> None:
        self.receipts.append(delivery.text)
        delivery.respond()

    def link_changed(self, status: LinkStatus, /) -> None:
        if status.state is LinkState.BOUND and not self.bound.called:
            self.bound.callback(None)

    def session_lost(self, link: str, session: int, /) -> None:
        pass


class Shown:
    """What the simulator showed; `until` waits for an event."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self._waiting: list[tuple[str, Deferred[Mapping[str, Any]]]] = []

    def __call__(self, facts: Mapping[str, Any]) -> None:
        self.events.append(facts)
        waiting, self._waiting = self._waiting, []
        for event, deferred in waiting:
            if event == facts["event"]:
                deferred.callback(facts)
            else:
                self._waiting.append((event, deferred))

    def until(self, event: str) -> Deferred[Mapping[str, Any]]:
        deferred: Deferred[Mapping[str, Any]] = Deferred()
        self._waiting.append((event, deferred))
        return deferred


@pytest.mark.parametrize("bind", [Bind.TRANSCEIVER, Bind.PAIR])
@pytest.mark.parametrize("text", ["81234567890123456789", LONG])
@pytest_twisted.inlineCallbacks
def test_a_text_typed_at_the_simulator_is_answered_over_tcp(bind: Bind, text: str) -> Iterator[Any]:
    shown, gateway = Shown(), Gateway()
    smsc = Smsc({"zhenma": "secret"}, shown, reactor, lambda: 0.0)
    port = reactor.listenTCP(0, smsc, interface="127.0.0.1")
    link = LinkSettings("l0", "127.0.0.1", port.getHost().port, "zhenma", "secret", bind=bind)
    gateway.account = Account(AccountSettings("carrier", (link,)), gateway, reactor)
    gateway.account.startService()
    yield gateway.bound
    whole, acknowledged = shown.until("mt"), shown.until("acknowledged")
    smsc.type(Typed(PHONE, SHORT_CODE, text))
    facts = yield whole
    assert (facts["source"], facts["destination"], facts["text"]) == (SHORT_CODE, PHONE, text * 2)
    assert (yield acknowledged)["command_status"] == 0
    yield gateway.account.stopService()
    yield port.stopListening()


@pytest_twisted.inlineCallbacks
def test_the_simulator_refuses_a_wrong_password_and_the_link_raises_the_alarm() -> Iterator[Any]:
    shown = Shown()
    port = reactor.listenTCP(0, Smsc({"zhenma": "secret"}, shown, reactor, lambda: 0.0), interface="127.0.0.1")
    refused: Deferred[LinkStatus] = Deferred()

    class Watching(Gateway):
        def link_changed(self, status: LinkStatus, /) -> None:
            if status.alarm:
                refused.callback(status)

    link = LinkSettings("l0", "127.0.0.1", port.getHost().port, "zhenma", "guess")
    account = Account(AccountSettings("carrier", (link,)), Watching(), reactor)
    account.startService()
    status = yield refused
    assert status.why_lost == "bind refused: ESME_RINVPASWD"
    yield account.stopService()
    yield port.stopListening()


@pytest.mark.parametrize(
    "line",
    [b"x", b"[]", b"{}", b'{"source": "1", "destination": "2"}', b'{"source": "", "destination": "2", "text": ""}',
     '{"source": "１", "destination": "2", "text": ""}'.encode()],
)  # fmt: skip
def test_a_bad_control_line_is_explained(line: bytes) -> None:
    with pytest.raises(BadLine):
        read_line(line)


def test_whoever_comes_late_to_the_control_is_told_who_is_bound() -> None:
    room = ControlRoom()
    room.show({"event": "bound", "system_id": "a", "role": "transceiver"})
    room.show({"event": "bound", "system_id": "b", "role": "transceiver"})
    room.show({"event": "unbound", "system_id": "a", "role": "transceiver"})
    control, transport = room.buildProtocol(None), StringTransport()
    control.makeConnection(transport)
    assert [json.loads(line)["system_id"] for line in transport.value().splitlines()] == ["b"]


def test_credentials_are_read_from_lines_and_faults_name_theirs(tmp_path: Any) -> None:
    path = tmp_path / "credentials"
    path.write_text("# who\nzhenma secret\n\n")
    assert read_credentials(path) == {"zhenma": "secret"}
    path.write_text("zhenma\n")
    with pytest.raises(ValueError, match="credentials:1"):
        read_credentials(path)


@pytest.mark.parametrize("text", ["", "hi [there] €", "真码", "a" * 160, "a" * 161, "{" * 100, "真" * 71, "😀" * 80])
def test_the_simulators_phone_shows_what_it_typed(text: str) -> None:
    data_coding, parts = texts.parts(text, 3)
    shown = [texts.decode(data_coding, texts.concatenation(esm_class, octets, {})[1]) for esm_class, octets in parts]
    assert "".join(shown) == text
    assert all(len(octets) <= 160 for _, octets in parts)
