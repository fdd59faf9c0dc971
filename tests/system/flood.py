"""Connections that no Asterisk would make: silent, dripping, garbage, newlines, half an environment."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import time

_OPENINGS = (
    b"",
    b"agi_network: yes\nagi_callerid",
    b"\n" * 3000,
    b"GET / HTTP/1.1\r\nHost: hotline\r\n\r\n",
    bytes(range(256)) * 64,
    b"agi_a: b\n" * 2000,
    b"agi_network: yes\n\n200 result=0\n200 result=0\n",
)
_DRIP_EVERY = 50  # connections


def flood(port: int, connections: int, within_seconds: float = 20.0) -> int:
    """Open so many, drip an octet into each now and then, and wait.  How many of them the server has closed."""
    peers: list[socket.socket] = []
    for number, opening in zip(range(connections), itertools.cycle(_OPENINGS), strict=False):
        peer = socket.create_connection(("127.0.0.1", port))
        peers.append(peer)
        _send(peer, opening)
        if number % _DRIP_EVERY == 0:
            for slow in peers[1 :: len(_OPENINGS)]:
                _send(slow, b"1")
    closed = _closed(peers, time.monotonic() + within_seconds)
    for peer in peers:
        peer.close()
    return closed


def _send(peer: socket.socket, octets: bytes) -> None:
    with contextlib.suppress(OSError):  # closed already
        peer.send(octets, socket.MSG_DONTWAIT)


def _closed(peers: list[socket.socket], until: float) -> int:
    poll = select.poll()
    still = {peer.fileno(): peer for peer in peers}
    for number in still:
        poll.register(number, select.POLLIN)
    while still and time.monotonic() < until:
        for number, _ in poll.poll(100):
            try:
                ended = not still[number].recv(4096)
            except OSError:
                ended = True
            if ended:
                poll.unregister(number)
                del still[number]
    return len(peers) - len(still)
