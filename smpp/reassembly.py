"""Long messages put together again from parts that come in any order, repeatedly, over different links."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import groupby

from smpp import alphabets
from smpp.address import Address

GAP = "\ufffd"
"""What stands in a text where parts are missing: nothing that is read across."""


@dataclass(frozen=True, slots=True)
class MessageKey:
    """What the parts of one message share.  Two gateways may use one reference for two senders at the same time,
    so the addresses belong to it; the link does not, for an SMSC spreads parts over the links of an account."""

    account: str
    source: Address
    destination: Address
    reference: int
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One part as kept: its number from 1, and its user data without header.

    `envelope` is whatever the caller wants back with the message; it does not tell two pieces apart.
    """

    number: int
    data_coding: int
    content: bytes = field(repr=False)
    envelope: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A message as far as it has come: `pieces` by number, all of them if `complete`.

    `arrived_at` is when its first part came, in seconds.
    """

    key: MessageKey
    pieces: tuple[Piece, ...]
    arrived_at: float

    @property
    def complete(self) -> bool:
        return len(self.pieces) == self.key.total

    def text(self, default_alphabet: str = "gsm") -> str:
        """The text, with GAP where parts are missing.

        Neighbouring parts of one data_coding are decoded as one: senders do cut surrogate and escape pairs.
        """
        runs = groupby(enumerate(self.pieces), lambda at: (at[1].number - at[0], at[1].data_coding))
        texts: list[str] = []
        expected = 1
        for _, run in runs:
            pieces = [piece for _, piece in run]
            if pieces[0].number != expected:
                texts.append(GAP)
            texts.append(alphabets.decode(pieces[0].data_coding, b"".join(p.content for p in pieces), default_alphabet))
            expected = pieces[-1].number + 1
        return "".join(texts) + (GAP if expected <= self.key.total else "")


@dataclass(frozen=True, slots=True)
class Added:
    """What a part led to: the messages now given out (complete, displaced by a new one of the same key, or pushed
    out for want of memory), and whether the part was a repetition of one already seen."""

    given_out: tuple[Assembled, ...] = ()
    repeated: bool = False


@dataclass(slots=True)
class _Pending:
    arrived_at: float
    pieces: dict[int, Piece]

    @property
    def octets(self) -> int:
        return sum(len(piece.content) for piece in self.pieces.values())


class Reassembly:
    """The parts of all messages that are not whole.  Time is an argument: seconds on any one clock.

    A message waits `wait_seconds` from its first part, then `due` gives out what is there.  Over `max_messages`
    waiting or `max_octets` of their content, the oldest are given out at once.  A finished message is remembered
    for `remember_seconds`, so that a part delivered again starts nothing.
    """

    def __init__(
        self,
        wait_seconds: float = 120.0,
        max_messages: int = 10_000,
        max_octets: int = 16 * 1024 * 1024,
        remember_seconds: float = 60.0,
    ) -> None:
        self._wait_seconds = wait_seconds
        self._max_messages = max_messages
        self._max_octets = max_octets
        self._remember_seconds = remember_seconds
        self._pending: dict[MessageKey, _Pending] = {}  # by arrival of the first part
        self._octets = 0
        self._finished: dict[MessageKey, tuple[float, frozenset[int]]] = {}  # hashes of pieces: no content is kept
        self._finishing: deque[tuple[float, MessageKey]] = deque()

    def __len__(self) -> int:
        """How many messages wait for parts."""
        return len(self._pending)

    @property
    def octets(self) -> int:
        """How much content waits."""
        return self._octets

    @property
    def next_due_at(self) -> float | None:
        """When `due` will next have something; None while nothing waits."""
        oldest = next(iter(self._pending.values()), None)
        return None if oldest is None else oldest.arrived_at + self._wait_seconds

    def add(self, key: MessageKey, piece: Piece, now: float) -> Added:
        """Take in one part.  `piece.number` must be 1..`key.total`, or ValueError is raised.

        A part that differs from the one already there under its number belongs to a new message with a reference
        used again: the older message is given out as it is.
        """
        if not 1 <= piece.number <= key.total:
            raise ValueError(f"part {piece.number} of {key.total} is none: look at what part_of returned")
        if key.total == 1:  # nothing to wait for or to remember: some SMSCs number every message 1 of 1, reference 0
            return Added((Assembled(key, (piece,), now),))
        pending = self._pending.get(key)
        known = pending.pieces.get(piece.number) if pending is not None else None
        if known == piece or self.has_finished(key, piece, now):
            return Added(repeated=True)
        given_out: list[Assembled] = []
        if known is not None:
            given_out.append(self._give_out(key, now))
        self._keep(key, piece, now)
        if len(self._pending[key].pieces) == key.total:
            given_out.append(self._give_out(key, now))
        given_out.extend(self._displaced(now))
        return Added(tuple(given_out))

    def has_finished(self, key: MessageKey, piece: Piece, now: float) -> bool:
        """Whether the piece belongs to a message given out a short while ago: it need not even be kept."""
        self._forget(now)
        finished = self._finished.get(key)
        return key not in self._pending and finished is not None and hash(piece) in finished[1]

    def due(self, now: float) -> tuple[Assembled, ...]:
        """The messages whose time is over, oldest first; they are given out as they are and no longer wait."""
        self._forget(now)
        late = []
        for key, pending in self._pending.items():
            if pending.arrived_at + self._wait_seconds > now:
                break
            late.append(key)
        return tuple(self._give_out(key, now) for key in late)

    def _keep(self, key: MessageKey, piece: Piece, now: float) -> None:
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = _Pending(now, {})
        pending.pieces[piece.number] = piece
        self._octets += len(piece.content)

    def _give_out(self, key: MessageKey, now: float) -> Assembled:
        pending = self._pending.pop(key)
        self._octets -= pending.octets
        pieces = tuple(pending.pieces[number] for number in sorted(pending.pieces))
        self._finished[key] = now, frozenset(hash(piece) for piece in pieces)
        self._finishing.append((now, key))
        return Assembled(key, pieces, pending.arrived_at)

    def _displaced(self, now: float) -> list[Assembled]:
        displaced = []
        while self._pending and (len(self._pending) > self._max_messages or self._octets > self._max_octets):
            displaced.append(self._give_out(next(iter(self._pending)), now))
        return displaced

    def _forget(self, now: float) -> None:
        """Drop what finished too long ago, or too much of it."""
        while self._finishing:
            at, key = self._finishing[0]
            if now - at < self._remember_seconds and len(self._finishing) <= self._max_messages:
                return
            self._finishing.popleft()
            finished = self._finished.get(key)
            if finished is not None and finished[0] == at:  # else the key has finished again since
                del self._finished[key]
