"""A Redis made of bytes: what is written to it is kept, and the test says what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from gateway.core.errors import StateUnavailable
from gateway.shared.connection import RedisConnection
from gateway.shared.dialling import Lost
from gateway.shared.settings import RedisSettings


class Wire(asyncio.Transport):
    """The transport of one connection."""

    def __init__(self, protocol: RedisConnection) -> None:
        super().__init__()
        self.protocol = protocol
        self.written: list[bytes] = []
        self.aborted = False
        protocol.connection_made(self)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def answer(self, octets: bytes) -> None:
        self.protocol.data_received(octets)


class Dialler:
    """Stands for `dial`: each attempt succeeds while `reachable`, and its wire is kept in `wires`."""

    def __init__(self) -> None:
        self.reachable = True
        self.wires: list[Wire] = []
        self.scripts: list[str] = []
        self.attempts = 0

    async def __call__(self, settings: RedisSettings, scripts: Iterable[str], lost: Lost) -> RedisConnection:
        self.attempts += 1
        self.scripts = list(scripts)
        await asyncio.sleep(0)
        if not self.reachable:
            raise StateUnavailable("nobody there")
        connection = RedisConnection(lost)
        self.wires.append(Wire(connection))
        return connection

    @property
    def wire(self) -> Wire:
        return self.wires[-1]
