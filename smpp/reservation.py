"""Room on a link, kept for one message."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from smpp.errors import AlreadyUsed
from smpp.outgoing import OutgoingMessage, SubmitResult
from smpp.shipment import Claim


class Reserver(Protocol):
    """Who gave the room."""

    def submit(self, claim: Claim, message: OutgoingMessage) -> Deferred[SubmitResult]:
        """Send the message in the room of this claim."""

    def release(self, claim: Claim) -> None:
        """Take the room back."""


class Reservation:
    """Use it at once: `submit` the message, or `release` it.  `link` names the link it will leave by."""

    __slots__ = ("_claim", "_reserver", "link")

    def __init__(self, reserver: Reserver, claim: Claim) -> None:
        self.link = claim.link
        self._reserver = reserver
        self._claim: Claim | None = claim

    def submit(self, message: OutgoingMessage) -> Deferred[SubmitResult]:
        """Send the message; fires once with what became of it, and never fails.

        Raises AlreadyUsed the second time; ValueError, the room being released, if the message has no segments,
        one of more than 254 octets, or another destination than was reserved for.
        """
        claim, self._claim = self._claim, None
        if claim is None:
            raise AlreadyUsed("this reservation was submitted or released before: reserve again")
        if not message.segments or any(len(segment.short_message) > 254 for segment in message.segments):
            self._reserver.release(claim)
            raise ValueError(
                "a message needs at least one segment, each of at most 254 octets: cut it with smpp.segments"
            )
        if message.destination != claim.destination:
            self._reserver.release(claim)
            raise ValueError("the message has another destination than was reserved for: order would not hold")
        return self._reserver.submit(claim, message)

    def release(self) -> None:
        """Give the room back; without effect once used."""
        claim, self._claim = self._claim, None
        if claim is not None:
            self._reserver.release(claim)
