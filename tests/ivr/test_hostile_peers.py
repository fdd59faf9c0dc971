"""Floods, slow peers, half environments and hostile values: bounded memory, few words, and other calls go on."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, globalLogPublisher

from ivr.agi import AGIUsageError, execute, set_variable, stream_file
from ivr.desk import Name, Slot
from ivr.protocol import AgiConnection
from ivr.server import VoiceFactory
from ivr.settings import VoiceSettings
from ivr.speech import load_scripts
from tests.ivr.fake_desk import FIRST, FakeDesk
from tests.ivr.scripted_call import HANG_UP, HEADER, FakeSpeech, ScriptedCall, _Peer

HOSTILE, OTHER = "10.0.0.1", "10.0.0.2"
PROMPTS = Path(__file__).resolve().parents[2] / "templates" / "voice"


class Flooded:
    """A server that allows two Asterisks, and what it writes to the log."""

    def __init__(self) -> None:
        self.clock = Clock()
        settings = VoiceSettings(allowed_peers=("10.0.0.0/24",), calls_limit=3000, calls_per_peer_limit=2000)
        self.factory = VoiceFactory(settings, FakeDesk(), FakeSpeech(), self.clock, self.clock.seconds)
        self.log: list[LogEvent] = []
        self.open: list[AgiConnection] = []

    def connect(self, host: str = HOSTILE) -> tuple[AgiConnection, StringTransport] | None:
        connection = self.factory.buildProtocol(_Peer(host))
        if connection is None:
            return None
        transport = StringTransport()
        connection.makeConnection(transport)
        self.open.append(connection)
        return connection, transport

    def call(self, host: str = OTHER) -> StringTransport:
        """One that goes on as it should, up to its first command."""
        made = self.connect(host)
        assert made is not None
        connection, transport = made
        connection.dataReceived(f"{HEADER}\n".encode())
        return transport

    def close(self) -> None:
        for connection in self.open:
            connection.connectionLost()
        assert self.clock.getDelayedCalls() == []
        assert self.factory.status().calls == 0


@pytest.fixture
def flooded() -> Iterator[Flooded]:
    made = Flooded()
    globalLogPublisher.addObserver(made.log.append)
    yield made
    globalLogPublisher.removeObserver(made.log.append)


def test_ten_thousand_connections_of_one_peer_leave_room_and_a_bounded_memory_and_log(flooded: Flooded) -> None:
    tracemalloc.start()
    accepted = sum(flooded.connect() is not None for _ in range(10_000))
    octets, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert accepted == 2200  # its share, and those that are told busy
    assert octets < 25_000_000
    assert flooded.call().value() == b"ANSWER\n"
    flooded.clock.advance(2.0)  # none of them has said a word
    assert (flooded.factory.status().refused_busy, flooded.factory.status().calls) == (8000, 1)
    for connection in flooded.open[:2200]:
        connection.connectionLost()  # as the reactor tells of what was aborted
    del flooded.open[:2200]
    assert flooded.call(HOSTILE).value() == b"ANSWER\n"
    assert len(flooded.log) <= 2
    flooded.close()


def test_an_environment_that_drips_in_is_cut_off_by_its_deadline(flooded: Flooded) -> None:
    made = flooded.connect()
    assert made is not None
    connection, transport = made
    for octet in HEADER.encode()[:20]:
        connection.dataReceived(bytes([octet]))
        flooded.clock.advance(0.1)
    assert transport.disconnected or transport.disconnecting
    assert flooded.call().value() == b"ANSWER\n"
    flooded.close()
    assert flooded.factory.status().timed_out == 1


@pytest.mark.parametrize("half", ["agi_network: yes\nagi_callerid", "agi_network: yes\n", ""])
def test_half_an_environment_begins_no_call(flooded: Flooded, half: str) -> None:
    made = flooded.connect()
    assert made is not None
    connection, transport = made
    connection.dataReceived(half.encode())
    connection.connectionLost()
    flooded.open.remove(connection)
    assert transport.value() == b""
    assert flooded.factory.status().begun == 0
    flooded.close()


def test_a_thousand_peers_that_speak_something_else_are_one_line_in_the_log(flooded: Flooded) -> None:
    for number in range(1000):
        made = flooded.connect()
        assert made is not None
        made[0].dataReceived(f"GET /{number} HTTP/1.1\r\n".encode())
        assert made[1].disconnected or made[1].disconnecting
        made[0].connectionLost()
        flooded.open.remove(made[0])
    assert len(flooded.log) == 1
    flooded.close()


def test_replies_to_nothing_end_that_call_alone(flooded: Flooded) -> None:
    other = flooded.call()
    made = flooded.connect()
    assert made is not None
    connection, transport = made
    connection.dataReceived(f"{HEADER}\n200 result=1\n200 result=1\n200 result=1\n".encode() * 50)
    assert transport.disconnected or transport.disconnecting
    assert not other.disconnecting
    flooded.close()


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\r\nb", "a\0b", "a\x7fb"])
def test_a_line_break_in_any_argument_is_no_second_command(value: str) -> None:
    for make in (
        lambda: stream_file(value, "", 1.0),
        lambda: set_variable("A", value),
        lambda: execute("Read", (value,)),
    ):
        with pytest.raises(AGIUsageError):
            make().encode()


def test_a_products_name_with_line_breaks_reaches_no_command(tmp_path: Path) -> None:
    evil = 'wine"\nEXEC "System" "touch /tmp/x'
    script = load_scripts(PROMPTS)["zh"]
    sounds = script.sounds("verdict_expired", (Slot("product", Name(evil)),))
    assert any(evil in repr(sound).encode().decode("unicode_escape") for sound in sounds)  # it goes to speech alone
    done = ScriptedCall([FIRST + "#", HANG_UP], tmp_path).run()
    assert not [path for path in done.said if "System" in path]
