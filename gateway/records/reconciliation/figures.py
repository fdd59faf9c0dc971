"""The figures of a link's day that carriers are reconciled by.  Pure."""

from __future__ import annotations

from gateway.core.receipts import ReceiptState
from gateway.records.reconciliation.accounts import LinkDay

_TAKEN = ("mt_sent", "other_sent")
_REFUSED = ("mt_refused", "other_refused")
_DOUBTFUL = ("mt_in_doubt", "other_in_doubt")
STATES = tuple(state.value for state in ReceiptState)

Cell = int | str


def figures_of(line: LinkDay) -> dict[str, int]:
    """Every figure by its key (see account_words.py).

    MO are PDUs (received are those acknowledged, refused and unacknowledged); MT are messages except where `segments`
    says so; receipts by state are segments, as a carrier bills them.
    """
    redelivered, parts, refused = (line.count(f"mo_{what}").pdus for what in ("redelivered", "parts", "refused"))
    queries = line.count("mo").messages
    kept, unacknowledged = queries + parts + redelivered, line.count("mo_unacknowledged").pdus
    states = line.by_state()
    return {
        "mo_received": kept + refused,
        "mo_acknowledged": kept - unacknowledged,
        "mo_refused": refused,
        "mo_unacknowledged": unacknowledged,
        "mo_redelivered": redelivered,
        "mo_parts": parts,
        "queries": queries,
        "mt_submitted": line.count(*_TAKEN, *_REFUSED, *_DOUBTFUL).messages,
        "mt_accepted": line.count(*_TAKEN).messages,
        "mt_refused": line.count(*_REFUSED).messages,
        "mt_in_doubt": line.count(*_DOUBTFUL).messages,
        "mt_resent": line.count("mt_resent").messages,
        "mt_besides": line.count("other_sent", "other_refused", "other_in_doubt").messages,
        "segments": line.count(*_TAKEN, *_REFUSED, *_DOUBTFUL).pdus,
        "mt_expired": line.count("mt_expired").messages,
        "mt_withheld": line.count("mt_withheld").messages,
        **{state: states[state].pdus if state in states else 0 for state in STATES},
        "replies_delivered": line.count("receipt_DELIVRD").messages,
        "receipts_unmatched": line.count("receipt_unmatched").pdus,
    }


def refusals_of(line: LinkDay) -> dict[str, dict[str, int]]:
    """Refused MO and MT by command_status, written as 0x00000064."""
    return {
        "mo_refused_by_status": {f"0x{status:08X}": n for status, n in line.by_status("mo_refused").items()},
        "mt_refused_by_status": {f"0x{status:08X}": n for status, n in line.by_status(*_REFUSED).items()},
    }
