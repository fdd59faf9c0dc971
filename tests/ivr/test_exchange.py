"""The FastAGI exchange: any split gives the same events, any octets give events or one error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.agi import AGIUsageError, Command, Reply, answer
from ivr.exchange import CommandInFlight, EnvironmentRead, Event, Exchange, ExchangeBroken, HangupSaid, Replied

HEADER = b"agi_network: yes\nagi_callerid: 13800001234\nagi_arg_1: language=zh\nagi_arg_2: agents=open\n\n"
REPLIES = b"HANGUP\n520-Invalid command syntax.\nUsage: ANSWER\n520 End of proper usage.\n"


def open_exchange() -> Exchange:
    exchange = Exchange()
    exchange.receive(HEADER)
    return exchange


def test_the_environment_is_read_and_its_repr_hides_the_caller() -> None:
    (event,) = Exchange().receive(HEADER)
    assert isinstance(event, EnvironmentRead)
    assert event.environment.get("callerid") == "13800001234"
    assert event.environment.get("missing") == ""
    assert event.environment.arguments == (("language", "zh"), ("agents", "open"))
    assert "138" not in repr(event)


@given(st.lists(st.integers(1, 40)))
def test_any_split_of_the_stream_gives_the_same_events(cuts: list[int]) -> None:
    whole = HEADER
    exchange, events = Exchange(), []
    for cut in cuts:
        events += exchange.receive(whole[:cut])
        whole = whole[cut:]
    events += exchange.receive(whole)
    exchange.send(answer())
    for index in range(len(REPLIES)):
        events += exchange.receive(REPLIES[index : index + 1])
    assert [type(event) for event in events] == [EnvironmentRead, HangupSaid, Replied]
    assert events[-1] == Replied(Reply(520))


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_any_octets_give_events_or_exchange_broken(chunks: list[bytes]) -> None:
    exchange = Exchange()
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += exchange.receive(chunk)
    except ExchangeBroken:
        with pytest.raises(ExchangeBroken):
            exchange.receive(b"")
        with pytest.raises(ExchangeBroken):
            exchange.send(answer())


@pytest.mark.parametrize(
    "octets",
    [
        b"x" * 2049,
        b"agi_a: " + b"x" * 2048 + b"\n",
        b"agi_a: b\n" * 70,
        (b"agi_a: " + b"x" * 1000 + b"\n") * 20,
        b"\n",
        b"GET / HTTP/1.1\n",
        b"agi_nocolon\n",
        HEADER + b"200 result=0\n",
    ],
)
def test_a_peer_that_does_not_speak_fastagi_is_given_up(octets: bytes) -> None:
    with pytest.raises(ExchangeBroken):
        Exchange().receive(octets)


def test_a_second_command_before_the_reply_is_refused() -> None:
    exchange = open_exchange()
    assert exchange.send(answer()) == b"ANSWER\n"
    assert exchange.waiting_for_reply
    with pytest.raises(CommandInFlight):
        exchange.send(answer())
    assert exchange.receive(b"200 result=0\n") == [Replied(Reply(200, "0"))]
    assert not exchange.waiting_for_reply


def test_an_unsafe_command_leaves_the_exchange_usable() -> None:
    exchange = open_exchange()
    with pytest.raises(AGIUsageError):
        exchange.send(Command("NOOP\nHANGUP"))
    assert exchange.send(answer())


@pytest.mark.parametrize("octets", [b"hello\n", b"520-Usage\n" + b"more\n" * 70])
def test_a_reply_without_sense_is_given_up(octets: bytes) -> None:
    exchange = open_exchange()
    exchange.send(answer())
    with pytest.raises(ExchangeBroken):
        exchange.receive(octets)


@pytest.mark.parametrize(
    "octets",
    [b"200 result=0\n", b"200 result=1\r\n", b"511 dead\n", b"520-Usage:\n", b"HANGUP\n", b"20 result\n", b"x\n\n"],
)
def test_a_short_reply_in_one_piece_is_read_as_one_that_drips_in(octets: bytes) -> None:
    def heard(*pieces: bytes) -> list[Event] | str:
        exchange = open_exchange()
        exchange.send(answer())
        try:
            return [event for piece in pieces for event in exchange.receive(piece)]
        except ExchangeBroken as exc:
            return str(exc)

    assert heard(octets) == heard(*(octets[index : index + 1] for index in range(len(octets))))
