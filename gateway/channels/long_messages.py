"""Long messages: every part is durable before it is acknowledged, and a crash does not lose the ones that came."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from gateway.core.ports import Journal, MessagePart
from gateway.core.query import ReplyRoute
from smpp import Address, Delivery
from smpp.reassembly import Assembled, MessageKey, Piece, Reassembly
from smpp.segments import Part


@dataclass(frozen=True, slots=True)
class Whole:
    """A long message, whole or as far as it came in time.  `key` is the journal's key of its parts."""

    key: str
    route: ReplyRoute
    text: str = field(repr=False)
    fingerprint: str


@dataclass(slots=True)
class _Envelope:
    link: str
    alphabet: str
    fingerprints: list[str]


class LongMessages:
    """The parts in hand, in memory and in the journal alike."""

    def __init__(self, journal: Journal, wait_seconds: float) -> None:
        self._journal = journal
        self._reassembly = Reassembly(wait_seconds)
        self._envelopes: dict[MessageKey, _Envelope] = {}

    async def take(self, delivery: Delivery, fingerprint: str, now: float) -> list[Whole]:
        """Keep one part.  The messages that it completes.  Raises NotDurable; then nothing was kept."""
        part = delivery.part
        if part is None:
            return []
        key = _key(delivery, part)
        await self._journal.accept_part(
            MessagePart(
                key=_journal_key(key),
                total=part.total,
                number=part.number,
                content=part.content,
                envelope=_to_json(key, delivery),
                arrived_at=now,
                fingerprint=fingerprint,
            )
        )
        piece = Piece(part.number, delivery.data_coding, part.content)
        return self._add(key, piece, _Envelope(delivery.link, delivery.default_alphabet, [fingerprint]), now)

    def due(self, now: float) -> list[Whole]:
        """Messages that have waited long enough, as they are."""
        return [self._whole(assembled) for assembled in self._reassembly.due(now)]

    async def recover(self, now: float) -> list[Whole]:
        """Take up the parts that an earlier process kept.  Messages that are whole or overdue by now come back."""
        wholes: list[Whole] = []
        for part in await self._journal.open_parts():
            key, data_coding, envelope = _from_json(part)
            wholes += self._add(key, Piece(part.number, data_coding, part.content), envelope, part.arrived_at)
        return wholes + self.due(now)

    def _add(self, key: MessageKey, piece: Piece, envelope: _Envelope, now: float) -> list[Whole]:
        kept = self._envelopes.setdefault(key, envelope)
        if kept is not envelope:
            kept.fingerprints += envelope.fingerprints
        return [self._whole(each) for each in self._reassembly.add(key, piece, now).given_out]

    def _whole(self, assembled: Assembled) -> Whole:
        key = assembled.key
        envelope = self._envelopes.pop(key)
        return Whole(
            key=_journal_key(key),
            route=ReplyRoute(
                carrier=key.account,
                link=envelope.link,
                source=key.destination.number,
                source_ton=key.destination.ton,
                source_npi=key.destination.npi,
                destination=key.source.number,
                destination_ton=key.source.ton,
                destination_npi=key.source.npi,
            ),
            text=assembled.text(envelope.alphabet),
            fingerprint=",".join(dict.fromkeys(envelope.fingerprints)),
        )


def _key(delivery: Delivery, part: Part) -> MessageKey:
    return MessageKey(delivery.account, delivery.source, delivery.destination, part.reference, part.total)


def _journal_key(key: MessageKey) -> str:
    return "\0".join(map(str, _flat(key)))


def _flat(key: MessageKey) -> list[str | int]:
    source, destination = key.source, key.destination
    sender: list[str | int] = [source.number, source.ton, source.npi]
    return [key.account, *sender, destination.number, destination.ton, destination.npi, key.reference, key.total]


def _to_json(key: MessageKey, delivery: Delivery) -> str:
    return json.dumps([_flat(key), delivery.link, delivery.default_alphabet, delivery.data_coding])


def _from_json(part: MessagePart) -> tuple[MessageKey, int, _Envelope]:
    (account, *addresses, reference, total), link, alphabet, data_coding = json.loads(part.envelope)
    key = MessageKey(account, Address(*addresses[:3]), Address(*addresses[3:]), reference, total)
    return key, data_coding, _Envelope(link, alphabet, [part.fingerprint])
