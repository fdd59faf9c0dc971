"""A trial run with its monitor: `python -m gateway simulate`, and phones that text all the time."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from tests.system.browser import DESKTOP, Browser, browser
from tests.system.gateway_process import CHECKOUT
from tests.system.test_simulate import Simulation, simulation

SHORT_NUMBER = "95001111"
_CODES = 12_000


@dataclass
class Trial:
    """Where the monitor is, and the password of its users, who are called by their roles."""

    simulated: Simulation
    base: str
    password: str

    @property
    def samples(self) -> Path:
        """The folder of the sample registry."""
        return self.simulated.place / "var" / "samples"

    @contextmanager
    def window(self, size: tuple[int, int] = DESKTOP) -> Iterator[Browser]:
        """A browser of its own."""
        with browser(self.base, size, self.password) as opened:
            yield opened

    @contextmanager
    def texting(self, a_second: float) -> Iterator[None]:
        """So many texts a second, each with a code of its own and from another phone, until left."""
        self._export_codes()
        ended = threading.Event()
        thread = threading.Thread(target=self._text, args=(a_second, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    @property
    def _codes(self) -> Path:
        return self.simulated.place / "active.txt"

    def _export_codes(self) -> None:
        database = str(self.samples / "registry.sqlite")
        command = ("registry", "export-codes", "--database", database, "--count", str(_CODES))
        subprocess.run(
            [sys.executable, "-m", "gateway", *command, "--output", str(self._codes)],
            check=True,
            cwd=CHECKOUT,
            capture_output=True,
        )

    def _text(self, a_second: float, ended: threading.Event) -> None:
        (control,) = (self.simulated.place / "t").glob("zhenma-*/control.sock")
        codes = self._codes.read_text(encoding="ascii").split()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(control))
            for number, code in enumerate(cycle(codes)):
                phone = f"861385{number % 10_000_000:07d}"
                text = {"source": phone, "destination": SHORT_NUMBER, "text": code}
                connection.sendall(json.dumps(text).encode() + b"\n")
                if ended.wait((1.6 - number % 9 * 0.15) / a_second):
                    return
                connection.setblocking(False)
                _drain(connection)
                connection.setblocking(True)


def _drain(connection: socket.socket) -> None:
    """Read on what came back, so that it never stands in the way."""
    try:
        while connection.recv(1 << 20):
            pass
    except BlockingIOError:
        return


@contextmanager
def trial(place: Path, seconds: float) -> Iterator[Trial]:
    """A trial run that is over after so many seconds, whatever happens."""
    with simulation(place, seconds=seconds) as simulated:
        base = simulated.reads("The monitor is at").split()[4].rstrip("/")
        password = simulated.reads("with the password").split()[-1]
        assert simulated.process.stdout is not None
        assert simulated.process.stdin is not None
        reading = threading.Thread(target=simulated.process.stdout.read)  # it shows every reply, and must not wait
        reading.start()
        try:
            yield Trial(simulated, base, password)
            simulated.process.stdin.close()
            simulated.process.wait(60)
        finally:
            simulated.process.kill()
            reading.join()
