"""What the caller sends, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from smpp.address import Address
from smpp.segments import Segment


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message for one phone, in its segments.

    `validity_seconds` bounds the retries here and is the validity_period told to the SMSC; 0 leaves it to the
    SMSC, and retries to a day.  `registered_delivery` is that of SMPP 3.4, 5.2.17.
    """

    source: Address
    destination: Address
    segments: tuple[Segment, ...] = field(repr=False)
    validity_seconds: float = 0.0
    registered_delivery: int = 0


class SubmitResult(NamedTuple):
    """What became of a message.

    `ok`: every segment was accepted.  Otherwise `command_status` is the last refusal (0 if there was none).
    `in_doubt`: at least one segment was sent and not answered: the SMSC may have it.  `message_ids` belong to
    the accepted segments, in order; an SMSC may leave them empty.  `segments` is how many were accepted.
    `link` is the link that they last left by.  `overdue`: in doubt because a response did not come in time while
    its session lives, so that it may still be under way: do not send again.
    """

    ok: bool
    command_status: int
    message_ids: tuple[str, ...]
    segments: int
    in_doubt: bool
    link: str
    overdue: bool = False
