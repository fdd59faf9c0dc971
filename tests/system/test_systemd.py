"""The gateway under systemd: what it tells it, and the unit that we give."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.system.gateway_process import CHECKOUT, gateway
from tests.system.in_reactor import in_reactor
from tests.system.pushing_smsc import pushing_smsc

pytestmark = pytest.mark.system

_UNIT = CHECKOUT / "config" / "systemd" / "zhenma.service"


class Notified:
    """A socket where systemd would have one."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
        self.heard: list[str] = []

    async def until(self, words: str) -> None:
        """Wait until this was said; what was heard up to it is taken."""
        for _ in range(1000):
            try:
                self.heard.append(self._socket.recv(1000).decode())
            except BlockingIOError:
                await deferLater(reactor, 0.01)
                continue
            if self.heard[-1].startswith(words):
                return
        raise AssertionError(f"{words} was not said: {self.heard}")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Notified]:
    notified = Notified(tmp_path / "notify")
    yield notified
    notified.close()


@in_reactor
async def test_start_life_reload_and_end_are_told(systemd: Notified, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    async with pushing_smsc() as smsc, gateway(own, smsc.port, environment=systemd.environment) as ours:
        await systemd.until("READY=1")
        for _ in range(3):
            await systemd.until("WATCHDOG=1")
        await ours.reload()
        await systemd.until("RELOADING=1\nMONOTONIC_USEC=")
        await systemd.until("READY=1")
        assert await ours.end("TERM") == 0
        await systemd.until("STOPPING=1")


def test_the_unit_starts_reloads_and_watches_the_gateway() -> None:
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    unit.read(_UNIT)
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert service["ExecStart"].endswith("-m gateway run")
    assert int(service["WatchdogSec"]) > 0
    assert service["RestartPreventExitStatus"] == "78"


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    words = _UNIT.read_text(encoding="utf-8")
    (tmp_path / "zhenma.service").write_text(words.replace("/opt/zhenma/.venv/bin/python", "/bin/true"))
    if program is not None:  # a container has none; its packages say nothing of a unit's faults either
        found = subprocess.run([program, "verify", tmp_path / "zhenma.service"], capture_output=True, check=False)
        assert b"zhenma.service" not in found.stderr
