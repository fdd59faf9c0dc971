"""The gateway, and the registry that it asks, as processes of their own: what `python -m gateway run` really does."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from gateway.records.commands.verify import verify
from tests.system.inbox import Inbox
from tests.system.sample_codes import samples

CHECKOUT = Path(__file__).resolve().parents[2]
SHORT_NUMBER = "95001111"
TOKEN = "a-token-for-tests-only"
PASSWORD = "Tr0ub4dr"  # SMPP 3.4, 5.2.2: eight octets at most
PSEUDONYM_KEY = "5e0f9c3a" * 8  # not one octet again and again, which could be found by chance
_START_SECONDS = 30.0
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Program(ProcessProtocol):
    """A child process; every line that it writes is in `lines`, and in `log` for good."""

    def __init__(self, name: str, *arguments: str, environment: Mapping[str, str] = _NOTHING) -> None:
        self.lines: Inbox[str] = Inbox(name)
        self.log: list[str] = []
        self.exited: Deferred[int] = Deferred()
        self._rest = b""
        command = [sys.executable, "-m", "gateway", *arguments]
        surroundings = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environment}
        reactor.spawnProcess(self, command[0], command, env=surroundings)

    def outReceived(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.log.append(line.decode())
            self.lines.put(line.decode())

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        self.lines.put("has ended")
        self.exited.callback(reason.value.exitCode if reason.value.exitCode is not None else -reason.value.signal)

    async def says(self, words: str) -> str:
        """The next line with these words."""
        line = await self.lines.wait(lambda line: words in line or line == "has ended", _START_SECONDS)
        assert words in line, "\n".join(self.log)
        return line

    async def end(self, signal: str = "TERM") -> int:
        """Send it a signal; its exit status, or the signal that ended it as a negative number."""
        with contextlib.suppress(ProcessExitedAlready):
            self.transport.signalProcess(signal)
        return await self.exited if not self.exited.called else 0


class Gateway:
    """A gateway with one carrier of as many links as `ports`; `configure` and `configure_carrier` say the rest."""

    def __init__(
        self,
        folder: Path,
        ports: tuple[int, ...],
        *,
        redis_url: str,
        top: str,
        settings: str,
        account: str,
        link: str,
        environment: Mapping[str, str],
    ) -> None:
        self._environment = environment
        self.journal = folder / "journal.sqlite"
        self.config = folder / "config"
        self._folder = folder
        self._redis_url = redis_url
        self._make_secrets()
        self.configure(top=top, settings=settings)
        self.configure_carrier("mobile", ports, account, link)
        self._process: Program | None = None
        self._registry: Program | None = None
        self.logs: list[list[str]] = []
        self.registry_logs: list[list[str]] = []

    def _make_secrets(self) -> None:
        (self.config / "carriers").mkdir(parents=True)
        for name, text in (("token", TOKEN), ("secret", PASSWORD), ("pseudonyms.key", PSEUDONYM_KEY)):
            (self._folder / name).touch(mode=0o600)
            (self._folder / name).write_text(text, encoding="ascii")

    def configure(
        self,
        *,
        top: str = "",
        settings: str = "",
        templates: Path = CHECKOUT / "templates" / "sms",
        keys: str = '{ k1 = "../pseudonyms.key" }',
    ) -> None:
        """Write gateway.toml (again); `top` is more of its head, `settings` of its end."""
        redis = f'[redis]\nurl = "{self._redis_url}"\nprobe_seconds = 0.05\n' if self._redis_url else ""
        (self.config / "gateway.toml").write_text(
            f'{top}\ntemplates_path = "{templates}"\n'
            f'areas_path = "{CHECKOUT / "config" / "areas.csv"}"\n'
            f'area_aliases_path = "{CHECKOUT / "config" / "area_aliases.csv"}"\n'
            '[records]\npath = "../journal.sqlite"\npseudonym_keys = '
            f"{keys}\n"
            f'{redis}[verification.backend]\nurl = "http://registry"\nsocket = "../registry.sock"\n'
            f'token_file = "../token"\npause_seconds = 0.2\npause_limit_seconds = 0.5\n{settings}',
            encoding="utf-8",
        )

    def configure_carrier(self, name: str, ports: tuple[int, ...], account: str = "", link: str = "") -> None:
        """Write a carrier's file (again); `account` is more of it, `link` of each of its links."""
        links = "".join(f'[[links]]\nname = "link-{port}"\nport = {port}\n' for port in ports)
        (self.config / "carriers" / f"{name}.toml").write_text(
            f'numbers = ["{SHORT_NUMBER}"]\nreceipts = true\nreconnect_least_seconds = 0.1\n{account}\n'
            f'[defaults]\nhost = "127.0.0.1"\nsystem_id = "us"\npassword_file = "../../secret"\n{link}\n{links}',
            encoding="utf-8",
        )

    async def start(self) -> None:
        """Start it (again) and wait until it is up."""
        await self._spawn().says("the gateway is up")

    async def start_in_vain(self) -> int:
        """Start it, and the exit status with which it refuses."""
        return await self._spawn().exited

    def _spawn(self) -> Program:
        process = Program("the gateway", "run", "--config", str(self.config), environment=self._environment)
        self._process = process
        self.logs.append(process.log)
        return process

    async def end(self, signal: str = "TERM") -> int:
        """End it by a signal; see Program.end."""
        assert self._process is not None
        return await self._process.end(signal)

    async def says(self, words: str) -> str:
        """The next line of its log with these words."""
        assert self._process is not None
        return await self._process.says(words)

    @property
    def process_id(self) -> int:
        """The gateway's, as the system numbers it."""
        assert self._process is not None
        return int(self._process.transport.pid)

    async def reload(self, says: str = "reloaded: ") -> str:
        """SIGHUP; the line in which it says what came of it."""
        assert self._process is not None
        self._process.transport.signalProcess("HUP")
        return await self._process.says(says)

    def limit_files(self, octets: int) -> None:
        """Let none of the gateway's files grow beyond this, as on a full disk (setrlimit(2): no root is needed)."""
        assert self._process is not None
        _, most = resource.prlimit(self._process.transport.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.transport.pid, resource.RLIMIT_FSIZE, (octets, most))

    async def start_registry(self) -> None:
        """Start the registry (again) and wait until it listens."""
        (self._folder / "registry.sock").unlink(missing_ok=True)
        listen = f"unix:{self._folder / 'registry.sock'}"
        database, token = str(samples().database), str(self._folder / "token")
        words = ("registry", "serve", "--database", database, "--listen", listen, "--token-file", token)
        self._registry = Program("the registry", *words)
        self.registry_logs.append(self._registry.log)
        await self._registry.says("registry ready")

    async def kill_registry(self) -> None:
        """kill -9."""
        assert self._registry is not None
        await self._registry.end("KILL")

    async def close(self) -> None:
        """End what still runs."""
        for program in (self._process, self._registry):
            if program is not None and not program.exited.called:
                await program.end("TERM")

    def logged(self) -> list[dict[str, Any]]:
        """The rows of the query log, the oldest first."""
        connection = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        with contextlib.closing(connection):
            return [dict(row) for row in connection.execute("SELECT * FROM query_log ORDER BY uid")]

    def assert_sound(self, queries: int) -> None:
        """The journal is whole, nothing is open, and the query log holds this many."""
        found = verify(self.journal)
        assert (found.faults, found.open_queries, found.logged_queries) == ((), 0, queries)

    def assert_quiet_about(self, *numbers: str) -> None:
        """No log names these clear numbers, and none holds a traceback."""
        text = "\n".join(line for log in self.logs for line in log)
        assert "Traceback" not in text, text
        assert not [number for number in numbers if number in text]


@asynccontextmanager
async def gateway(
    folder: Path,
    *ports: int,
    redis_url: str = "",
    top: str = "",
    settings: str = "",
    account: str = "",
    link: str = "",
    registry: bool = True,
    environment: Mapping[str, str] = _NOTHING,
) -> AsyncIterator[Gateway]:
    """A gateway that is up, bound or about to be, with its registry."""
    ours = Gateway(
        folder,
        ports,
        redis_url=redis_url,
        top=top,
        settings=settings,
        account=account,
        link=link,
        environment=environment,
    )
    try:
        if registry:
            await ours.start_registry()
        await ours.start()
        yield ours
    finally:
        await ours.close()


def phones(first: int = 0) -> Iterator[str]:
    """Mobile numbers, one after the other."""
    return (f"86138{number:08d}" for number in range(20_000_000 + first, 99_999_999))
