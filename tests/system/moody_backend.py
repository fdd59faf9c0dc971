"""A verification backend that misbehaves over real HTTP on a unix socket.  Its octets are written by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

MOODS = ("500", "503", "429", "silent", "slow body", "half a body", "huge", "not JSON", "other JSON", "hangs up")
_HUGE_OCTETS = 6_000_000  # above body_octets_limit
_SLOW_SECONDS = 0.02  # an octet
_ANSWER = b"HTTP/1.1 %d Mood\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class MoodyBackend:
    """`mood`: "" for well, else one of MOODS.  `asked` counts the requests by mood."""

    def __init__(self) -> None:
        self.mood = ""
        self.asked: Counter[str] = Counter()
        self.connections: list[Exchange] = []

    def accept(self) -> Exchange:
        exchange = Exchange(self)
        self.connections.append(exchange)
        return exchange


class Exchange(Protocol):
    """One connection, with one request at a time."""

    def __init__(self, backend: MoodyBackend) -> None:
        self._backend = backend
        self._stream = b""
        self._dripping: LoopingCall | None = None

    def dataReceived(self, data: bytes) -> None:
        self._stream += data
        head, ended, body = self._stream.partition(b"\r\n\r\n")
        if not ended:
            return
        if head.startswith(b"GET "):  # the feed of changes, in which nothing happens here
            self._stream = b""
            self._write(200, {"changes": [], "last": 1})
            return
        (length,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if len(body) >= int(length.split(b":")[1]):
            self._stream = b""
            self._backend.asked[self._backend.mood] += 1
            self._answer(json.loads(body)["codes"])

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._backend.connections.remove(self)
        if self._dripping is not None:
            self._dripping.stop()

    def _answer(self, codes: list[str]) -> None:
        mood = self._backend.mood
        found = {"registrations": [_registration(code) for code in codes]}
        if mood in ("500", "503", "429"):
            self._write(int(mood), {"error": "mood"})
        elif mood == "slow body":
            self._drip(json.dumps(found).encode())
        elif mood == "half a body":
            self.transport.write(_ANSWER % (200, 1000) + b'{"registrations": [')
        elif mood == "huge":
            chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
            self.transport.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.transport.write(chunk * (_HUGE_OCTETS // 0x10000))
        elif mood == "not JSON":
            self.transport.write(_ANSWER % (200, 26) + b"<html>Bad gateway</html>\r\n")
        elif mood == "hangs up":
            self.transport.abortConnection()
        elif mood != "silent":
            self._write(200, {"registrations": {}} if mood == "other JSON" else found)

    def _write(self, status: int, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.transport.write(_ANSWER % (status, len(body)) + body)

    def _drip(self, body: bytes) -> None:
        octets = iter(body)
        self.transport.write(_ANSWER % (200, len(body)))

        def drop() -> None:
            self.transport.write(bytes((next(octets),)))

        self._dripping = LoopingCall(drop)
        self._dripping.start(_SLOW_SECONDS).addErrback(lambda _: None)  # the body's end ends it


def _registration(code: str) -> dict[str, object]:
    product = {"resource_code": code[:7], "name": {"zh": "玉泉白酒"}, "enterprise": {"zh": "福清玉泉酒业"}}
    return {"code": code, "state": "activated", "product": product, "batch": "B1", "produced_on": "2026-01-02"}


@asynccontextmanager
async def moody_backend(folder: Path) -> AsyncIterator[MoodyBackend]:
    """Listening where a Gateway in `folder` looks for its registry."""
    backend = MoodyBackend()
    factory = Factory.forProtocol(backend.accept)
    factory.noisy = False
    listening = reactor.listenUNIX(str(folder / "registry.sock"), factory)
    try:
        yield backend
    finally:
        await listening.stopListening()
        for exchange in list(backend.connections):
            exchange.transport.abortConnection()
