"""`python -m gateway simulate`, driven through a pipe: everything starts, a phone talks, everything ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.gateway_process import CHECKOUT

pytestmark = pytest.mark.system

_DEADLINE_SECONDS = 60.0


class Simulation:
    """The process, by lines.  `place` is in the command line of every process that it starts."""

    def __init__(self, process: subprocess.Popen[str], place: Path) -> None:
        self.process = process
        self.place = place
        self.seen: list[str] = []

    def reads(self, words: str) -> str:
        """The next line with these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.seen.append(line)
            if words in line:
                return line
        raise AssertionError("it ended: " + "".join(self.seen))

    def types(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def code(self, kind: str) -> str:
        """A code to try, from the samples."""
        found = json.loads((self.place / "var" / "samples" / "codes.json").read_text(encoding="utf-8"))
        return str(next(each["text"] for each in found if each["kind"] == kind))

    def left_over(self) -> list[str]:
        """The command lines of processes of this simulation that still run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it has just ended
            if str(self.place) in command:
                found.append(command)
        return found


@contextmanager
def simulation(
    place: Path, *options: str, seconds: float = _DEADLINE_SECONDS, **variables: str
) -> Iterator[Simulation]:
    """A simulation that is over by the deadline, whatever happens."""
    temporary = place / "t"
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "gateway", "simulate", "--var", str(place / "var"), *options]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(temporary), **variables},
    ) as process:
        watchdog = threading.Timer(seconds, process.kill)
        watchdog.start()
        try:
            yield Simulation(process, place)
        finally:
            process.kill()
            watchdog.cancel()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the samples are made once."""
    return tmp_path_factory.mktemp("sim")


def test_a_phone_in_a_pipe_gets_true_answers_and_the_end_of_input_ends_everything(place: Path) -> None:
    with simulation(place) as simulated:
        simulated.reads("made-up month")
        simulated.reads("logs:")
        code = simulated.code("first")
        simulated.types(code)
        assert "首次查询，登记有效" in simulated.reads("< ")
        assert "ms" in simulated.reads("after")
        simulated.types("/as 8613900000001")
        simulated.types(code)
        assert "非本机" in simulated.reads("< ")
        simulated.types(simulated.code("unknown"))
        assert "未查到" in simulated.reads("< ")
        assert simulated.process.stdin is not None
        simulated.process.stdin.close()
        simulated.reads("ending")
        assert simulated.process.wait(_DEADLINE_SECONDS) == 0
        assert simulated.left_over() == []


def test_it_works_without_redis_and_ctrl_c_ends_everything(place: Path) -> None:
    with simulation(place, "--without-past", PATH="/nonexistent") as simulated:
        simulated.reads("an empty query log")
        simulated.reads("no redis-server")
        simulated.reads("logs:")
        simulated.types(simulated.code("recalled"))
        assert "已被召回，请停止使用" in simulated.reads("< ")
        assert len(simulated.left_over()) >= 4
        simulated.process.send_signal(signal.SIGINT)
        simulated.reads("ending")
        assert simulated.process.wait(_DEADLINE_SECONDS) == 0
        assert "Traceback" not in "".join(simulated.seen)
        assert simulated.left_over() == []


def test_the_monitor_lets_in_who_is_told_with_the_password_that_is_told(place: Path) -> None:
    with simulation(place) as simulated:
        address = simulated.reads("The monitor is at").split()[4]
        password = simulated.reads("with the password").split()[-1]
        simulated.types(simulated.code("first"))
        simulated.reads("< ")
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        for role in ("operator", "carrier"):
            form = browser.open(f"{address}sign-in").read().decode()
            token = re.findall(r'name="form_token" value="([^"]+)"', form)[0]
            fields = {"form_token": token, "name": role, "password": password, "next": "/account"}
            page = browser.open(f"{address}sign-in", urllib.parse.urlencode(fields).encode()).read().decode()
            assert f"<dd>{role}</dd>" in page
        simulated.process.send_signal(signal.SIGINT)
        assert simulated.process.wait(_DEADLINE_SECONDS) == 0
