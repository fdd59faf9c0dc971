"""One message on its way: which segments are to be sent, are under way, were taken, or must go again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from smpp.address import Address
from smpp.errors import SmppError
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.pdu import Envelope
from smpp.segments import Segment
from smpp.status import Meaning, meaning
from smpp.timers import NEVER

_RETRY_LEAST_SECONDS = 1.0
_RETRY_MOST_SECONDS = 30.0
_LONGEST_SECONDS = 86_400.0  # for a message without a validity of its own


class Claim:
    """A wish for room on a link.

    One of the two is called once: `granted`, with this claim, when `link` has made room, or `refused` when
    `give_up_at` has come or the account stops.
    """

    __slots__ = ("destination", "give_up_at", "granted", "link", "prefer", "refused", "segments", "shipment", "slots")

    def __init__(
        self,
        segments: int,
        prefer: str,
        destination: Address,
        *,
        granted: Callable[[Claim], None],
        refused: Callable[[SmppError], None],
        give_up_at: float = NEVER,
        shipment: Shipment | None = None,
    ) -> None:
        self.segments = segments
        self.prefer = prefer
        self.destination = destination
        self.granted = granted
        self.refused = refused
        self.give_up_at = give_up_at
        self.shipment = shipment  # a message that goes again
        self.link = ""
        self.slots = 0

    @property
    def bound_to_link(self) -> bool:
        """Whether no other link than the preferred one will do: the SMSC has other segments of the message."""
        return self.shipment is not None and self.shipment.begun


class Shipment:
    """A message between submit and its result.  Segments are known by their index."""

    __slots__ = ("_message_ids", "_retries", "again", "command_status", "envelope", "expires_at", "failed", "in_doubt",
                 "link", "message", "outstanding", "overdue", "paced", "pending", "prepaid", "resolve", "retry_at",
                 "segments", "slots")  # fmt: skip

    def __init__(self, message: OutgoingMessage, resolve: Callable[[SubmitResult], None], now: float) -> None:
        self.message = message
        self.resolve = resolve
        self.expires_at = now + (message.validity_seconds or _LONGEST_SECONDS)
        self.segments: tuple[Segment, ...] = message.segments
        self.pending: deque[int] = deque(range(len(message.segments)))
        self.outstanding = 0
        self.again: list[int] = []
        self.failed = False
        self.in_doubt = False
        self.overdue = False
        self.command_status = 0
        self.link = ""
        self.envelope = Envelope(b"", b"", 0)
        self.slots = 0
        self.prepaid = False  # the pace of the first segment was paid with the reservation
        self.paced = False  # waits for the link's pace
        self.retry_at = now
        self._retries = 0
        self._message_ids: dict[int, str] = {}

    @property
    def begun(self) -> bool:
        """Whether the SMSC has taken some segments: then the others follow by the same link."""
        return bool(self._message_ids)

    @property
    def settled(self) -> bool:
        """Whether nothing is under way or about to be."""
        return self.outstanding == 0 and not self.pending

    @property
    def wants_again(self) -> bool:
        """Whether, once settled, some segments should be sent again."""
        return bool(self.again) and not self.failed and not self.in_doubt

    @property
    def complete(self) -> bool:
        """Whether the SMSC has taken every segment."""
        return len(self._message_ids) == len(self.segments)

    def depart(self, link: str, segments: tuple[Segment, ...], envelope: Envelope) -> None:
        """Leave by `link`: from the beginning, or with what must go again."""
        if not self._message_ids:
            self.segments = segments
            self.pending = deque(range(len(segments)))
        else:
            self.pending = deque(sorted(self.again))
        self.again = []
        self.link = link
        self.envelope = envelope

    def answered(self, index: int, command_status: int, message_id: str, now: float) -> Meaning:
        """A segment's response arrived."""
        self.outstanding -= 1
        verdict = meaning(command_status)
        if verdict is Meaning.OK:
            self._message_ids[index] = message_id
            return verdict
        self.command_status = command_status
        if verdict is Meaning.FINAL:
            self.failed = True
            self.pending.clear()
            return verdict
        self.again.append(index)
        if verdict is Meaning.TEMPORARY and self.retry_at <= now:
            pause = min(_RETRY_LEAST_SECONDS * 2 ** min(self._retries, 10), _RETRY_MOST_SECONDS)
            self._retries += 1
            self.retry_at = now + pause
        return verdict

    def doubted(self, overdue: bool) -> None:
        """A segment's response will not come, or is `overdue`: nothing more is sent of this message."""
        self.outstanding -= 1
        self.overdue = self.overdue or overdue
        self.in_doubt = True
        self.pending.clear()

    def stranded(self) -> None:
        """The link went before these segments did."""
        self.again.extend(self.pending)
        self.pending.clear()

    def finish(self) -> None:
        """Tell the result."""
        message_ids = tuple(self._message_ids[index] for index in sorted(self._message_ids))
        ok = self.complete
        status = 0 if ok else self.command_status
        self.resolve(SubmitResult(ok, status, message_ids, len(message_ids), self.in_doubt, self.link, self.overdue))
