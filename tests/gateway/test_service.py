from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.service import Service
from tests.virtual_time import run_virtual


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """Where systemd would listen: a datagram socket with a path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(tmp_path / "notify"))
        notified.setblocking(False)
        yield notified


def heard(systemd: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(systemd.recv(1000).decode())
        except BlockingIOError:
            return found


def service(systemd: socket.socket, **environment: str) -> Service:
    return Service.of_environment({"NOTIFY_SOCKET": systemd.getsockname(), **environment})


def test_systemd_is_told_of_start_reload_and_end(systemd: socket.socket) -> None:
    told = service(systemd)
    told.ready()
    told.reloading()
    told.ready()
    told.stopping()
    first, reload, second, last = heard(systemd)
    assert (first, second, last) == ("READY=1", "READY=1", "STOPPING=1")
    assert reload.startswith("RELOADING=1\nMONOTONIC_USEC=")  # Type=notify-reload wants the time with it


def test_without_systemd_nothing_is_told() -> None:
    Service.of_environment({}).ready()


def test_a_systemd_that_is_gone_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Service(str(tmp_path / "nobody")).ready()
    assert "systemd could not be told READY" in caplog.text


def test_the_abstract_name_space_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        name = f"zhenma-test-{os.getpid()}"
        notified.bind(f"\0{name}")
        Service(f"@{name}").ready()
        assert notified.recv(100) == b"READY=1"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "20000000"}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, 0.0),  # meant for another process
        ({}, 0.0),
    ],
)
def test_the_watchdog_is_fed_by_whom_systemd_means(environment: dict[str, str], seconds: float) -> None:
    assert Service.of_environment(environment).watchdog_seconds == seconds


def test_the_watchdog_is_fed_twice_as_often_as_asked_while_all_is_alive(systemd: socket.socket) -> None:
    async def alive() -> None:
        await asyncio.sleep(0)

    async def a_minute() -> None:
        feeding = asyncio.ensure_future(service(systemd, WATCHDOG_USEC="20000000").feed(alive))
        await asyncio.sleep(59)
        feeding.cancel()

    run_virtual(a_minute())
    assert heard(systemd) == ["WATCHDOG=1"] * 6


def test_the_watchdog_starves_when_the_writer_does_not_answer(systemd: socket.socket) -> None:
    async def a_minute() -> None:
        stuck: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def hangs() -> None:
            await stuck

        feeding = asyncio.ensure_future(service(systemd, WATCHDOG_USEC="20000000").feed(hangs))
        await asyncio.sleep(60)
        feeding.cancel()

    run_virtual(a_minute())
    assert heard(systemd) == []
