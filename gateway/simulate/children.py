"""The processes of a simulation: started, watched, and ended together, whatever happens to their parent."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # prctl(2)
_STOP_SECONDS = 15.0


class ChildFailed(Exception):
    """A process of the simulation ended; the text names it and its log."""


def _prepare(niceness: int) -> None:
    os.nice(niceness)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Children:
    """Child processes by name, each with a log file in `logs`."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ending: set[str] = set()
        logs.mkdir(parents=True, exist_ok=True)

    async def start(
        self,
        name: str,
        *command: str,
        variables: dict[str, str] | None = None,
        niceness: int = 0,
        ends: bool = False,
    ) -> None:
        """Start `command`; its output goes to the log called `name`.  `ends`: it is done some time, with status 0."""
        if ends:
            self._ending.add(name)
        with (self.logs / f"{name}.log").open("wb") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(variables or {})},
                start_new_session=True,  # Ctrl-C is for the phone, which ends the others in their order
                preexec_fn=partial(_prepare, niceness),
            )

    async def wait_for(self, name: str, path: Path, seconds: float) -> None:
        """Wait until `path` exists, which `name` makes when it is ready.  Raises ChildFailed."""
        await self._wait(name, path.exists, seconds)

    async def wait_for_port(self, name: str, port: int, seconds: float) -> None:
        """Wait until `name` listens on a loopback port.  Raises ChildFailed."""
        await self._wait(name, lambda: _listens(port), seconds)

    async def _wait(self, name: str, is_ready: Callable[[], bool], seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not is_ready():
            self.check()
            if asyncio.get_running_loop().time() > deadline:
                raise ChildFailed(f"{name} was not ready in {seconds:.0f} s: see {self.logs / name}.log")
            await asyncio.sleep(0.02)

    async def finished(self, name: str) -> None:
        """Wait for a process that ends by itself.  Raises ChildFailed unless its status is 0."""
        process = self._running[name]
        if await process.wait() != 0:
            self.check()
        del self._running[name]

    def pid(self, name: str) -> int:
        """The process id of one of them."""
        return self._running[name].pid

    def check(self) -> None:
        """Raises ChildFailed if any has ended by itself that should not, or has failed."""
        for name, process in self._running.items():
            if process.returncode is not None and (process.returncode or name not in self._ending):
                raise ChildFailed(f"{name} ended with status {process.returncode}: {self._last_words(name)}")

    def _last_words(self, name: str) -> str:
        path = self.logs / f"{name}.log"
        lines: Sequence[str] = path.read_text(encoding="utf-8", errors="replace").splitlines()
        return f"{lines[-1] if lines else 'it said nothing'} (log: {path})"

    async def stop(self) -> None:
        """End all, the last started first: none loses what it depends on."""
        for process in reversed(self._running.values()):
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), _STOP_SECONDS)
                except TimeoutError:
                    process.kill()
                    await process.wait()
            with contextlib.suppress(ProcessLookupError):  # what it started itself and did not end
                os.killpg(process.pid, signal.SIGKILL)
        self._running.clear()
