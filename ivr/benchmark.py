"""AGI commands per CPU-second, and how long a caller's key waits for the next command, beside pyst2's AGI in threads.

`python -m ivr.benchmark` starts each server as a process of its own (`ivr.benchmark_servers`) and plays Asterisk from
this one: first with a few calls that answer at once, then with many that think for a second between commands.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import resource
import select
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from ivr.benchmark_servers import SERVERS

_HEADER = b"".join(b"agi_field_%d: value\n" % index for index in range(20)) + b"\n"
_REPLY = b"200 result=1\n"
_WRITTEN_AT = re.compile(rb"(\d{6,})")
_CALLS_PER_SECOND = 2_500  # as they arrive; at once they would overflow the listener's queue
_WARM_UP_SECONDS = 2.0
_CASES = ((50, 0.0), (1000, 1.0), (5000, 1.0))  # calls, and for how many seconds each thinks


@dataclass(slots=True)
class Measured:
    """Of one server: `commands` for `cpu_seconds` of its own; delays in nanoseconds, each from a reply that was sent.

    `heard` ends when the caller has read the next command, `written` when the server wrote it: the difference is the
    caller's part, and what the system took to wake it.
    """

    commands: int = 0
    cpu_seconds: float = 0.0
    megabytes: float = 0.0
    heard: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Commands per CPU-second of the server."""
        return self.commands / self.cpu_seconds if self.cpu_seconds else math.nan


class Callers:
    """As many calls as `Asterisk` would hold, on one epoll (select.epoll), each answering after `think_seconds`."""

    def __init__(self, port: int, think_seconds: float) -> None:
        self._address = ("127.0.0.1", port)
        self._think_nanoseconds = int(think_seconds * 1e9)
        self._poll = select.epoll()
        self._calls: dict[int, socket.socket] = {}
        self._answered_at: dict[int, int] = {}
        self._thinking: deque[tuple[int, int]] = deque()  # (when it answers, which call), the next one first

    def begin(self, calls: int) -> None:
        """Let them call one after the other, and answer meanwhile."""
        for _ in range(calls):
            call = socket.create_connection(self._address)
            call.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            call.sendall(_HEADER)
            self._calls[call.fileno()] = call
            self._poll.register(call.fileno(), select.EPOLLIN)
            self.run(1 / _CALLS_PER_SECOND, Measured())

    def run(self, seconds: float, measured: Measured) -> None:
        """Answer for so long."""
        until = time.perf_counter_ns() + int(seconds * 1e9)
        while (now := time.perf_counter_ns()) < until:
            while self._thinking and self._thinking[0][0] <= now:
                self._answer(self._thinking.popleft()[1])
            wakes_at = min(until, self._thinking[0][0]) if self._thinking else until
            for call, _ in self._poll.poll(max(0.0, (wakes_at - time.perf_counter_ns()) / 1e9)):
                self._command(call, measured)

    def end(self) -> None:
        """Hang all up."""
        for call in self._calls.values():
            call.close()
        self._poll.close()

    def _command(self, call: int, measured: Measured) -> None:
        command = self._calls[call].recv(4096)
        now = time.perf_counter_ns()
        written = _WRITTEN_AT.search(command)
        if written is None:
            raise SystemExit("the server ended a call")
        if call in self._answered_at:
            measured.heard.append(now - self._answered_at[call])
            measured.written.append(int(written[1]) - self._answered_at[call])
        measured.commands += 1
        if self._think_nanoseconds:
            self._thinking.append((now + self._think_nanoseconds, call))
        else:
            self._answer(call)

    def _answer(self, call: int) -> None:
        self._answered_at[call] = time.perf_counter_ns()
        self._calls[call].send(_REPLY)


def measure(kind: str, calls: int, think_seconds: float, seconds: float) -> Measured:
    """Start a server and let it be called."""
    command = [sys.executable, "-m", "ivr.benchmark_servers", kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        callers = Callers(int(server.stdout.readline()) if server.stdout else 0, think_seconds)
        callers.begin(calls)
        callers.run(_WARM_UP_SECONDS, Measured())
        measured = Measured()
        before = _cpu_seconds(server.pid)
        callers.run(seconds, measured)
        measured.cpu_seconds = _cpu_seconds(server.pid) - before
        measured.megabytes = _megabytes(server.pid)
        server.kill()
        callers.end()
    return measured


def _cpu_seconds(pid: int) -> float:
    """Of another process, to the nanosecond: its CPU clock, as clock_getcpuclockid(3) makes it on Linux."""
    return time.clock_gettime((~pid << 3) | 2)


def _megabytes(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123 - a line of /proc, no path arithmetic
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _milliseconds(delays: list[int], part: float) -> float:
    return sorted(delays)[int(len(delays) * part)] / 1e6 if delays else math.nan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each measurement")


def run(arguments: argparse.Namespace) -> int:
    """Print a table."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sys.stdout.write(
        "                      commands        ms from reply to command: heard       written by the server\n"
    )
    sys.stdout.write("server   calls thinks  /CPU-s  ratio          half in  99 % in    half in  99 % in     MB\n")
    for calls, think_seconds in _CASES:
        ours = math.nan
        for kind in SERVERS:
            measured = measure(kind, calls, think_seconds, arguments.seconds)
            ours = measured.rate if kind == "twisted" else ours
            delays = [_milliseconds(of, part) for of in (measured.heard, measured.written) for part in (0.5, 0.99)]
            sys.stdout.write(
                f"{kind:8} {calls:5} {think_seconds:4.0f} s {measured.rate:8,.0f} {ours / measured.rate:6.1f} "
                f"{delays[0]:16.1f} {delays[1]:8.1f} {delays[2]:10.1f} {delays[3]:8.1f} {measured.megabytes:6.0f}\n"
            )
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    command_line = argparse.ArgumentParser(description=__doc__)
    add_arguments(command_line)
    sys.exit(run(command_line.parse_args()))
