"""A carrier's SMSC: it keeps what it was not told is taken, and answers submits as its mood is.

Its octets are the simulator's, which shares no code with the gateway's side of the protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from smpp.simulator import codec, texts
from smpp.simulator.codec import RESPONSE, Pdu
from tests.simulation.people import Attempt, Mo
from tests.simulation.wire import Wire
from tests.simulation.world import World

_WINDOW = 10
_RETRY_SECONDS = 3.0
_GARBLED_OCTETS = 20  # header and a part of the source address
_VERSION_TLV = b"\x02\x10\x00\x01\x34"  # sc_interface_version 3.4 (SMPP 3.4, 5.3.2.25)
ESME_RTHROTTLED, ESME_RMSGQFUL = 0x58, 0x14


@dataclass(slots=True)
class Mood:
    """How often (0 to 1) something goes wrong with a submit_sm or with the response to a deliver_sm."""

    lost: float = 0.0  # accepted, its response never sent
    late: float = 0.0  # accepted, its response some seconds later, perhaps after the gateway gave up
    twice: float = 0.0  # the response repeated
    disorder: float = 0.0  # the response overtaken by later ones
    throttled: float = 0.0
    cut_before: float = 0.0  # the session ends when a submit_sm arrives, which is not accepted
    cut_after: float = 0.0  # the session ends after it was accepted and before its response
    cut_at_ack: float = 0.0  # the session ends with a deliver_sm_resp on its way
    garbled: float = 0.0  # the mandatory part of a deliver_sm ends early


@dataclass(slots=True)
class Mt:
    """One accepted submit_sm.  `confirmed`: the gateway read its response."""

    number: str
    text: str
    part: int
    total: int
    at: float
    confirmed: bool = False


class Smsc:
    """One carrier account, over as many sessions as the gateway binds."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.mood = Mood()
        self.down = False
        self.lines: list[Line] = []
        self.queue: deque[Mo] = deque()
        self.accepted: list[Mt] = []
        self.ends: list[float] = []
        self.stalls = 0
        self.freezes = False  # at its next delivery
        self._turn = 0

    def listen(self) -> Wire | None:
        """A connection is asked for."""
        return None if self.down else Wire(self.world, Line(self))

    def send(self, mo: Mo) -> None:
        """A phone's message is to be delivered."""
        self.queue.append(mo)
        self.pump()

    def pump(self) -> None:
        """Deliver what can be delivered."""
        while self.queue:
            free = [
                line for line in self.lines if line.receives and not line.wire.frozen and len(line.delivering) < _WINDOW
            ]
            if not free:
                return
            self._turn += 1
            free[self._turn % len(free)].deliver(self.queue.popleft())

    def again(self, mo: Mo) -> None:
        """It was not taken: deliver it again shortly."""
        self.world.after(_RETRY_SECONDS, self.send, mo)


class Line:
    """One session, from its connection to its end."""

    def __init__(self, smsc: Smsc) -> None:
        self.smsc = smsc
        self.role = ""
        self.delivering: dict[int, tuple[Mo, Attempt]] = {}
        self._stream = b""
        self._sequence = 0
        self._wire: Wire | None = None

    @property
    def wire(self) -> Wire:
        assert self._wire is not None
        return self._wire

    @property
    def receives(self) -> bool:
        return self.role in ("receiver", "transceiver")

    def connected(self, wire: Wire) -> None:
        self._wire = wire

    def received(self, octets: bytes) -> None:
        self.smsc.world.note(self.smsc.name, octets)
        pdus, self._stream = codec.cut(self._stream + octets)
        for pdu in pdus:
            if self.wire.open:
                self._take(pdu)

    def ended(self) -> None:
        smsc = self.smsc
        smsc.world.note(smsc.name, "ended")
        if self in smsc.lines:
            smsc.lines.remove(self)
            smsc.ends.append(smsc.world.now)
        self.role = ""
        delivering, self.delivering = self.delivering, {}
        for mo, attempt in delivering.values():
            attempt.ended_at = smsc.world.now
            smsc.queue.append(mo)
        if delivering:
            smsc.world.after(0.05, smsc.pump)

    def deliver(self, mo: Mo) -> None:
        """Send a deliver_sm."""
        world = self.smsc.world
        self._sequence += 1
        attempt = Attempt(world.now, world.life, self.wire)
        mo.attempts.append(attempt)
        self.delivering[self._sequence] = mo, attempt
        octets = codec.write_deliver(self._sequence, mo.pdu)
        garbled = world.chance.random() < self.smsc.mood.garbled
        self.wire.to_gateway(_GARBLED_OCTETS.to_bytes(4, "big") + octets[4:_GARBLED_OCTETS] if garbled else octets)
        if self.smsc.freezes:
            self.smsc.freezes = False
            self.smsc.stalls += 1
            self.wire.frozen = True
            world.note("frozen")
            world.after(90.0, self.wire.cut)

    def _take(self, pdu: Pdu) -> None:
        command = pdu.command_id
        if command in codec.BINDS:
            self._answer(pdu, b"virtual\0" + _VERSION_TLV)
            self.role = codec.BINDS[command]
            self.smsc.lines.append(self)
            self.smsc.world.after(0.1, self.smsc.pump)
        elif command == codec.SUBMIT_SM:
            self._submit(pdu)
        elif command == codec.UNBIND:
            self._answer(pdu)
            self.wire.close()
        elif command == codec.ENQUIRE_LINK:
            self._answer(pdu)
        elif command in (codec.DELIVER_SM | RESPONSE, codec.GENERIC_NACK):
            self._acknowledged(pdu)

    def _acknowledged(self, pdu: Pdu) -> None:
        smsc = self.smsc
        if smsc.world.chance.random() < smsc.mood.cut_at_ack:
            self.wire.cut()
            return
        mo, attempt = self.delivering.pop(pdu.sequence_number)
        attempt.answered_at, attempt.command_status = smsc.world.now, pdu.command_status
        if pdu.command_status == codec.ESME_ROK:
            mo.taken = True
        else:
            smsc.again(mo)
        smsc.pump()

    def _submit(self, pdu: Pdu) -> None:
        smsc, mood, chance = self.smsc, self.smsc.mood, self.smsc.world.chance
        if chance.random() < mood.cut_before:
            self.wire.cut()
            return
        if chance.random() < mood.throttled:
            self._answer(pdu, status=chance.choice((ESME_RTHROTTLED, ESME_RMSGQFUL)))
            return
        mt = self._accept(pdu)
        if chance.random() < mood.cut_after:
            self.wire.cut()
        elif chance.random() >= mood.lost:
            self._confirm(pdu, mt, b"%x\0" % len(smsc.accepted))

    def _confirm(self, pdu: Pdu, mt: Mt, body: bytes) -> None:
        mood, world = self.smsc.mood, self.smsc.world
        delay = 0.0
        if world.chance.random() < mood.late:
            delay = world.chance.uniform(1.0, 35.0)
        elif world.chance.random() < mood.disorder:
            delay = world.chance.uniform(0.0, 1.0)
        times = 2 if world.chance.random() < mood.twice else 1

        def read() -> None:
            mt.confirmed = mt.confirmed or world.now - mt.at < 29.9  # later, and the gateway waits no more

        for _ in range(times):
            world.after(delay, self._answer, pdu, body, codec.ESME_ROK, read)

    def _accept(self, pdu: Pdu) -> Mt:
        submit = codec.read_submit(pdu.body)
        concatenation, octets = texts.concatenation(submit.esm_class, submit.octets, submit.tlvs)
        total, part = (concatenation.total, concatenation.number) if concatenation else (1, 1)
        text = texts.decode(submit.data_coding, octets)
        mt = Mt(submit.destination, text, part, total, self.smsc.world.now)
        self.smsc.accepted.append(mt)
        return mt

    def _answer(
        self,
        pdu: Pdu,
        body: bytes = b"",
        status: int = codec.ESME_ROK,
        read: Callable[[], None] = lambda: None,
    ) -> None:
        self.wire.to_gateway(codec.write(pdu.command_id | RESPONSE, pdu.sequence_number, body, status), read)
