"""What a simulation is made of: samples, a made-up month, configuration, and the processes in their order."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from gateway.simulate.children import ChildFailed, Children
from gateway.simulate.configuration import CREDENTIALS, SHORT_NUMBER, Configuration, secret_file
from gateway.simulate.exchange import Exchange, open_exchange
from gateway.simulate.samples import Samples
from gateway.simulate.visitors import make_visitors

__all__ = ["FIRST_PHONE", "SHORT_NUMBER", "Scene"]

FIRST_PHONE = "8613859111111"
_CHECKOUT = Path(__file__).resolve().parents[2]
_READY_SECONDS = 30.0
_FIRST_ENTERPRISE = 1
_DESK_NICENESS = 10  # queries go first
_FIRST_PORT, _PORTS = 20_000, 12_000


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

    async def start(self, sip_address: str = "", *, desk: bool = False, past: bool = False) -> None:
        """Start everything up to the gateway, with an Asterisk if it has an address.  Raises ChildFailed.

        `desk`: with the process that watches the query log; `past`: with a made-up month in it.
        """
        token = secret_file(self._place / "token", secrets.token_hex(16))
        samples = Samples(self.samples, self.children.logs)
        samples.active_codes = self.active_codes
        await samples.make(self._tell)
        if desk:
            await self._start_past(samples, past=past)
        redis = await self._start_redis()
        await self._start_registry(samples, token)
        port = await self.start_smsc()
        if sip_address:
            caller = FIRST_PHONE.removeprefix("86")
            place = self._place / "asterisk"
            self.exchange = await open_exchange(place, caller, self.hotline_port, sip_address, self._tell)
        configuration = Configuration(self._place, samples, self.visitors.port, self.hotline_port)
        configuration.write_gateway(redis, self.exchange, with_figures=desk)
        configuration.write_carrier(port, self.smsc_links, self.window)
        if desk:
            await self.children.finished("past")
        self._tell("the gateway")
        await self._python("gateway", "gateway", "run", "--config", str(self._place / "config"))
        if desk:
            await self._start_desk()

    async def stop(self) -> None:
        """End everything."""
        if self.exchange is not None:
            await self.exchange.stop()
        await self.children.stop()

    def codes(self) -> list[dict[str, str]]:
        """The codes to try: kind, text, code, expect."""
        loaded: list[dict[str, str]] = json.loads((self.samples / "codes.json").read_text(encoding="utf-8"))
        return loaded

    async def _python(self, name: str, module: str, *arguments: str, niceness: int = 0, ends: bool = False) -> None:
        await self.children.start(
            name,
            *(sys.executable, "-m", module, *arguments),
            variables={"PYTHONPATH": str(_CHECKOUT)},
            niceness=niceness,
            ends=ends,
        )

    async def _start_past(self, samples: Samples, *, past: bool) -> None:
        """What the desk and its pages need beside the gateway; it takes a second or two, while others start."""
        self._tell("a query log with a made-up month" if past else "an empty query log")
        paths = {
            "registry": samples.database,
            "journal": self._place / "journal.sqlite",
            "figures": self._place / "products.csv",
            "cases": self._place / "cases.sqlite",
            "centres": _CHECKOUT / "config" / "map" / "area_centres.csv",
        }
        options = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
        await self._python("past", "gateway.simulate.past", *options, *([] if past else ["--empty"]), ends=True)

    async def _start_desk(self) -> None:
        """What watches the query log: signals, hot-spots, statistics and cases."""
        self._tell("the desk that watches for counterfeits")
        await self.children.wait_for("gateway", self._place / "journal.sqlite", _READY_SECONDS)
        await self.children.wait_for_port("gateway", self.visitors.port, _READY_SECONDS)
        config = str(self._place / "config")
        await self._python("insight", "gateway", "insight", "--config", config, niceness=_DESK_NICENESS)

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

    async def _start_registry(self, samples: Samples, token: Path) -> None:
        self._tell("the registry")
        path = self._place / "registry.sock"
        await self._python(
            "registry",
            *("gateway", "registry", "serve", "--database", str(samples.database)),
            *("--master-key-file", str(samples.master_key), "--listen", f"unix:{path}", "--token-file", str(token)),
        )
        await self.children.wait_for("registry", path, _READY_SECONDS)

    async def start_smsc(self) -> int:
        """The simulated SMSC; returns its port."""
        self._tell("an SMSC")
        credentials = secret_file(self._place / "smsc-credentials", " ".join(CREDENTIALS))
        await self._python(
            "smsc",
            *("smpp.simulator", "--port", "0", "--credentials", str(credentials), "--control", str(self.control)),
        )
        await self.children.wait_for("smsc", self.control, _READY_SECONDS)
        return await _port_of(self.control)


def _free_port() -> int:
    """One below those that the system gives to outgoing connections, which could take it in the meantime."""
    while True:
        port = _FIRST_PORT + secrets.randbelow(_PORTS)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


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
