"""The gateway under systemd: what it tells it, and the unit that we give."""

from __future__ import annotations

import re
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

_TRUTH, _SECONDS, _UNITS, _COMMAND = "true|false", r"\d+", r"[\w@.-]+(?: [\w@.-]+)*", r"/\S+( \S+)*"
_VALUES = {  # systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5)
    "Unit": {"Description": ".+", "After": _UNITS, "Wants": _UNITS},
    "Service": {
        "Type": "notify|notify-reload|simple|exec",
        "NotifyAccess": "main|exec|all|none",
        "User": r"[a-z_][a-z0-9_-]*",
        "WorkingDirectory": r"/\S+",
        **dict.fromkeys(("ExecStartPre", "ExecStart", "ExecReload"), _COMMAND),
        **dict.fromkeys(("WatchdogSec", "TimeoutStartSec", "TimeoutStopSec", "RestartSec", "LimitNOFILE"), _SECONDS),
        "Restart": "no|on-success|on-failure|on-abnormal|on-watchdog|on-abort|always",
        "RestartPreventExitStatus": r"\d+(?: \d+)*",
        "UMask": "[0-7]{4}",
        **dict.fromkeys(("NoNewPrivileges", "PrivateTmp"), _TRUTH),
        "ProtectSystem": "true|false|full|strict",
        "ProtectHome": "true|false|read-only|tmpfs",
        "ReadWritePaths": r"/\S+(?: /\S+)*",
    },
    "Install": {"WantedBy": _UNITS},
}
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


def unit() -> ConfigParser:
    parsed = ConfigParser(interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parsed.read(_UNIT)
    return parsed


def test_the_unit_starts_reloads_and_watches_the_gateway() -> None:
    service = unit()["Service"]
    assert service["Type"] == "notify"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert service["ExecStart"].endswith("-m gateway run")
    assert int(service["WatchdogSec"]) > 0
    assert service["RestartPreventExitStatus"] == "78"


def faults(parsed: ConfigParser) -> list[str]:
    """What systemd would find, as far as manual pages tell: a container has no systemd-analyze."""
    found = [f"[{section}]" for section in set(parsed.sections()) ^ set(_VALUES)]
    for section, values in _VALUES.items():
        for name, value in parsed[section].items():
            if not re.fullmatch(values.get(name, "(?!)"), value):
                found.append(f"[{section}] {name}={value}")
    return found


def test_every_directive_of_the_unit_is_one_that_systemd_knows_and_has_a_value_that_it_takes() -> None:
    parsed = unit()
    assert faults(parsed) == []
    parsed["Service"]["WatchdogSec"] = "soon"
    parsed["Service"]["RestartSecs"] = "1"
    assert faults(parsed) == ["[Service] WatchdogSec=soon", "[Service] RestartSecs=1"]


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        assert faults(unit()) == []
        return
    words = _UNIT.read_text(encoding="utf-8")
    (tmp_path / "zhenma.service").write_text(words.replace("/opt/zhenma/.venv/bin/python", "/bin/true"))
    found = subprocess.run([program, "verify", tmp_path / "zhenma.service"], capture_output=True, check=False)
    assert b"zhenma.service" not in found.stderr
