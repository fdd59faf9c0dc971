"""So many a second, evenly: whoever asks for a turn waits for it."""

from __future__ import annotations

import asyncio


class Pace:
    """`per_second`: how many turns there are."""

    def __init__(self, per_second: float) -> None:
        self._seconds = 1.0 / per_second
        self._next_at = 0.0

    async def turn(self) -> None:
        """Return when it is one's turn."""
        loop = asyncio.get_running_loop()
        at = max(self._next_at, loop.time())
        self._next_at = at + self._seconds
        await asyncio.sleep(at - loop.time())
