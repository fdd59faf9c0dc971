"""A Redis of memory: the commands that the gateway uses, its two scripts retold, and a memory to lose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hiredis

from tests.simulation.wire import Wire
from tests.simulation.world import World

Asker = tuple[bytes, bytes, float, float]
"""uid (19 digits), caller, arrived_at, answered_at."""
OK = b"+OK\r\n"


class Redis:
    """`down`: refuses connections; `silent`: takes commands and does not answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.down = False
        self.silent = False
        self.values: dict[bytes, tuple[bytes, float]] = {}
        self.askers: dict[bytes, list[Asker]] = {}
        self._wires: list[Wire] = []

    def listen(self) -> Wire | None:
        if self.down:
            return None
        wire = Wire(self.world, _Client(self))
        self._wires = [each for each in self._wires if each.open] + [wire]
        return wire

    def crash(self, *, forgets: bool) -> None:
        """Lose all connections and, perhaps, all memory."""
        self.world.note("redis crashes", forgets)
        for wire in self._wires:
            wire.cut()
        if forgets:
            self.values.clear()
            self.askers.clear()

    def run(self, command: list[bytes]) -> bytes:
        """One command's reply, as RESP2."""
        name, *rest = command
        if name == b"EVALSHA":
            keys = int(rest[1])
            return self._script(rest[2], rest[2 + keys :])
        commands: dict[bytes, Callable[..., bytes]] = {
            b"GET": self._get,
            b"SET": self._set,
            b"DEL": self._delete,
            b"PING": lambda: b"+PONG\r\n",
            b"HGETALL": lambda key: b"*0\r\n",
            b"CONFIG": lambda *_: reply([b"maxmemory-policy", b"noeviction"]),
        }
        return commands.get(name, lambda *_: OK)(*rest)

    def _get(self, key: bytes) -> bytes:
        value, until = self.values.get(key, (b"", 0.0))
        return reply(value) if until > self.world.now else b"$-1\r\n"

    def _set(self, key: bytes, value: bytes, _px: bytes, milliseconds: bytes) -> bytes:
        self.values[key] = value, self.world.now + int(milliseconds) / 1000
        return OK

    def _delete(self, key: bytes) -> bytes:
        self.askers.pop(key, None)
        return reply(int(self.values.pop(key, None) is not None))

    def _script(self, key: bytes, arguments: list[bytes]) -> bytes:
        if arguments[0] in (b"rule", b"charge"):
            return reply(0)  # nobody here comes near a limit
        action, uid, caller, arrived_at, now, retry_seconds, _, *seed = arguments
        if action == b"forget":
            self.askers[key] = [asker for asker in self.askers.get(key, []) if asker[0] != uid]
            return reply(1)
        if key not in self.askers:
            if not seed:
                return b"$-1\r\n"
            fields = [seed[at : at + 4] for at in range(2, len(seed), 4)]
            self.askers[key] = [(u, c, float(a), float(t or now)) for u, c, a, t in fields]
        mine = (uid, caller, float(arrived_at), float(now))
        askers = self.askers[key] = _entered(self.askers[key], mine)
        return reply(_known(askers, mine, float(retry_seconds)))


def _entered(askers: list[Asker], mine: Asker) -> list[Asker]:
    """In the order of recording: whoever came to Redis first is first."""
    if any(asker[0] == mine[0] for asker in askers):
        return [mine if asker[0] == mine[0] else asker for asker in askers]
    return [*askers, mine]


def _known(askers: list[Asker], mine: Asker, retry_seconds: float) -> list[Any]:
    first = askers[0]
    before = [asker for asker in askers if asker[1] == mine[1] and asker[0] < mine[0]]
    settled = sum(asker[3] + retry_seconds <= mine[2] for asker in before)
    callers = len({asker[1] for asker in askers})
    at = f"{first[2]:.17g}".encode()
    return [first[0], at, int(first[1] == mine[1]), len(askers), callers, len(before), settled]


def reply(value: Any) -> bytes:
    """RESP2."""
    if isinstance(value, list):
        return b"*%d\r\n" % len(value) + b"".join(map(reply, value))
    return b":%d\r\n" % value if isinstance(value, int) else b"$%d\r\n%b\r\n" % (len(value), value)


class _Client:
    """One connection."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._reader = hiredis.Reader()
        self._wire: Wire | None = None

    def connected(self, wire: Wire) -> None:
        self._wire = wire

    def ended(self) -> None:
        self._wire = None

    def received(self, octets: bytes) -> None:
        self._reader.feed(octets)
        while (command := self._reader.gets()) is not False:
            answer = self._redis.run(command)
            if self._wire is not None and not self._redis.silent:
                self._wire.to_gateway(answer)
