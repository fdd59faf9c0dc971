"""A real Asterisk for the simulation, to which a softphone can connect."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.simulate.children import ChildFailed
from ivr import asterisk_tree, local_asterisk
from ivr.asterisk_tree import AsteriskUnavailable
from ivr.dialplan import DialplanSettings, HotlineNumber
from ivr.local_asterisk import LocalAsterisk, LocalPorts, Softphone

_CHECKOUT = Path(__file__).resolve().parents[2]
_SIP_PORT = 5060
_NUMBERS = (HotlineNumber("95001111"), HotlineNumber("95001112", "en"))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running Asterisk and the account that a softphone signs in with; its user is its caller number."""

    asterisk: LocalAsterisk
    address: str
    softphone: Softphone

    def what_to_enter(self) -> str:
        """What to type into a softphone, for the one at the terminal."""
        server = f"{self.address}:{self.asterisk.sip_port}"
        return (
            f"  softphone (软电话): server 服务器 {server} (UDP)    user 用户 {self.softphone.user}    "
            f"password 密码 {self.softphone.password}\n"
            f"    then dial 然后拨打 {_NUMBERS[0].number} (中文) or {_NUMBERS[1].number} (English); "
            f"its calls come from the phone {self.softphone.user}"
        )

    async def stop(self) -> None:
        """End it."""
        await asyncio.to_thread(self.asterisk.stop)


async def open_exchange(
    folder: Path, caller: str, gateway_port: int, address: str, tell: Callable[[str], None]
) -> Exchange:
    """Start an Asterisk in `folder`, fetched first if there is none.  Raises ChildFailed."""
    cache = _CHECKOUT / ".cache" / "asterisk"
    tell("an Asterisk" if cache.exists() else "an Asterisk (fetched once, 20 MB, if none is installed)")
    softphone = Softphone(caller, secrets.token_hex(4))
    settings = DialplanSettings(
        lines=_NUMBERS,
        gateways=(f"127.0.0.1:{gateway_port}",),
        prompts_folder=_CHECKOUT / "templates" / "voice",
        trunks=(),
    )
    ports = LocalPorts(_free_port(socket.SOCK_DGRAM, address), _free_port(socket.SOCK_STREAM, "127.0.0.1"), address)

    def start() -> LocalAsterisk:
        started = local_asterisk.start(asterisk_tree.find(cache), folder, settings, ports, softphone)
        try:
            started.wait_until_up()
        except AsteriskUnavailable:
            started.stop()
            raise
        return started

    try:
        return Exchange(await asyncio.to_thread(start), address, softphone)
    except (AsteriskUnavailable, OSError) as exc:
        raise ChildFailed(f"no Asterisk: {exc}") from exc


def _free_port(kind: socket.SocketKind, address: str) -> int:
    """SIP's own port if it is free, else any; for AMI any.  Raises ChildFailed for an address that is not here."""
    for port in (_SIP_PORT, 0) if kind is socket.SOCK_DGRAM else (0,):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError as exc:
                fault = exc
                continue
            return int(probe.getsockname()[1])
    raise ChildFailed(f"cannot take calls at {address}: {fault.strerror}")
