"""Long messages: every part is durable before it is acknowledged, and a crash does not lose the ones that came."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Protocol

from gateway.core.errors import StateUnavailable
from gateway.core.ports import Journal, MessagePart
from gateway.core.query import Query, ReplyRoute
from smpp import Address, Delivery
from smpp.reassembly import Assembled, MessageKey, Piece, Reassembly


@dataclass(frozen=True, slots=True)
class Whole:
    """A long message, whole or as far as it came in time.  `key` is the journal's key of its parts.

    `parts`: where several nodes keep them in common, what is to be claimed before the message is this node's query.
    """

    key: str
    route: ReplyRoute
    text: str = field(repr=False)
    fingerprint: str
    parts: tuple[MessagePart, ...] = field(default=(), repr=False)


class CommonParts(Protocol):
    """Parts that several nodes keep together, since an SMSC may spread those of one message over them."""

    async def keep(self, part: MessagePart) -> list[tuple[MessagePart, ...]]:
        """Keep one part; the messages that are to be claimed now.  Raises NotDurable, and then it was not kept."""

    async def due(self) -> list[tuple[MessagePart, ...]]:
        """Messages that have waited long enough.  Raises StateUnavailable."""

    async def claim(self, message: tuple[MessagePart, ...], query: Query) -> bool:
        """Make the message this query of this node's; False if it is another's.  Raises NotDurable."""


class LongMessages:
    """The parts in hand, in memory and in the journal alike; or where all nodes keep them, if there is `common`.

    `now` is seconds on a clock that cannot be set: what is waited for does not follow the wall clock.
    """

    def __init__(self, journal: Journal, wait_seconds: float, common: CommonParts | None = None) -> None:
        self._journal = journal
        self._common = common
        self._reassembly = Reassembly(wait_seconds)
        self._taken: dict[MessageKey, _Taken] = {}

    async def take(self, delivery: Delivery, fingerprint: str, arrived_at: float, now: float) -> list[Whole]:
        """Keep one part.  The messages that it completes.  Raises NotDurable; then nothing was kept.

        `arrived_at` is Unix time.
        """
        part = delivery.part
        if part is None:
            return []
        key = MessageKey(delivery.account, delivery.source, delivery.destination, part.reference, part.total)
        if self._common is not None:
            in_common = MessagePart(
                key=json.dumps(_flat(key)),
                total=part.total,
                number=part.number,
                content=part.content,
                envelope=_Envelope("", delivery.link, fingerprint).to_json(key, delivery),
                arrived_at=arrived_at,
                fingerprint=fingerprint,
            )
            return [self._whole_in_common(parts) for parts in await self._common.keep(in_common)]
        bare = Piece(part.number, delivery.data_coding, part.content)
        if self._reassembly.has_finished(key, bare, now):
            return []
        envelope = _Envelope(self._journal_key(key, part.number, fingerprint, arrived_at), delivery.link, fingerprint)
        piece = replace(bare, envelope=envelope.to_json(key, delivery))
        await self._journal.accept_part(
            MessagePart(
                key=envelope.journal_key,
                total=part.total,
                number=part.number,
                content=part.content,
                envelope=piece.envelope,
                arrived_at=arrived_at,
                fingerprint=fingerprint,
            )
        )
        return self._add(key, piece, now)

    def due(self, now: float) -> list[Whole]:
        """Messages that have waited long enough, as they are."""
        return [self._whole(assembled) for assembled in self._reassembly.due(now)]

    async def due_in_common(self) -> list[Whole]:
        """Messages that have waited long enough at whichever node; none while nobody can say."""
        if self._common is None:
            return []
        try:
            return [self._whole_in_common(parts) for parts in await self._common.due()]
        except StateUnavailable:  # whoever ships the log says so
            return []

    async def claimed(self, whole: Whole, query: Query) -> bool:
        """Whether the message is this node's to answer, as this query.  Raises NotDurable."""
        return self._common is None or not whole.parts or await self._common.claim(whole.parts, query)

    async def recover(self, wall: float, now: float) -> list[Whole]:
        """Take up the parts that an earlier process kept.  Messages that are whole or overdue by now come back.

        `wall` is `now` as Unix time, by which the age of the parts is known.
        """
        wholes: list[Whole] = []
        for part in await self._journal.open_parts():
            key, data_coding = _key_of_json(part.envelope)
            self._taken.setdefault(key, _Taken(part.key)).fingerprints[part.number] = part.fingerprint
            piece = Piece(part.number, data_coding, part.content, part.envelope)
            wholes += self._add(key, piece, now - max(0.0, wall - part.arrived_at))
        return wholes + self.due(now)

    def _journal_key(self, key: MessageKey, number: int, fingerprint: str, arrived_at: float) -> str:
        """The journal's key of the message that a part belongs to.

        Senders use references again: a part that differs from the one under its number begins another message.
        """
        taken = self._taken.get(key)
        if taken is None or taken.fingerprints.get(number, fingerprint) != fingerprint:
            taken = self._taken[key] = _Taken("\0".join(map(str, (*_flat(key), arrived_at))))
        taken.fingerprints[number] = fingerprint
        return taken.journal_key

    def _add(self, key: MessageKey, piece: Piece, now: float) -> list[Whole]:
        return [self._whole(assembled) for assembled in self._reassembly.add(key, piece, now).given_out]

    def _whole_in_common(self, parts: tuple[MessagePart, ...]) -> Whole:
        keyed = [(_key_of_json(part.envelope), part) for part in parts]
        pieces = tuple(Piece(part.number, coding, part.content, part.envelope) for (_, coding), part in keyed)
        (key, _), first = keyed[0]
        return replace(self._whole(Assembled(key, pieces, first.arrived_at)), parts=parts)

    def _whole(self, assembled: Assembled) -> Whole:
        key = assembled.key
        envelopes = [_Envelope.of_json(piece.envelope) for piece in assembled.pieces]
        journal_key = envelopes[0].journal_key
        if (taken := self._taken.get(key)) is not None and taken.journal_key == journal_key:
            del self._taken[key]
        return Whole(
            key=journal_key,
            route=ReplyRoute(
                carrier=key.account,
                link=envelopes[0].link,
                source=key.destination.number,
                source_ton=key.destination.ton,
                source_npi=key.destination.npi,
                destination=key.source.number,
                destination_ton=key.source.ton,
                destination_npi=key.source.npi,
            ),
            text=assembled.text(_alphabet_of_json(assembled.pieces[0].envelope)),
            fingerprint=",".join(envelope.fingerprint for envelope in envelopes),
        )


@dataclass(slots=True)
class _Taken:
    """A message in parts: its key in the journal, and the fingerprints of its parts by number."""

    journal_key: str
    fingerprints: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What a part brings along besides its content."""

    journal_key: str
    link: str
    fingerprint: str

    def to_json(self, key: MessageKey, delivery: Delivery) -> str:
        own = [self.journal_key, self.link, self.fingerprint]
        return json.dumps([own, _flat(key), delivery.data_coding, delivery.default_alphabet])

    @classmethod
    def of_json(cls, envelope: str) -> _Envelope:
        return cls(*json.loads(envelope)[0])


def _flat(key: MessageKey) -> list[str | int]:
    source, destination = key.source, key.destination
    sender: list[str | int] = [source.number, source.ton, source.npi]
    return [key.account, *sender, destination.number, destination.ton, destination.npi, key.reference, key.total]


def _key_of_json(envelope: str) -> tuple[MessageKey, int]:
    """The key and the data_coding of a part that an earlier process kept."""
    _, (account, *addresses, reference, total), data_coding, _ = json.loads(envelope)
    return MessageKey(account, Address(*addresses[:3]), Address(*addresses[3:]), reference, total), data_coding


def _alphabet_of_json(envelope: str) -> str:
    return str(json.loads(envelope)[3])
