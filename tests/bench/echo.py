"""An ESME that only echoes: asyncio and smpplib's codec, no understanding, no store, no log.  The figure to compare."""

from __future__ import annotations

import asyncio
import socket
import sys

import smpplib.client
import smpplib.command
import smpplib.smpp

_REPLY = "【监管网】尾号1974首次查询，登记有效：福清玉泉酒业“玉泉白酒”500ml".encode("utf-16-be")


class Echo(asyncio.Protocol):
    """One bind."""

    def __init__(self) -> None:
        self._buffer = b""
        self._client = smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=True)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._send("bind_transceiver", system_id="zhenma", password="trial")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 4 and len(self._buffer) >= (length := int.from_bytes(self._buffer[:4], "big")):
            pdu, self._buffer = self._buffer[:length], self._buffer[length:]
            self._take(smpplib.smpp.parse_pdu(pdu, client=self._client, allow_unknown_opt_params=True))

    def _take(self, pdu: smpplib.command.Command) -> None:
        if pdu.command == "deliver_sm":
            self._send("deliver_sm_resp", sequence=pdu.sequence)
            self._send(
                "submit_sm",
                source_addr="95001111",
                destination_addr=pdu.source_addr.decode("ascii"),
                data_coding=8,
                short_message=_REPLY,
            )
        elif pdu.command in ("enquire_link", "unbind"):
            self._send(f"{pdu.command}_resp", sequence=pdu.sequence)

    def _send(self, command: str, sequence: int | None = None, **fields: object) -> None:
        pdu = smpplib.smpp.make_pdu(command, client=self._client, **fields)
        if sequence is not None:
            pdu.sequence = sequence
        self._transport.write(pdu.generate())

    def connection_lost(self, exc: Exception | None) -> None:
        asyncio.get_running_loop().stop()


async def _connect(port: int) -> None:
    while True:
        try:
            await asyncio.get_running_loop().create_connection(Echo, "127.0.0.1", port)
            return
        except ConnectionRefusedError:  # the generator is not there yet
            await asyncio.sleep(0.05)


def main(port: int, sessions: int) -> None:
    """`sessions` binds, until one of them is lost."""
    loop = asyncio.new_event_loop()
    for _ in range(sessions):
        loop.run_until_complete(_connect(port))
    loop.run_forever()


main(int(sys.argv[1]), int(sys.argv[2]))
