"""The figures of a link's day that carriers are reconciled by.  Pure."""

from __future__ import annotations

from gateway.core.receipts import ReceiptState
from gateway.records.reconciliation.accounts import Count, LinkDay

_TAKEN = ("mt_sent", "other_sent")
_REFUSED = ("mt_refused", "other_refused")
_DOUBTFUL = ("mt_in_doubt", "other_in_doubt")
STATES = tuple(state.value for state in ReceiptState)

Cell = int | str


def figures_of(line: LinkDay) -> dict[str, int]:
    """Every figure by its key (see account_words.py).

    MO are PDUs, as the SMSC saw them end: those received are acknowledged, refused or (the session was lost before)
    unacknowledged.  MT are messages except where `segments` says so; receipts by state are segments, as a carrier
    bills them.
    """
    redelivered, parts = line.count("mo_redelivered").pdus, line.count("mo_parts").pdus
    queries = line.count("mo").messages
    unacknowledged = line.by_status("mo_unacknowledged").get(0, Count()).pdus
    acknowledged = queries + parts + redelivered - line.count("mo_unacknowledged").pdus
    refused = sum(_mo_refused(line).values())
    states = line.by_state()
    return {
        "mo_received": acknowledged + refused + unacknowledged,
        "mo_acknowledged": acknowledged,
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
    """Refused MO (PDUs) and MT (messages) by command_status, written as 0x00000064."""
    mt_refused = {status: count.messages for status, count in line.by_status(*_REFUSED).items()}
    return {
        "mo_refused_by_status": _written(_mo_refused(line)),
        "mt_refused_by_status": _written(mt_refused),
    }


def _mo_refused(line: LinkDay) -> dict[int, int]:
    """PDUs by the command_status that the SMSC was told; some of them were kept all the same."""
    refused = line.by_status("mo_refused", "mo_unacknowledged")
    return {status: count.pdus for status, count in refused.items() if status}


def _written(by_status: dict[int, int]) -> dict[str, int]:
    return {f"0x{status:08X}": number for status, number in by_status.items() if number}
