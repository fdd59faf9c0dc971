"""The few commands that the cache uses, in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.core.errors import StateUnavailable

Argument = str | bytes | int | float


class SmallRedis:
    """`clock`: seconds; `away`: every command fails."""

    prefix = "zhenma:"

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._values: dict[str, tuple[bytes, float]] = {}
        self.hashes: dict[str, dict[str, bytes]] = {}
        self.away = False

    async def execute(self, *command: Argument) -> Any:
        if self.away:
            raise StateUnavailable("away")
        return self._run(*command)

    def send(self, *command: Argument) -> None:
        if not self.away:
            self._run(*command)

    def _run(self, name: Argument, *arguments: Any) -> Any:
        key = arguments[0]
        if name == "GET":
            value, until = self._values.get(key, (None, 0.0))
            return value if self._clock() < until else None
        if name == "SET":
            assert arguments[2] == "PX"
            self._values[key] = (arguments[1], self._clock() + arguments[3] / 1000)
        elif name == "DEL":
            self._values.pop(key, None)
        elif name == "HSET":
            self.hashes.setdefault(key, {})[arguments[1]] = str(arguments[2]).encode()
        elif name == "HDEL":
            del self.hashes[key][arguments[1].decode()]
        elif name == "HGETALL":
            return [each for field, value in self.hashes.get(key, {}).items() for each in (field.encode(), value)]
        else:
            raise AssertionError(f"the small Redis does not know {name!r}")
        return None
