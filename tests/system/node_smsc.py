"""The node-smpp SMSC as a child process, by JSON lines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.system import peers
from tests.system.inbox import Inbox

Event = dict[str, Any]  # one JSON line
OWN_PASSWORD = "secret"  # what tests of smpp alone use
_ids = count(1)


class NodeSmsc(ProcessProtocol):
    """Write orders, wait for events; see smsc.js for both."""

    def __init__(self) -> None:
        self.events: Inbox[Event] = Inbox("the node SMSC")
        self.port = 0
        self.exited: Deferred[None] = Deferred()
        self._line = b""
        self._errors = b""

    def outReceived(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self.events.put(json.loads(line))

    def errReceived(self, data: bytes) -> None:
        self._errors += data

    def processEnded(self, reason: Failure) -> None:
        self.events.put({"event": "exited", "errors": self._errors.decode()})
        self.exited.callback(None)

    async def set(self, do: str, **fields: Any) -> None:
        """Change its behaviour, from the next PDU on."""
        self.write({"do": do, **fields})
        await self.event("set")

    def write(self, line: Event) -> None:
        self.transport.write(json.dumps(line).encode() + b"\n")

    async def event(self, name: str) -> Event:
        """The next event of this name."""
        return await self.events.wait(lambda event: event["event"] == name)

    async def ask(self, do: str, **fields: Any) -> Event:
        """Send a request to the ESME and wait for its response."""
        number = next(_ids)
        self.write({"do": do, "id": number, **fields})
        return await self.events.wait(lambda event: event["event"] == "answer" and event["id"] == number)

    async def deliver(self, command: str = "deliver_sm", **fields: Any) -> int:
        """Send a deliver_sm or data_sm; the command_status of the response."""
        addresses = {"source_addr": "8613812341234", "source_addr_ton": 1, "source_addr_npi": 1,
                     "destination_addr": "95001111"}  # fmt: skip
        answer = await self.ask("send", command=command, pdu=addresses | fields)
        assert answer["command"] == f"{command}_resp"
        return int(answer["status"])

    async def kill(self) -> None:
        """Die without a word."""
        self.transport.signalProcess("KILL")
        await self.exited


@asynccontextmanager
async def node_smsc(
    port: int = 0, version: int = 0x34, tls: dict[str, str] | None = None, password: str = OWN_PASSWORD
) -> AsyncIterator[NodeSmsc]:
    """A running SMSC on 127.0.0.1 that knows the ESME `us` with this password."""
    peers.install()
    smsc = NodeSmsc()
    node = shutil.which("node")
    reactor.spawnProcess(smsc, node, [node, str(peers.HERE / "smsc.js")], env=dict(os.environ))
    smsc.write({"port": port, "version": version, "tls": tls, "passwords": {"us": password}})
    smsc.port = (await smsc.event("listening"))["port"]
    try:
        yield smsc
    finally:
        if not smsc.exited.called:
            smsc.transport.closeStdin()
            await smsc.exited
