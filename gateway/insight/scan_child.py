"""The scan's process as the desk sees it: started, started again when it failed, and ended with the desk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
_ENDING_SECONDS = 10.0


class ScanChild:
    """Keeps one process of `command` running until it is cancelled."""

    def __init__(
        self, command: Sequence[str], start: Callable[..., Awaitable[Process]] = asyncio.create_subprocess_exec
    ) -> None:
        self._command = tuple(command)
        self._start = start

    async def run_once(self) -> int:
        """Run it to its end; its exit status.  Cancelled, it ends the process, which loses nothing."""
        process = await self._start(*self._command)
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                await _end(process)

    async def run(self) -> None:
        """Run it again whenever it ends, later and later."""
        pause = FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            status = await self.run_once()
            pause = FIRST_PAUSE_SECONDS if loop.time() - began > LONGEST_PAUSE_SECONDS else pause
            logger.warning("the scan for hot-spots ended (status %d); again in %.0f s", status, pause)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _ENDING_SECONDS)
        except TimeoutError:
            process.kill()  # it is in the middle of a long look: its state is kept whole or not at all
            await process.wait()
