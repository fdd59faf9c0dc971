"""What a simulation is made of: samples, configuration, and the processes in their order."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import shutil
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.simulate.children import ChildFailed, Children
from gateway.simulate.exchange import Exchange, open_exchange
from gateway.simulate.visitors import make_visitors

SHORT_NUMBER = "95001111"
FIRST_PHONE = "8613859111111"
_CREDENTIALS = ("zhenma", "trial")
_CHECKOUT = Path(__file__).resolve().parents[2]
_READY_SECONDS = 30.0
_SAMPLES_SECONDS = 120.0
_FIRST_ENTERPRISE = 1


class Scene:
    """`var` keeps samples and logs; `place` is a new folder for this run (its path short: it holds sockets)."""

    def __init__(self, var: Path, place: Path, tell: Callable[[str], None]) -> None:
        self.children = Children(var / "log")
        self.samples = var / "samples"
        self.control = place / "control.sock"
        self.hotline_port = _free_port()
        self.active_codes = 0  # at least so many, in `samples`/active.txt, for load
        self.smsc_links = 1
        self.window = 10
        self.visitors = make_visitors(place / "users.json", _free_port(), "simulator", _FIRST_ENTERPRISE)
        self.exchange: Exchange | None = None
        self._place = place
        self._tell = tell

    async def start(self, sip_address: str = "") -> None:
        """Start everything up to the gateway, with an Asterisk if it has an address.  Raises ChildFailed."""
        token = self._secret("token", secrets.token_hex(16))
        await self._make_samples()
        redis = await self._start_redis()
        await self._start_registry(token)
        port = await self.start_smsc()
        if sip_address:
            caller = FIRST_PHONE.removeprefix("86")
            place = self._place / "asterisk"
            self.exchange = await open_exchange(place, caller, self.hotline_port, sip_address, self._tell)
        self._configure(redis, port)
        self._tell("the gateway")
        await self._python("gateway", "gateway", "run", "--config", str(self._place / "config"))

    async def stop(self) -> None:
        """End everything."""
        if self.exchange is not None:
            await self.exchange.stop()
        await self.children.stop()

    def codes(self) -> list[dict[str, str]]:
        """The codes to try: kind, text, code, expect."""
        loaded: list[dict[str, str]] = json.loads((self.samples / "codes.json").read_text(encoding="utf-8"))
        return loaded

    def _manager_table(self) -> str:
        if self.exchange is None:
            return ""
        asterisk = self.exchange.asterisk
        self._secret("asterisk-manager", asterisk.ami_secret)
        account = f'user = "{asterisk.ami_user}"\nsecret_file = "../asterisk-manager"\n'
        return f"[voice.manager]\nport = {asterisk.ami_port}\n{account}"

    def _secret(self, name: str, value: str) -> Path:
        path = self._place / name
        path.touch(mode=0o600)
        path.write_text(value + "\n", encoding="utf-8")
        return path

    async def _python(self, name: str, module: str, *arguments: str) -> None:
        await self.children.start(
            name, sys.executable, "-m", module, *arguments, variables={"PYTHONPATH": str(_CHECKOUT)}
        )

    async def _make_samples(self) -> None:
        """The sample registry, made anew each day: some of its products expire."""
        today = datetime.now(UTC).date().isoformat()
        mark = self.samples / f"made-{today}-{self.active_codes}-{_version_of_registry()}"
        if mark.exists():
            return
        self._tell("a registry with sample products")
        shutil.rmtree(self.samples, ignore_errors=True)
        self.samples.mkdir(parents=True)
        database, codes = str(self.samples / "registry.sqlite"), self.samples / "codes.json"
        makers = Children(self.children.logs)
        await makers.start(
            "samples",
            *(sys.executable, "-m", "gateway", "registry", "make-samples"),
            *("--database", database, "--codes", str(codes), "--active-codes", str(self.active_codes)),
            variables={"PYTHONPATH": str(_CHECKOUT)},
        )
        try:
            await makers.wait_for("samples", codes, _SAMPLES_SECONDS)
            await makers.finished("samples")
            if self.active_codes:
                await makers.start(
                    "active",
                    *(sys.executable, "-m", "gateway", "registry", "export-codes", "--database", database),
                    *("--count", str(self.active_codes), "--output", str(self.samples / "active.txt")),
                    variables={"PYTHONPATH": str(_CHECKOUT)},
                )
                await makers.finished("active")
        finally:
            await makers.stop()
        mark.touch()

    async def _start_redis(self) -> Path | None:
        server = shutil.which("redis-server") or shutil.which("valkey-server")
        if server is None:
            self._tell("no redis-server here: going on without it, from the query log alone")
            return None
        self._tell("Redis")
        path = self._place / "redis.sock"
        await self.children.start(
            "redis",
            *(server, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "600"),
            *("--save", "", "--appendonly", "no", "--dir", str(self._place)),
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
        )
        await self.children.wait_for("redis", path, _READY_SECONDS)
        return path

    async def _start_registry(self, token: Path) -> None:
        self._tell("the registry")
        path = self._place / "registry.sock"
        await self._python(
            "registry",
            *("gateway", "registry", "serve", "--database", str(self.samples / "registry.sqlite")),
            *("--listen", f"unix:{path}", "--token-file", str(token)),
        )
        await self.children.wait_for("registry", path, _READY_SECONDS)

    async def start_smsc(self) -> int:
        """The simulated SMSC; returns its port."""
        self._tell("an SMSC")
        credentials = self._secret("smsc-credentials", " ".join(_CREDENTIALS))
        await self._python(
            "smsc",
            *("smpp.simulator", "--port", "0", "--credentials", str(credentials), "--control", str(self.control)),
        )
        await self.children.wait_for("smsc", self.control, _READY_SECONDS)
        return await _port_of(self.control)

    def _configure(self, redis: Path | None, port: int) -> None:
        """Write the gateway's configuration for this run."""
        carriers = self._place / "config" / "carriers"
        carriers.mkdir(parents=True)
        self._secret("smsc-password", _CREDENTIALS[1])
        self._secret("pseudonyms.key", secrets.token_hex(32))
        redis_table = f'[redis]\nurl = "unix://{redis}"\n' if redis else ""
        (self._place / "config" / "gateway.toml").write_text(
            f'templates_path = "{_CHECKOUT / "templates" / "sms"}"\n'
            f'areas_path = "{_CHECKOUT / "config" / "areas.csv"}"\n'
            f'area_aliases_path = "{_CHECKOUT / "config" / "area_aliases.csv"}"\n'
            f'[records]\npath = "../journal.sqlite"\npseudonym_keys = {{ k1 = "../pseudonyms.key" }}\n'
            f'{redis_table}[verification.backend]\nurl = "http://registry"\nsocket = "../registry.sock"\n'
            'token_file = "../token"\n'
            f'[voice]\nlisten_port = {self.hotline_port}\nprompts_folder = "{_CHECKOUT / "templates" / "voice"}"\n'
            f'cache_folder = "../voice"\nrecordings_folder = "../recordings"\n{self._manager_table()}'
            f'[monitor]\nlisten_port = {self.visitors.port}\nusers_path = "../users.json"\n'
            f'audit_path = "../audit.jsonl"\ntemplates_path = "{_CHECKOUT / "templates" / "monitor"}"\n',
            encoding="utf-8",
        )
        links = "".join(f'[[links]]\nname = "simulator-{n}"\n' for n in range(1, self.smsc_links + 1))
        (carriers / "simulator.toml").write_text(
            f'numbers = ["{SHORT_NUMBER}"]\nreceipts = {str(self.smsc_links == 1).lower()}\n'
            f'[defaults]\nhost = "127.0.0.1"\nport = {port}\nwindow = {self.window}\n'
            f'system_id = "{_CREDENTIALS[0]}"\npassword_file = "../../smsc-password"\n{links}',
            encoding="utf-8",
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _version_of_registry() -> str:
    """Changes when the registry's code does: samples of another version are made anew."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted((_CHECKOUT / "gateway" / "registry").rglob("*")):
        if path.suffix in (".py", ".csv"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


async def _port_of(control: Path) -> int:
    """The port that the simulated SMSC tells on its control socket.  Raises ChildFailed."""
    reader, writer = await asyncio.open_unix_connection(str(control))
    try:
        while line := await reader.readline():
            event = json.loads(line)
            if event.get("event") == "listening":
                return int(event["port"])
    finally:
        writer.close()
    raise ChildFailed("the SMSC did not say where it listens")
