from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import StateUnavailable
from gateway.shared.connection import RedisConnection, Reply
from tests.gateway.shared.wire import Wire
from tests.virtual_time import run_virtual


class Kit:
    def __init__(self) -> None:
        self.losses: list[str] = []
        self.connection = RedisConnection(lambda _, reason: self.losses.append(reason))
        self.wire = Wire(self.connection)

    def send(self, *commands: tuple[str | int, ...]) -> list[asyncio.Future[Reply]]:
        replies = [asyncio.get_running_loop().create_future() for _ in commands]
        self.connection.send(list(commands), replies)
        return replies


async def test_commands_of_one_send_leave_in_one_write_as_redis_wants_them() -> None:
    kit = Kit()
    kit.send(("GET", "键"), ("SET", "b", 12))
    assert kit.wire.written == [b"*2\r\n$3\r\nGET\r\n$3\r\n\xe9\x94\xae\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$2\r\n12\r\n"]


async def test_each_reply_goes_to_its_command_in_order() -> None:
    kit = Kit()
    replies = kit.send(*[("GET", n) for n in range(5)])
    kit.wire.answer(b"$2\r\nhi\r\n:0\r\n$-1\r\n+OK\r\n*2\r\n:1\r\n$-1\r\n")
    assert [await reply for reply in replies] == [b"hi", 0, None, b"OK", [1, None]]
    assert (kit.connection.sent, kit.connection.answered) == (5, 5)


async def test_a_refused_command_fails_alone() -> None:
    kit = Kit()
    refused, answered = kit.send(("SET", "a", 1), ("PING",))
    kit.wire.answer(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n+PONG\r\n")
    assert await answered == b"PONG"
    with pytest.raises(StateUnavailable, match="OOM"):
        await refused


@pytest.mark.parametrize("error", [b"-NOSCRIPT No matching script.", b"-READONLY You can't write against a replica."])
async def test_a_server_that_lost_its_scripts_or_its_rank_is_dropped(error: bytes) -> None:
    kit = Kit()
    refused, other = kit.send(("EVALSHA", "x", 0), ("PING",))
    kit.wire.answer(error + b"\r\n+PONG\r\n")
    await asyncio.sleep(0)
    assert kit.wire.aborted
    for reply in (refused, other):
        with pytest.raises(StateUnavailable):
            await reply


async def test_one_who_stopped_waiting_shifts_nobody_elses_reply() -> None:
    kit = Kit()
    left, stays = kit.send(("GET", "a"), ("GET", "b"))
    left.cancel()
    kit.wire.answer(b"+a\r\n+b\r\n")
    assert await stays == b"b"


@pytest.mark.parametrize("junk", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+PONG\r\n+uninvited\r\n", b"\x00\x01"])
async def test_a_peer_that_is_no_redis_is_dropped(junk: bytes) -> None:
    kit = Kit()
    (reply,) = kit.send(("PING",))
    kit.wire.answer(junk)
    await asyncio.sleep(0)
    assert kit.wire.aborted
    assert len(kit.losses) == 1
    assert reply.done()
    reply.exception()


async def test_junk_after_the_end_is_not_minded() -> None:
    kit = Kit()
    kit.connection.drop("closing")
    kit.wire.answer(b"+late\r\n")
    await asyncio.sleep(0)
    assert kit.losses == ["closing"]


@pytest.mark.parametrize("reason", [None, ConnectionResetError("reset by peer")])
async def test_a_lost_connection_fails_what_waits_and_says_so_once(reason: Exception | None) -> None:
    kit = Kit()
    (reply,) = kit.send(("PING",))
    kit.connection.connection_lost(reason)
    with pytest.raises(StateUnavailable, match="away"):
        await reply
    assert len(kit.losses) == 1


async def test_nothing_can_be_sent_before_the_connection_stands() -> None:
    with pytest.raises(StateUnavailable, match="not connected"):
        RedisConnection(lambda *_: None).send([("PING",)], [])


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=8), st.integers(1, 40))
def test_replies_are_the_same_however_the_stream_is_cut(values: list[bytes], step: int) -> None:
    async def main() -> None:
        kit = Kit()
        replies = kit.send(*[("GET", n) for n in range(len(values))])
        stream = b"".join(b"$%d\r\n%b\r\n" % (len(value), value) for value in values)
        for at in range(0, len(stream), step):
            kit.wire.answer(stream[at : at + step])
        assert [await reply for reply in replies] == values

    run_virtual(main())
