"""The verification backend: the look-up contract over HTTP, hand-written, and in a mood."""

from __future__ import annotations

import json

from tests.simulation.people import PRODUCT, is_registered
from tests.simulation.wire import Wire
from tests.simulation.world import World

MOODS = ("away", "silent", "error", "garbage", "slow", "cut")


class Backend:
    """`mood`: "" for well; else one of MOODS."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mood = ""

    def listen(self) -> Wire | None:
        return None if self.mood == "away" else Wire(self.world, _Exchange(self))


class _Exchange:
    """One connection, for one request."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stream = b""
        self._wire: Wire | None = None

    def connected(self, wire: Wire) -> None:
        self._wire = wire

    def ended(self) -> None:
        self._wire = None

    def received(self, octets: bytes) -> None:
        self._stream += octets
        head, ended, body = self._stream.partition(b"\r\n\r\n")
        if head.startswith(b"GET ") and ended:  # the feed of changes, in which nothing happens here
            self._stream = b""
            self._answer({"changes": [], "last": 1})
            return
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if lengths and len(body) >= int(lengths[0].split(b":")[1]):
            self._stream = b""
            codes = json.loads(body)["codes"]
            self._backend.world.note("backend", codes, self._backend.mood)
            self._answer({"registrations": [_registration(code) for code in codes]})

    def _answer(self, found: dict[str, object]) -> None:
        world, mood = self._backend.world, self._backend.mood
        if mood == "silent":
            return
        if mood == "cut":
            assert self._wire is not None
            self._wire.cut()
            return
        body = json.dumps(found).encode()
        status = b"503 Service Unavailable" if mood == "error" else b"200 OK"
        if mood == "garbage":
            body = body[: len(body) // 2]
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        delay = world.chance.uniform(1.0, 4.0) if mood == "slow" else world.chance.uniform(0.001, 0.05)
        world.after(delay, self._write, head % (status, len(body)) + body)

    def _write(self, octets: bytes) -> None:
        if self._wire is not None:
            self._wire.to_gateway(octets)
            self._wire.close()


def _registration(code: str) -> dict[str, object]:
    if not is_registered(code):
        return {"code": code, "state": "unknown"}
    product = {"resource_code": PRODUCT, "name": {"zh": "玉泉白酒"}, "enterprise": {"zh": "福清玉泉酒业"}}
    return {"code": code, "state": "activated", "product": product, "batch": "B1", "produced_on": "2026-01-02"}
