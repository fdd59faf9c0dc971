"""What became of a message that a carrier took, by its delivery receipts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReceiptState(StrEnum):
    """The states of SMPP 3.4, appendix B (SCHEDULD and SKIPPED from 5.0), in the words of its receipts."""

    UNKNOWN = "UNKNOWN"
    SCHEDULED = "SCHEDULD"
    ENROUTE = "ENROUTE"
    ACCEPTED = "ACCEPTD"
    DELIVERED = "DELIVRD"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"
    UNDELIVERABLE = "UNDELIV"
    REJECTED = "REJECTD"
    SKIPPED = "SKIPPED"

    @property
    def rank(self) -> int:
        """How far along it is, 0 to FINAL_RANK; no receipt takes a message back.

        ACCEPTED is final by the book, yet SMSCs send it before DELIVERED.
        """
        return _RANKS.get(self, FINAL_RANK)


FINAL_RANK = 4
_RANKS = {
    ReceiptState.UNKNOWN: 0,
    ReceiptState.SCHEDULED: 1,
    ReceiptState.ENROUTE: 2,
    ReceiptState.ACCEPTED: 3,
}


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """One delivery receipt: `message_id` as Outcome.receipt_ids has it, `link` by which it came, at Unix time `at`."""

    carrier: str
    link: str
    message_id: str
    state: ReceiptState
    at: float
