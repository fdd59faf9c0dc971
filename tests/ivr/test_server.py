"""Who may connect, what hostile peers get, and how the server drains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport

from ivr.agi import AGIHangup, AGIUsageError, Command, answer
from ivr.arrival import call_facts
from ivr.exchange import CommandInFlight, Environment
from ivr.protocol import AgiConnection
from ivr.server import VoiceFactory, VoiceServer
from ivr.settings import SpeechSettings, VoiceSettings
from ivr.talk import Line
from ivr.workers import Workers
from tests.ivr.fake_desk import FakeDesk
from tests.ivr.scripted_call import HEADER, FakeSpeech, _Peer

T = TypeVar("T")
PROMPTS = Path(__file__).resolve().parents[2] / "templates" / "voice"


class InlineWorkers(Workers):
    """Does what it is given at once."""

    def __init__(self) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def in_thread(self, work: Callable[[], T], /) -> Deferred[T]:
        return succeed(work())


def factory(clock: Clock, **settings: object) -> VoiceFactory:
    return VoiceFactory(VoiceSettings(**settings), FakeDesk(), FakeSpeech(), clock, clock.seconds)  # type: ignore[arg-type]


def connect(made: VoiceFactory) -> tuple[AgiConnection, StringTransport]:
    connection = made.buildProtocol(_Peer("127.0.0.1"))
    assert connection is not None
    transport = StringTransport()
    connection.makeConnection(transport)
    return connection, transport


@pytest.mark.parametrize("host", ["10.0.0.1", "::2", "", "not an address"])
def test_a_stranger_is_refused_before_a_byte_is_read(host: str) -> None:
    made = factory(Clock())
    assert made.buildProtocol(_Peer(host)) is None
    assert made.status().refused_peers == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3"])
def test_addresses_and_networks_are_allowed(host: str) -> None:
    assert factory(Clock(), allowed_peers=("127.0.0.1", "::1", "10.1.0.0/16")).buildProtocol(_Peer(host)) is not None


@pytest.mark.parametrize("limit", ["calls_limit", "calls_per_peer_limit"])
def test_calls_above_a_limit_hear_busy_until_one_ends(limit: str) -> None:
    clock = Clock()
    made = factory(clock, **{limit: 1})
    first, _ = connect(made)
    refused, transport = connect(made)
    refused.dataReceived(f"{HEADER}\n".encode())
    assert transport.value() == b'SET VARIABLE "HOTLINE_NEXT" "busy"\n'
    refused.dataReceived(b"200 result=1\n")
    assert transport.disconnecting
    refused.connectionLost()
    first.connectionLost()
    third, transport = connect(made)
    third.dataReceived(f"{HEADER}\n".encode())
    assert transport.value() == b"ANSWER\n"
    third.connectionLost()
    assert (made.status().refused_busy, made.status().hung_up) == (1, 1)
    assert clock.getDelayedCalls() == []


def test_a_full_peer_leaves_the_others_their_calls() -> None:
    made = factory(Clock(), calls_per_peer_limit=1, allowed_peers=("127.0.0.1", "127.0.0.2"))
    connect(made)
    other = made.buildProtocol(_Peer("127.0.0.2"))
    assert other is not None
    transport = StringTransport()
    other.makeConnection(transport)
    other.dataReceived(f"{HEADER}\n".encode())
    assert transport.value() == b"ANSWER\n"


def test_a_peer_that_says_nothing_is_cut_off_after_two_seconds() -> None:
    clock = Clock()
    connection, transport = connect(factory(clock))
    clock.advance(2.0)
    assert transport.disconnected or transport.disconnecting
    connection.connectionLost()
    assert clock.getDelayedCalls() == []


def test_a_peer_that_floods_is_cut_off_and_others_go_on() -> None:
    clock = Clock()
    made = factory(clock)
    hostile, transport = connect(made)
    other, other_transport = connect(made)
    hostile.dataReceived(b"x" * 100_000)
    assert transport.disconnected or transport.disconnecting
    other.dataReceived(f"{HEADER}\n".encode())
    assert other_transport.value() == b"ANSWER\n"
    for connection in (hostile, other):
        connection.connectionLost()
    assert clock.getDelayedCalls() == []


def test_a_second_command_and_an_unsafe_one_fail_without_being_sent() -> None:
    clock = Clock()
    started: list[Environment] = []
    connection = AgiConnection(
        clock, lambda _, environment: started.append(environment), lambda _: None, header_seconds=2.0, reply_seconds=5.0
    )
    transport = StringTransport()
    connection.makeConnection(transport)
    connection.dataReceived(f"{HEADER}\n".encode())
    failures: list[object] = []
    connection.ask(Command("A\nB")).addErrback(lambda failure: failures.append(failure.type))
    first = connection.ask(answer())
    connection.ask(answer()).addErrback(lambda failure: failures.append(failure.type))
    assert (failures, transport.value(), len(started)) == ([AGIUsageError, CommandInFlight], b"ANSWER\n", 1)
    first.addErrback(lambda failure: failures.append(failure.type))
    connection.connectionLost()
    connection.ask(answer()).addErrback(lambda failure: failures.append(failure.type))
    assert failures[2:] == [AGIHangup, AGIHangup]
    assert clock.getDelayedCalls() == []


def test_facts_keep_only_digits_and_known_languages() -> None:
    rows = (("callerid", "unknown"), ("extension", "s"), ("arg_1", "language=fr"), ("arg_2", "agents=open"))
    facts = call_facts(Environment(rows), VoiceSettings(), 7.0)
    assert (facts.caller_number, facts.dialled, facts.language, facts.agents_open) == ("", "", "zh", True)
    facts = call_facts(Environment((("callerid", "+8613800001234"),)), VoiceSettings(), 7.0)
    assert facts.caller_number == "+8613800001234"
    assert "138" not in repr(facts)


async def test_a_stopping_server_lets_calls_end_and_then_closes_them(tmp_path: Path) -> None:
    reactor = MemoryReactorClock()
    settings = VoiceSettings(
        prompts_folder=PROMPTS,
        recordings_folder=tmp_path / "r",
        cache_folder=tmp_path / "c",
        speech=SpeechSettings(engine_zh="", engine_en=""),
    )
    server = VoiceServer(settings, FakeDesk(), reactor, reactor, InlineWorkers())
    server.start()
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o700
    connection, transport = connect(server.factory)
    drained = server.factory.drained()
    assert not drained.called
    server.factory.close_all()
    assert transport.disconnecting
    connection.connectionLost()
    assert drained.called
    assert server.factory.drained().called
    await server.stop(1.0)
    assert reactor.getDelayedCalls() == []
    assert server.status().drained == 0  # nothing had begun


def test_recordings_older_than_their_retention_are_swept_every_hour(tmp_path: Path) -> None:
    reactor = MemoryReactorClock()
    settings = VoiceSettings(
        prompts_folder=PROMPTS,
        recordings_folder=tmp_path / "r",
        cache_folder=tmp_path / "c",
        recording_retention_days=1,
    )
    server = VoiceServer(settings, FakeDesk(), reactor, reactor, InlineWorkers())
    server.start()
    old, fresh = tmp_path / "r" / "old.wav", tmp_path / "r" / "fresh.wav"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (1.0, 1.0))
    reactor.advance(3600)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_call_that_the_gateway_ends_is_drained_and_not_hung_up() -> None:
    clock = Clock()
    made = factory(clock)
    connection, transport = connect(made)
    connection.dataReceived(f"{HEADER}\n".encode())
    made.close_all()
    assert transport.disconnecting
    connection.connectionLost()
    assert (made.status().drained, made.status().hung_up, made.status().calls) == (1, 0, 0)
    assert clock.getDelayedCalls() == []


def test_a_number_or_an_id_with_line_breaks_leaves_none_in_the_facts() -> None:
    rows = (("callerid", "138\x0b00001234"), ("dnid", "9500\r1111"), ("uniqueid", "1.1\x1b[2J\u2028x"))
    facts = call_facts(Environment(rows), VoiceSettings(), 7.0)
    assert (facts.caller_number, facts.dialled, facts.unique_id) == ("", "", "1.1[2Jx")


def test_prompts_are_read_again_with_new_settings_and_a_broken_script_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(PROMPTS, tmp_path / "p")
    settings = VoiceSettings(
        prompts_folder=tmp_path / "p", recordings_folder=tmp_path / "r", cache_folder=tmp_path / "c"
    )
    reactor = MemoryReactorClock()
    server = VoiceServer(settings, FakeDesk(), reactor, reactor, InlineWorkers())
    (tmp_path / "p" / "zh" / "goodbye.ulaw").write_bytes(bytes(8000))
    server.renew(settings)
    assert server.speech.sentence("zh", (Line("goodbye"),)).result.plays_seconds == 1.0
    (tmp_path / "p" / "zh" / "script.toml").write_text("= broken")
    server.renew(settings)
    assert server.speech.sentence("zh", (Line("goodbye"),)).result.plays_seconds == 1.0
