"""A real Asterisk on loopback with gateways behind it, and prompts short enough for tests."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ivr import asterisk_tree, local_asterisk
from ivr.dialplan import DialplanSettings, HotlineNumber
from ivr.local_asterisk import LocalAsterisk, LocalPorts, Softphone
from ivr.speech import load_scripts
from tests.system.phone import Phone

ROOT = Path(__file__).resolve().parents[2]
_CLIP_OCTETS = 160 * 2


def sound(name: str, language: str = "zh") -> bytes:
    """40 ms that only this clip has, in whole RTP frames."""
    return hashlib.shake_128(f"{language}/{name}".encode()).digest(_CLIP_OCTETS)


def write_clips(folder: Path) -> None:
    """A clip for every prompt of every language."""
    for language, script in load_scripts(ROOT / "templates" / "voice").items():
        (folder / language).mkdir(parents=True)
        for clip in script.clips():
            (folder / language / f"{clip.name}.ulaw").write_bytes(sound(clip.name, language))


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Raises AssertionError if it does not come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come about")
        time.sleep(0.02)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports() -> LocalPorts:
    return LocalPorts(free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM))


def plan(folder: Path, gateways: tuple[int, ...]) -> DialplanSettings:
    """Two numbers, one for each language; anybody on loopback may call."""
    return DialplanSettings(
        lines=(HotlineNumber("95001111"), HotlineNumber("95001112", "en")),
        gateways=tuple(f"127.0.0.1:{port}" for port in gateways),
        calls_limit=20,
        prompts_folder=folder / "override",
        trunks=(),
    )


@contextmanager
def asterisk_for(
    folder: Path, settings: DialplanSettings, softphone: Softphone | None = None
) -> Iterator[LocalAsterisk]:
    """An Asterisk that takes calls."""
    tree = asterisk_tree.find(ROOT / ".cache" / "asterisk")
    asterisk = local_asterisk.start(tree, folder / "asterisk", settings, free_ports(), softphone)
    try:
        asterisk.wait_until_up()
        yield asterisk
    finally:
        asterisk.stop()


@dataclass
class Hotline:
    """An Asterisk and two gateways whose desk knows its answers by heart."""

    asterisk: LocalAsterisk
    folder: Path
    ports: tuple[int, int]
    gateways: dict[int, subprocess.Popen[bytes]]

    def phone(self, number: str = "95001111", caller: str = "13800001234") -> Phone:
        return Phone(self.asterisk.sip_port, number, caller)

    def change_plan(self, **settings: object) -> None:
        """Render the dialplan again with other settings, and reload it."""
        changed = replace(plan(self.folder, self.ports), **settings)  # type: ignore[arg-type]  # a test's own words
        (rendered, _) = local_asterisk.render(changed)
        (self.folder / "asterisk" / rendered.name).write_text(rendered.text)
        self.asterisk.cli("dialplan reload")

    def start_gateway(self, port: int, calls_limit: int = 100) -> None:
        with (self.folder / f"gateway-{port}.log").open("ab") as log:
            words = ["tests.system.voice_gateway", str(port), str(self.folder), str(calls_limit)]
            self.gateways[port] = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stdout=log, stderr=log)
        wait_until(lambda: ["listening", str(port)] in self.events(port))

    def kill_gateway(self, port: int) -> None:
        self.gateways[port].kill()
        self.gateways[port].wait()
        (self.folder / f"events-{port}.jsonl").unlink()

    def events(self, port: int | None = None) -> list[list[str]]:
        path = self.folder / f"events-{port or self.ports[0]}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def expect(self, what: str, about: str, since: int = 0, port: int | None = None) -> None:
        wait_until(lambda: [what, about] in self.events(port)[since:])


@contextmanager
def hotline_in(folder: Path) -> Iterator[Hotline]:
    """Everything started."""
    write_clips(folder / "override")
    ports = (free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM))
    with asterisk_for(folder, plan(folder, ports)) as asterisk:
        hotline = Hotline(asterisk, folder, ports, {})
        try:
            for port in ports:
                hotline.start_gateway(port)
            yield hotline
        finally:
            for gateway in hotline.gateways.values():
                gateway.kill()
                gateway.wait()
