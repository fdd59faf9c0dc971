"""The scan's process under the desk's eyes: started again when it ends, ended with the desk."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.insight.scan_child import ScanChild
from tests.virtual_time import run_virtual


class PaperProcess:
    """Ends by itself after so many seconds (none: never), or when it is told; a deaf one only when it is killed."""

    def __init__(self, seconds: float | None, *, deaf: bool = False) -> None:
        self.returncode: int | None = None
        self.told: list[str] = []
        self._seconds, self._deaf = seconds, deaf
        self._ended = asyncio.Event()

    async def wait(self) -> int:
        try:
            await asyncio.wait_for(self._ended.wait(), self._seconds)
        except TimeoutError:
            self.returncode = 1
        return self.returncode or 0

    def terminate(self) -> None:
        self.told.append("terminate")
        if not self._deaf:
            self._end(-15)

    def kill(self) -> None:
        self.told.append("kill")
        self._end(-9)

    def _end(self, status: int) -> None:
        self.returncode = status
        self._ended.set()


class Starter:
    """Starts paper processes, and notes when."""

    def __init__(self, seconds: float | None, *, deaf: bool = False) -> None:
        self._seconds, self._deaf = seconds, deaf
        self.started_at: list[float] = []
        self.processes: list[PaperProcess] = []

    async def __call__(self, *_: str) -> Any:
        self.started_at.append(asyncio.get_running_loop().time())
        self.processes.append(PaperProcess(self._seconds, deaf=self._deaf))
        return self.processes[-1]


async def _run_for(seconds: float, starter: Starter) -> list[float]:
    """When processes were started, since the beginning."""
    began = asyncio.get_running_loop().time()
    running = asyncio.create_task(ScanChild(["scan"], starter).run())
    await asyncio.sleep(seconds)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return [round(at - began) for at in starter.started_at]


def test_a_scan_that_fails_is_started_again_later_and_later() -> None:
    assert run_virtual(_run_for(100.0, Starter(1.0))) == [0, 6, 17, 38, 79]


def test_a_scan_that_ran_long_is_started_again_soon() -> None:
    assert run_virtual(_run_for(900.0, Starter(400.0))) == [0, 405, 810]


@pytest.mark.parametrize(("deaf", "told"), [(False, ["terminate"]), (True, ["terminate", "kill"])])
def test_a_scan_ends_with_its_desk(deaf: bool, told: list[str]) -> None:
    starter = Starter(None, deaf=deaf)
    run_virtual(_run_for(5.0, starter))
    assert [process.told for process in starter.processes] == [told]
