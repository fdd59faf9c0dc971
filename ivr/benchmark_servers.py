"""The two servers that `ivr.benchmark` measures, each a process of its own: ours, and pyst2's AGI in threads.

`python -m ivr.benchmark_servers twisted` or `threads` prints the port that it took and serves until it is killed.
Both send one command after the other; each carries the instant at which it was written (time.perf_counter_ns, the same
clock in all processes of a machine), so that the caller can tell the server's delay from its own.
"""

from __future__ import annotations

import gc
import io
import signal
import socketserver
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ServerFactory

from ivr.agi import AGI, AGIError, set_variable
from ivr.protocol import AgiConnection

VARIABLE = "HOTLINE_STEP"
_BACKLOG = 4096
_GC_THRESHOLDS = (20_000, 20, 50)  # as the gateway sets them; by Python's own, 5,000 calls were held up for 0.4 s


def serve_twisted() -> None:
    """Our connection on the reactor that the gateway runs: asyncio's, over uvloop."""
    reactor: Any = AsyncioSelectorReactor(uvloop.new_event_loop())

    async def talk(connection: AgiConnection) -> None:
        try:
            while True:
                await connection.ask(set_variable(VARIABLE, str(time.perf_counter_ns())))
        except AGIError:
            connection.close()

    class Server(ServerFactory):
        def buildProtocol(self, addr: object) -> AgiConnection:
            return AgiConnection(
                reactor,
                lambda made, _: _void(Deferred.fromCoroutine(talk(made))),
                lambda _: None,
                header_seconds=30.0,
                reply_seconds=60.0,
            )

    port = reactor.listenTCP(0, Server(), backlog=_BACKLOG, interface="127.0.0.1")
    _announce(port.getHost().port)
    reactor.run()


def serve_threads() -> None:
    """pyst2's AGI, one thread a call.  Stock it cannot run there: it sets a signal handler and writes to stderr."""
    signal.signal = lambda *_: None

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            writer = io.TextIOWrapper(self.wfile, write_through=True)  # type: ignore[type-var] # writable is enough here
            try:
                agi = AGI(self.rfile, writer, io.StringIO())
                while True:
                    agi.stderr = io.StringIO()
                    agi.set_variable(VARIABLE, str(time.perf_counter_ns()))
            except Exception:  # noqa: BLE001 - whatever pyst2 makes of a closed connection ends the call
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = _BACKLOG

    with Server(("127.0.0.1", 0), Talk) as server:
        _announce(server.server_address[1])
        server.serve_forever()


def _void(_: object) -> None:
    """Takes a value and keeps none."""


def _announce(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


SERVERS: dict[str, Callable[[], None]] = {"twisted": serve_twisted, "threads": serve_threads}

if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    SERVERS[sys.argv[1]]()
