"""A trial run with its monitor: `python -m gateway simulate`, and phones that text all the time."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from tests.system.browser import DESKTOP, Browser, browser
from tests.system.test_simulate import Simulation, simulation

SHORT_NUMBER = "95001111"


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
        """So many texts a second, each with one of the codes to try and from another phone, until left."""
        ended = threading.Event()
        thread = threading.Thread(target=self._text, args=(a_second, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _text(self, a_second: float, ended: threading.Event) -> None:
        (control,) = (self.simulated.place / "t").glob("zhenma-*/control.sock")
        known = json.loads((self.samples / "codes.json").read_text(encoding="utf-8"))
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(control))
            for number, code in enumerate(cycle(known)):
                phone = f"861385{number % 10_000_000:07d}"
                text = {"source": phone, "destination": SHORT_NUMBER, "text": code["text"]}
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
        yield Trial(simulated, base, simulated.reads("with the password").split()[-1])
        assert simulated.process.stdin is not None
        simulated.process.stdin.close()
        simulated.process.wait(60)
