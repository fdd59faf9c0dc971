"""The reactor: asyncio's, on uvloop, with a clock that cannot be set back.

Twisted's stock reactors read the wall clock: when it steps back an hour, every timer stands still for an hour.
`install` has to run before anything imports `twisted.internet.reactor`.
"""

from __future__ import annotations

import asyncio
import time

import uvloop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor


class MonotonicReactor(AsyncioSelectorReactor):
    """Timers by the monotonic clock."""

    seconds = staticmethod(time.monotonic)


def install() -> MonotonicReactor:
    """Install the reactor on a new uvloop and return it."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    reactor = MonotonicReactor(loop)
    installReactor(reactor)  # type: ignore[no-untyped-call]  # Twisted's main is untyped
    return reactor
