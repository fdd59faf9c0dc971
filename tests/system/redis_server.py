"""A real redis-server on a unix socket in a temporary folder, to be stopped, killed and started again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path


class RedisServer:
    """`folder` must be short: a socket's path has at most 107 octets."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it and wait until it answers; `options` on top of the constructor's, as in "--maxmemory", "1mb"."""
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        assert program, "the tests need redis-server (Debian: apt-get install redis-server)"
        command = ["setpriv", "--pdeathsig", "KILL"]  # it goes when the tests go
        command += [program, "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._folder)]
        command += ["--save", "", "--appendonly", "no", *self._options, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self._answers():
            assert self._process.poll() is None, "redis-server ended at once: see its options"
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.01)

    def save(self) -> None:
        """Write all that it holds to dump.rdb in its folder."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(self.socket))
            client.sendall(b"SAVE\r\n")
            assert client.recv(16) == b"+OK\r\n"

    def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """SIGSTOP: it is there, and says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Make sure that it is gone."""
        if self._process is not None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "redis-server does not run"
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(1)
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False
