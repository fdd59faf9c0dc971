"""The gateway and its neighbours for a benchmark: as `make run` starts them, with the load generator for an SMSC."""

from __future__ import annotations

import asyncio
import sys
from itertools import islice
from pathlib import Path

from gateway.simulate.scene import Scene
from tests.bench.load import Load, Summary

_SETTLE_SECONDS = 1.0
_FIRST_PHONE, _PHONES = 8_613_000_000_000, 20_000_000


class Stage(Scene):
    """A scene whose carrier is the generator, with `sessions` links of `window` each, and many codes."""

    def __init__(self, var: Path, place: Path, load: Load, *, sessions: int, codes: int) -> None:
        super().__init__(var, place, lambda what: print(f"  starting {what}", file=sys.stderr))
        self.active_codes = codes
        self.smsc_links = sessions
        self.window = 64
        self._load = load
        self._sessions = sessions
        self._used = 0
        self._runs = 0

    async def start_smsc(self) -> int:
        """Nothing: the generator comes with each run, on the same port."""
        return self._load.port

    async def echo(self, seconds: float) -> Summary:
        """The figure to compare with: a client that only echoes."""
        script = Path(__file__).with_name("echo.py")
        await self.children.start("echo", sys.executable, str(script), str(self._load.port), str(self._sessions))
        try:
            return await self._load.run(
                {"echo": self.children.pid("echo")},
                *("--sessions", str(self._sessions), "--window", "64", "--duration", str(seconds)),
            )
        finally:
            await self.children.stop()

    def codes(self, count: int) -> Path:
        """A file of `count` active codes."""
        return self._slice(count)

    def new_codes(self) -> Path:
        """A file of the codes that no run has used yet."""
        return self._slice(None)

    def _slice(self, count: int | None) -> Path:
        path = self._place / f"codes-{self._used}"
        with (self.samples / "active.txt").open(encoding="ascii") as lines:
            taken = list(islice(lines, self._used, None if count is None else self._used + count))
        path.write_text("".join(taken), encoding="ascii")
        self._used += len(taken)
        return path

    async def run(self, codes: Path, *options: str) -> Summary:
        """One measurement of the gateway."""
        self.children.check()
        self._runs += 1
        phones = _FIRST_PHONE + self._runs * _PHONES  # others in each run: the same text again would be a redelivery
        summary = await self._load.run(
            {"gateway": self.children.pid("gateway")},
            *("--bodies", str(codes), "--sessions", str(self._sessions)),
            *("--src-base", str(phones), "--sources", str(_PHONES), *options),
        )
        await asyncio.sleep(_SETTLE_SECONDS)
        return summary

    async def stop(self) -> None:
        """End everything."""
        await self.children.stop()
