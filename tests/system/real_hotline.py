"""Real gateways (`python -m gateway run`) behind a real Asterisk, with their registry and an SMSC to send by."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.local_asterisk import LocalAsterisk
from tests.system.gateway_process import CHECKOUT, PASSWORD, Gateway, samples
from tests.system.hotline import asterisk_for, free_port, plan, sound, wait_until, write_clips
from tests.system.phone import Phone

CALLER, OTHER = "13800001234", "13900005678"


@dataclass
class Node:
    """A gateway process of its own, with its journal."""

    folder: Path
    port: int  # of FastAGI
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """It is up once `wait_until_up` returns."""
        self.process = run(self.folder, "-m", "gateway", "run", "--config", str(self.folder / "config"))

    def wait_until_up(self) -> None:
        wait_until(lambda: "the gateway is up" in self.log(), 30)

    def log(self) -> str:
        """Of all its processes, one after the other."""
        return (self.folder / "run.log").read_text()

    def memory_octets(self) -> int:
        """What the process holds in memory (proc(5), statm)."""
        assert self.process is not None
        resident = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(resident) * os.sysconf("SC_PAGE_SIZE")

    def rows(self, table: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(f"file:{self.folder / 'journal.sqlite'}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        with contextlib.closing(connection):
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY uid")]  # noqa: S608

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


@dataclass
class RealHotline:
    """An Asterisk, two gateways that it tries in order, and their registry."""

    asterisk: LocalAsterisk
    nodes: tuple[Node, Node]
    folder: Path
    codes: list[str] = field(default_factory=lambda: samples().fresh(20))

    def phone(self, caller: str = CALLER, number: str = "95001111") -> Phone:
        return Phone(self.asterisk.sip_port, number, caller)

    def logged(self, count: int, node: int = 0) -> list[dict[str, Any]]:
        """The rows of the query log once there are so many."""
        wait_until(lambda: len(self.nodes[node].rows("query_log")) >= count)
        return self.nodes[node].rows("query_log")

    def texts(self) -> list[dict[str, Any]]:
        """What mobiles received."""
        events = [json.loads(line) for line in (self.folder / "smsc.log").read_text().splitlines()]
        return [event for event in events if event["event"] == "mt"]


def run(folder: Path, *words: str, name: str = "run") -> subprocess.Popen[bytes]:
    """A Python process whose output goes to the end of `<name>.log`."""
    with (folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )


def configured(folder: Path, port: int, smsc_port: int) -> Node:
    """The voice settings are short, and the registry is the first node's."""
    folder.mkdir()
    voice = (
        f'[voice]\nlisten_port = {port}\nprompts_folder = "{CHECKOUT / "templates" / "voice"}"\n'
        f'override_folder = "../../override"\ncache_folder = "../voice"\nrecordings_folder = "../recordings"\n'
        "first_key_seconds = 1.5\nnext_key_seconds = 0.8\ntail_key_seconds = 0.4\nrecording_shortest_seconds = 0.5\n"
        '[voice.speech]\nengine_zh = ""\nengine_en = ""\n[history]\nretry_seconds = 0.0\n'
    )
    top = 'voice_texting_carrier = "mobile"'
    Gateway(folder, (smsc_port,), redis_url="", top=top, settings=voice, account="", link="", environment={})
    return Node(folder, port)


@contextmanager
def smsc_in(folder: Path, port: int) -> Iterator[None]:
    """The simulator's SMSC, which ends when its standard input does; its events go into smsc.log."""
    (folder / "credentials").write_text(f"us {PASSWORD}\n")
    words = ("-m", "smpp.simulator", "--port", str(port), "--credentials", str(folder / "credentials"))
    smsc = run(folder, *words, name="smsc")
    try:
        yield
    finally:
        smsc.kill()
        smsc.communicate()


def _allow_files(count: int) -> None:
    """In this process and those that it starts: many machines allow 1,024 unless more are asked for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


@contextmanager
def real_hotline_in(folder: Path) -> Iterator[RealHotline]:
    """Everything started."""
    _allow_files(8192)
    write_clips(folder / "override")
    smsc_port, *ports = (free_port(socket.SOCK_STREAM) for _ in range(3))
    first, second = (configured(folder / f"node{n}", port, smsc_port) for n, port in enumerate(ports))
    socket_path = first.folder / "registry.sock"
    words = ("registry", "serve", "--database", str(samples().database), "--listen", f"unix:{socket_path}")
    registry = run(folder, "-m", "gateway", *words, "--token-file", str(first.folder / "token"), name="registry")
    (second.folder / "registry.sock").symlink_to(socket_path)
    try:
        wait_until(socket_path.exists, 30)
        for node in (first, second):
            node.start()
        with smsc_in(folder, smsc_port), asterisk_for(folder, plan(folder, tuple(ports))) as asterisk:
            for node in (first, second):
                node.wait_until_up()
            yield RealHotline(asterisk, (first, second), folder)
    finally:
        registry.kill()
        for node in (first, second):
            node.kill()
        registry.communicate()


def ask(phone: Phone, code: str, verdict: str, language: str = "zh") -> None:
    phone.wait_to_hear(sound("greeting", language))
    phone.press(code + "#")
    phone.wait_to_hear(sound(f"verdict_{verdict}", language))
