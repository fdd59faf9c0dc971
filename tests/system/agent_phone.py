"""A SIP telephone that is called: it answers and listens.  RFC 3261, RFC 4566, RFC 3550."""

from __future__ import annotations

import re
import socket
import threading
from types import TracebackType


class AgentPhone:
    """Answers every INVITE at once; `heard` collects the RTP payload, `called` says whether anybody called."""

    def __init__(self) -> None:
        self._sip, self._rtp = _socket(), _socket()
        self.port = int(self._sip.getsockname()[1])
        self._stopped = False
        self.called = threading.Event()
        self.heard = bytearray()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._listen_sip, self._listen_rtp)]

    def __enter__(self) -> AgentPhone:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stopped = True
        for thread in self._threads:
            thread.join()
        self._sip.close()
        self._rtp.close()

    def _listen_sip(self) -> None:
        while not self._stopped:
            try:
                octets, peer = self._sip.recvfrom(65_536)
            except TimeoutError:
                continue
            text = octets.decode("utf-8", "replace")
            if not text.startswith(("SIP/2.0", "ACK ")):
                self._sip.sendto(self._ok(text).encode(), peer)
            if text.startswith("ACK "):
                self.called.set()

    def _ok(self, request: str) -> str:
        kept = [
            line for line in request.split("\r\n") if re.match(r"(?:Via|From|Call-ID|CSeq|Record-Route):", line, re.I)
        ]
        to = re.search(r"^To: *(.+?)\r$", request, re.M | re.I)
        tagged = f"To: {to[1] if to else ''}{'' if to and 'tag=' in to[1] else ';tag=agent'}"
        body = ""
        if request.startswith("INVITE "):
            port = self._rtp.getsockname()[1]
            body = (
                f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
            )
        contact = f"Contact: <sip:agent@127.0.0.1:{self.port}>"
        sdp = "Content-Type: application/sdp"
        return "\r\n".join(["SIP/2.0 200 OK", *kept, tagged, contact, sdp, f"Content-Length: {len(body)}", "", body])

    def _listen_rtp(self) -> None:
        while not self._stopped:
            try:
                packet = self._rtp.recv(2048)
            except TimeoutError:
                continue
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                self.heard += packet[12:]


def _socket() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.settimeout(0.1)
    return udp
