"""What systemd is told: sd_notify(3), a datagram to the socket that the environment names.  Without one, nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

logger = logging.getLogger(__name__)


class Service:
    """`watchdog_seconds`: how often systemd wants a sign of life (WatchdogSec=); 0: never."""

    def __init__(self, address: str = "", watchdog_seconds: float = 0.0) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address  # @: the abstract name space
        self.watchdog_seconds = watchdog_seconds

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """As systemd started this process; not its children (WATCHDOG_PID)."""
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environment.get("WATCHDOG_USEC", "") if meant else ""
        return cls(environment.get("NOTIFY_SOCKET", ""), int(microseconds or 0) / 1_000_000)

    def ready(self) -> None:
        """Started, or reloaded."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """A reload begins; `ready` follows."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end begins."""
        self._tell("STOPPING=1")

    async def feed(self, is_alive: Callable[[], Awaitable[None]]) -> None:
        """Tell systemd, twice as often as it asks for, that `is_alive` returned; until cancelled.

        A loop that stands still, or an `is_alive` that does not return, lets systemd kill and restart the process.
        """
        while self._address and self.watchdog_seconds:
            await is_alive()
            self._tell("WATCHDOG=1")
            await asyncio.sleep(self.watchdog_seconds / 2)

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
                notifier.setblocking(False)
                notifier.sendto(state.encode("ascii"), self._address)
        except OSError as exc:
            logger.warning("systemd could not be told %s: %s", state.partition("=")[0], exc)
