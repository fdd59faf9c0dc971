"""The SMSC: who is bound, what waits for delivery, what arrived."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory

from smpp.simulator import texts
from smpp.simulator.codec import Outgoing, Submit
from smpp.simulator.session import SmscSession

Show = Callable[[Mapping[str, Any]], None]
_REDELIVERY_SECONDS = 2.0
_RECEIPT_SECONDS = 0.2
_MOST_WAITING = 100_000


class Typed(NamedTuple):
    """What someone typed on the simulated phone."""

    source: str
    destination: str
    text: str


class Smsc(Factory):
    """Takes binds with `credentials` ({system_id: password}) and tells `show` what happens, as plain mappings.

    Every mapping has `event`: listening, bound, unbound, refused, acknowledged (an MO's deliver_sm_resp), segment
    (a submit_sm), mt (a whole message, with its segments), error.  `at` is `wall()`, Unix time in seconds.
    """

    noisy = False

    def __init__(
        self, credentials: Mapping[str, str], show: Show, clock: IReactorTime, wall: Callable[[], float]
    ) -> None:
        self.credentials = credentials
        self.clock = clock
        self._show = show
        self._wall = wall
        self._sessions: list[SmscSession] = []
        self._waiting: deque[Outgoing] = deque()
        self._typed_at: dict[str, float] = {}
        self._parts: dict[tuple[str, str, int, int], dict[int, tuple[str, float]]] = {}
        self._references = 0
        self._message_ids = 0
        self._turn = 0

    def buildProtocol(self, addr: object) -> SmscSession:
        return SmscSession(self)

    def show(self, event: str, **facts: Any) -> None:
        """Tell what happened."""
        self._show({"event": event, "at": self._wall(), **facts})

    def type(self, typed: Typed) -> int:
        """Send a text from a phone; the number of its parts.  Raises ValueError if it is too long or too many wait."""
        if len(self._waiting) >= _MOST_WAITING:
            raise ValueError("too many messages are waiting: is a receiver bound?")
        self._references += 1
        data_coding, parts = texts.parts(typed.text, self._references)
        for esm_class, octets in parts:
            self._waiting.append(Outgoing(typed.source, typed.destination, esm_class, data_coding, octets))
        self._typed_at[typed.source] = self.clock.seconds()
        self.deliver()
        return len(parts)

    def deliver(self) -> None:
        """Deliver what waits, to the bound receivers in turn."""
        receivers = [session for session in self._sessions if session.receives]
        while self._waiting and receivers:
            self._turn += 1
            receivers[self._turn % len(receivers)].deliver(self._waiting.popleft())

    # What sessions tell

    def bound(self, session: SmscSession) -> None:
        """A session is bound."""
        self._sessions.append(session)
        self.show("bound", system_id=session.system_id, role=session.role)
        self.deliver()

    def gone(self, session: SmscSession) -> None:
        """A session is over; what it did not acknowledge is delivered again."""
        if session in self._sessions:
            self._sessions.remove(session)
            self.show("unbound", system_id=session.system_id, role=session.role)
            self._waiting.extendleft(reversed(session.unacknowledged))
            self.deliver()

    def acknowledged(self, message: Outgoing, command_status: int) -> None:
        """A deliver_sm was answered; with an error it comes again a little later."""
        if not message.esm_class & 0x3C:
            self.show("acknowledged", source=message.source, command_status=command_status)
        if command_status:
            self._waiting.append(message)
            self.clock.callLater(_REDELIVERY_SECONDS, self.deliver)

    def submitted(self, submit: Submit) -> str:
        """A submit_sm was taken; returns its message_id."""
        self._message_ids += 1
        message_id = f"{self._message_ids:08x}"
        place, octets = texts.concatenation(submit.esm_class, submit.octets, submit.tlvs)
        text = texts.decode(submit.data_coding, octets)
        part = None if place is None else {"reference": place.reference, "total": place.total, "number": place.number}
        self.show(
            "segment",
            source=submit.source,
            destination=submit.destination,
            text=text,
            part=part,
            message_id=message_id,
            data_coding=submit.data_coding,
        )
        reference, total, number = place or (0, 1, 1)
        key = (submit.source, submit.destination, reference, total)
        found = self._parts.setdefault(key, {})
        found[number] = (text, self._since_typed(submit.destination))
        if len(found) >= total:
            del self._parts[key]
            self._whole(submit, [found[number] for number in sorted(found)])
        if submit.registered_delivery & 0x03:
            self.clock.callLater(_RECEIPT_SECONDS, self._receipt, submit, message_id, text)
        return message_id

    def _whole(self, submit: Submit, segments: list[tuple[str, float]]) -> None:
        self.show(
            "mt",
            source=submit.source,
            destination=submit.destination,
            text="".join(text for text, _ in segments),
            segments=[{"text": text, "seconds": seconds} for text, seconds in segments],
            seconds=max(seconds for _, seconds in segments),
        )

    def _since_typed(self, phone: str) -> float:
        """Seconds since that phone's last text; 0 if it sent none."""
        now = self.clock.seconds()
        return round(now - self._typed_at.get(phone, now), 6)

    def _receipt(self, submit: Submit, message_id: str, text: str) -> None:
        body = (  # SMPP 3.4, appendix B
            f"id:{message_id} sub:001 dlvrd:001 submit date:0001010000 done date:0001010000 stat:DELIVRD err:000 "
            f"text:{text[:20].encode('ascii', 'replace').decode('ascii')}"
        )
        tlvs = ((0x001E, message_id.encode("ascii") + b"\0"), (0x0427, b"\x02"))
        message = Outgoing(submit.destination, submit.source, 0x04, 0, body.encode("ascii"), tlvs)
        self._waiting.append(message)
        self.deliver()
