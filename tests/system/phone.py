"""A SIP phone for tests: one call at a time over UDP on loopback, PCMU, digits as RFC 4733 events or SIP INFO.

Written from RFC 2617, RFC 3261, RFC 4566, RFC 3550 and RFC 4733; shares nothing with the code under test.
"""

from __future__ import annotations

import hashlib
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType

_FRAME_SECONDS = 0.02
_EVENTS = "0123456789*#"


class Phone:
    """`heard` collects the RTP payload in order; `final_status` is the INVITE's final answer."""

    def __init__(
        self, sip_port: int, number: str = "95001111", caller: str = "13800001234", password: str = ""
    ) -> None:
        self._password, self._authorization = password, ""
        self._server = ("127.0.0.1", sip_port)
        self._number, self._caller = number, caller
        self._sip, self._rtp = _socket(), _socket()
        self._lock = threading.Lock()
        self._heard = bytearray()
        self._arrived = threading.Condition(self._lock)
        self._remote_rtp: tuple[str, int] | None = None
        self._tag, self._call_id = _token(), _token()
        self._branch = f"z9hG4bK{_token()}"
        self._to = f"<sip:{number}@127.0.0.1>"
        self._sequence, self._cseq, self._timestamp = random.randrange(1000), 1, random.randrange(10_000)
        self._invite_cseq = 1
        self._stopped = False
        self.final_status = 0
        self.hung_up_by_peer = False
        self.reason = ""
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._listen_sip, self._listen_rtp)]

    def __enter__(self) -> Phone:
        for thread in self._threads:
            thread.start()
        self._send_invite()
        self._until(lambda: self.final_status != 0, 5, "no final answer to INVITE")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.final_status == 200 and not self.hung_up_by_peer:
            self.hang_up()
        self._stopped = True
        for thread in self._threads:
            thread.join()
        self._sip.close()
        self._rtp.close()

    def wait_to_hear(self, sound: bytes, seconds: float = 8) -> None:
        """Until `sound` was heard since the last `forget`."""
        self._until(lambda: sound in self._heard, seconds, "the prompt was not heard")

    def has_heard(self, sound: bytes) -> bool:
        with self._lock:
            return sound in self._heard

    def forget(self) -> None:
        with self._lock:
            self._heard.clear()

    def wait_for_bye(self, seconds: float = 8) -> None:
        self._until(lambda: self.hung_up_by_peer, seconds, "the other side did not hang up")

    def press(self, keys: str, gap_seconds: float = 0.01) -> None:
        """RFC 4733: start, updates, and the end packet three times."""
        for key in keys:
            start = self._timestamp
            for step in range(1, 5):
                self._send_event(key, start, step * 160, end=False, first=step == 1)
                time.sleep(_FRAME_SECONDS)
            for _ in range(3):
                self._send_event(key, start, 5 * 160, end=True, first=False)
            self._timestamp += 1600
            time.sleep(gap_seconds)

    def press_by_info(self, keys: str) -> None:
        """SIP INFO, application/dtmf-relay."""
        for key in keys:
            body = f"Signal={key}\r\nDuration=100\r\n"
            self._request("INFO", body, "Content-Type: application/dtmf-relay\r\n")
            time.sleep(0.1)

    def talk(self, seconds: float) -> None:
        """Send noise that no silence detector takes for silence."""
        for _ in range(int(seconds / _FRAME_SECONDS)):
            self._send_rtp(0, random.randbytes(160), False)
            self._timestamp += 160
            time.sleep(_FRAME_SECONDS)

    def keep_silent(self, seconds: float) -> None:
        """Send what a microphone hears in a quiet room."""
        for _ in range(int(seconds / _FRAME_SECONDS)):
            self._send_rtp(0, bytes(random.choices(b"\xff\xfe\x7e", k=160)), False)
            self._timestamp += 160
            time.sleep(_FRAME_SECONDS)

    def hang_up(self) -> None:
        self._request("BYE")
        self.hung_up_by_peer = True

    def _until(self, condition: Callable[[], bool], seconds: float, fault: str) -> None:
        with self._arrived:
            if not self._arrived.wait_for(condition, seconds):
                raise AssertionError(fault)

    def _send_invite(self) -> None:
        port = self._rtp.getsockname()[1]
        body = (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
            "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
        )
        self._request("INVITE", body, f"Content-Type: application/sdp\r\n{self._authorization}")

    def _request(self, method: str, body: str = "", headers: str = "") -> None:
        if method == "INVITE":
            self._invite_cseq = self._cseq
        elif method != "ACK":
            self._cseq += 1
        branch = self._branch if method in ("INVITE", "ACK") else f"z9hG4bK{_token()}"
        port = self._sip.getsockname()[1]
        text = (
            f"{method} sip:{self._number}@127.0.0.1:{self._server[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch={branch};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{self._caller}@127.0.0.1>;tag={self._tag}\r\nTo: {self._to}\r\nCall-ID: {self._call_id}\r\n"
            f"CSeq: {self._invite_cseq if method == 'ACK' else self._cseq} {method}\r\n"
            f"Contact: <sip:{self._caller}@127.0.0.1:{port}>\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._sip.sendto(text.encode(), self._server)

    def _listen_sip(self) -> None:
        while not self._stopped:
            try:
                text = self._sip.recv(65_536).decode("utf-8", "replace")
            except TimeoutError:
                continue
            with self._arrived:
                self._message(text)
                self._arrived.notify_all()

    def _message(self, text: str) -> None:
        first = text.split("\r\n", 1)[0]
        if first.startswith("SIP/2.0 "):
            status = int(first.split(" ")[1])
            if status >= 200 and re.search(r"^CSeq: *\d+ INVITE", text, re.M | re.I):
                self._invite_answered(status, text)
        elif first.startswith("BYE "):
            self._answer(text)
            self.hung_up_by_peer = True
            reason = re.search(r"^Reason: *(.+?)\r$", text, re.M | re.I)
            self.reason = reason[1] if reason else ""
        elif not first.startswith("ACK "):
            self._answer(text)

    def _invite_answered(self, status: int, text: str) -> None:
        to = re.search(r"^(?:To|t): *(.+?)\r$", text, re.M | re.I)
        if to:
            self._to = to[1]
        audio = re.search(r"^m=audio (\d+)", text, re.M)
        if audio:
            self._remote_rtp = ("127.0.0.1", int(audio[1]))
        if status == 200:
            self._branch = f"z9hG4bK{_token()}"
        self._request("ACK")
        challenge = re.search(r"^WWW-Authenticate: *Digest +(.+?)\r$", text, re.M | re.I)
        if status == 401 and challenge and self._password and not self._authorization:
            self._authorization = f"Authorization: {self._credentials(challenge[1])}\r\n"
            self._branch, self._to = f"z9hG4bK{_token()}", f"<sip:{self._number}@127.0.0.1>"
            self._cseq += 1
            self._send_invite()
            return
        self.final_status = status

    def _credentials(self, challenge: str) -> str:
        """RFC 2617, 3.2.2, with qop=auth where it is asked for."""
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        uri = f"sip:{self._number}@127.0.0.1:{self._server[1]}"
        secret = _md5(f"{self._caller}:{asked['realm']}:{self._password}")
        more, nonce = "", asked["nonce"]
        if "qop" in asked:
            more, nonce = ', qop=auth, nc=00000001, cnonce="5eed"', f"{nonce}:00000001:5eed:auth"
        response = _md5(f"{secret}:{nonce}:{_md5(f'INVITE:{uri}')}")
        opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return (
            f'Digest username="{self._caller}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}", '
            f'response="{response}", algorithm=MD5{opaque}{more}'
        )

    def _answer(self, text: str) -> None:
        kept = [line for line in text.split("\r\n") if re.match(r"(?:Via|From|To|Call-ID|CSeq):", line, re.I)]
        reply = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
        self._sip.sendto(reply.encode(), self._server)

    def _listen_rtp(self) -> None:
        while not self._stopped:
            try:
                packet = self._rtp.recv(2048)
            except TimeoutError:
                continue
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                with self._arrived:
                    self._heard += packet[12:]
                    self._arrived.notify_all()

    def _send_event(self, key: str, timestamp: int, duration: int, *, end: bool, first: bool) -> None:
        payload = struct.pack("!BBH", _EVENTS.index(key), (0x80 if end else 0) | 10, duration)
        self._send_rtp(101, payload, first, timestamp)

    def _send_rtp(self, kind: int, payload: bytes, marker: bool, timestamp: int | None = None) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        at = self._timestamp if timestamp is None else timestamp
        header = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | kind, self._sequence, at, 0x5EED)
        if self._remote_rtp:
            self._rtp.sendto(header + payload, self._remote_rtp)


def _socket() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.settimeout(0.1)
    return udp


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _token() -> str:
    return f"{random.getrandbits(64):x}"
