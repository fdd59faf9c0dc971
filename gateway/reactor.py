"""The reactor: asyncio's, on uvloop, with a clock that cannot be set back.

Twisted's stock reactors read the wall clock: when it steps back an hour, every timer stands still for an hour.
`install` has to run before anything imports `twisted.internet.reactor`.
"""

from __future__ import annotations

import asyncio
import time
from socket import SO_ERROR, SOL_SOCKET
from typing import Any

import uvloop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.error import ConnectionLost
from twisted.internet.main import installReactor


class MonotonicReactor(AsyncioSelectorReactor):
    """Timers by the monotonic clock, and connections that end when they are reset."""

    seconds = staticmethod(time.monotonic)

    def _readOrWrite(self, selectable: Any, read: bool) -> None:
        """One read or write of a descriptor that is ready.

        When a connection is reset, uvloop lets its reader run once more and then watches the descriptor no longer
        (libuv reports POLLERR as UV_EBADF, and ends the poll).  If octets came before the reset, that one read finds
        them and not the error, and nobody would ever tell the protocol: so the error is asked for.
        """
        super()._readOrWrite(selectable, read)  # type: ignore[no-untyped-call]  # Twisted's asyncio reactor is untyped
        connection = getattr(selectable, "socket", None)
        if read and connection is not None and selectable in self._readers:
            error = connection.getsockopt(SOL_SOCKET, SO_ERROR)
            if error:
                lost = ConnectionLost(error)
                self._disconnectSelectable(selectable, lost, True)  # type: ignore[no-untyped-call]  # as above


def install() -> MonotonicReactor:
    """Install the reactor on a new uvloop and return it."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    reactor = MonotonicReactor(loop)
    installReactor(reactor)  # type: ignore[no-untyped-call]  # Twisted's main is untyped
    return reactor
