"""What days of links are counted by, as rows of the journal's intake; see settling.sql for what is made of them."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.answer import Outcome
from gateway.core.ports import OtherKind, Refusal
from gateway.core.receipts import ReceiptTold
from gateway.core.uid import arrival_bound
from gateway.records.journal.intake import Step
from gateway.records.journal.rows import Row
from gateway.records.schema import china_day, day_begins_at


def awaited(uid: int, carrier: str, outcome: Outcome) -> Iterator[Row]:
    """The rows of the segments whose receipts will come."""
    for segment, message_id in enumerate(outcome.receipt_ids, 1):
        if message_id:
            yield (Step.AWAIT, uid, carrier, message_id, segment, outcome.link, outcome.at)


def told(receipt: ReceiptTold) -> Row:
    """The row of a receipt."""
    return (Step.RECEIPT, 0, receipt.carrier, receipt.message_id, receipt.link, receipt.state, receipt.at)


def besides(uid: int, carrier: str, kind: OtherKind, outcome: Outcome) -> Row:
    """The row of a message that is no query's reply.  The fields are the columns of other_messages."""
    ids = " ".join(outcome.message_ids)
    status = outcome.command_status
    return (Step.OTHER, uid, kind, outcome.at, carrier, outcome.link, outcome.ending, status, ids, outcome.segments)


def refusals(refusal: Refusal, messages: int, pdus: int) -> Row:
    """The row of so many refusals of the day, link and status of `refusal`."""
    day = china_day(refusal.at)
    where = (refusal.carrier, refusal.link)
    measure = "mo_unacknowledged" if refusal.kept else "mo_refused"
    return (Step.LINK_DAY, 0, day, day, *where, measure, refusal.command_status, messages, pdus)


def closed(day: int, closed_at: float) -> Row:
    """The row that closes a day."""
    return (Step.CLOSE, 0, day, closed_at, arrival_bound(day_begins_at(day + 1)))


def sealed(day: int, digest: str) -> Row:
    """The row that writes the digest of a closed day."""
    return (Step.SEAL, 0, day, digest)


def forgotten(before: float) -> Row:
    """The row that forgets receipts of messages sent before then (Unix time), a few thousand of them."""
    return (Step.FORGET, 0, before)
