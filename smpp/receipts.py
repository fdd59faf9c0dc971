"""Delivery receipts: what became of a message (SMPP 3.4, 2.11, 5.2.12, appendix B)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from smpp import alphabets
from smpp.segments import Tlvs, user_data
from smpp.settings import ReceiptIds

TAG_RECEIPTED_MESSAGE_ID = 0x001E  # SMPP 3.4, 5.3.2.12
TAG_NETWORK_ERROR_CODE = 0x0423  # 5.3.2.31
TAG_MESSAGE_STATE = 0x0427  # 5.3.2.35

_NOT_FROM_A_PERSON = 0x3C  # 5.2.12: receipt, acknowledgement, conversation abort, intermediate notification
_MOST_OCTETS = 2_000  # of a receipt's text; appendix B's has about 120


class MessageState(IntEnum):
    """message_state (SMPP 3.4, 5.2.28; SCHEDULED and SKIPPED from 5.0, 4.7.15)."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


# How far along each state is.  ACCEPTED is final by the book, yet SMSCs send it before DELIVERED.
_PROGRESS = {
    MessageState.UNKNOWN: 0,
    MessageState.SCHEDULED: 1,
    MessageState.ENROUTE: 2,
    MessageState.ACCEPTED: 3,
    MessageState.DELIVERED: 4,
    MessageState.EXPIRED: 4,
    MessageState.DELETED: 4,
    MessageState.UNDELIVERABLE: 4,
    MessageState.REJECTED: 4,
    MessageState.SKIPPED: 4,
}
FINAL_STATES = frozenset(state for state, progress in _PROGRESS.items() if progress == 4)

# The beginnings of appendix B's abbreviations and of what is written instead of them.
_STATES_BY_WORD = (
    ("SCHED", MessageState.SCHEDULED),
    ("ENROUTE", MessageState.ENROUTE),
    ("EN_ROUTE", MessageState.ENROUTE),
    ("BUFFERED", MessageState.ENROUTE),
    ("DELIV", MessageState.DELIVERED),
    ("EXPIR", MessageState.EXPIRED),
    ("DELET", MessageState.DELETED),
    ("UNDELIV", MessageState.UNDELIVERABLE),
    ("FAIL", MessageState.UNDELIVERABLE),
    ("ACCEPT", MessageState.ACCEPTED),
    ("ACKED", MessageState.ACCEPTED),
    ("REJECT", MessageState.REJECTED),
    ("SKIP", MessageState.SKIPPED),
)
_STATES_BY_NUMBER = {str(int(state)): state for state in MessageState}


@dataclass(frozen=True, slots=True)
class Receipt:
    """`message_id` as the SMSC wrote it; `error` as far as it says one ("" if not), in its own words."""

    message_id: str
    state: MessageState
    error: str = ""


def is_report(esm_class: int, tlvs: Tlvs) -> bool:
    """Whether a deliver_sm or data_sm is anything but a message from a person: never a query, whatever its text.
    Some SMSCs leave the esm_class of a receipt 0 and send receipted_message_id."""
    return esm_class & _NOT_FROM_A_PERSON != 0 or any(tag == TAG_RECEIPTED_MESSAGE_ID for tag, _ in tlvs)


def parse_receipt(esm_class: int, data_coding: int, short_message: bytes, tlvs: Tlvs) -> Receipt | None:
    """Read a receipt; TLVs go before the text.  None if neither names a message."""
    values = dict(reversed(tlvs))
    fields = _fields(_text(data_coding, user_data(esm_class, short_message, tlvs)))
    message_id = _c_octets(values.get(TAG_RECEIPTED_MESSAGE_ID, b"")) or _first_word(fields.get("id", ""))
    if not message_id:
        return None
    state = _state_of_tlv(values.get(TAG_MESSAGE_STATE, b""))
    return Receipt(message_id, _state_of_text(fields) if state is None else state, _error(fields, values))


def submitted_id(message_id: str, receipt_ids: ReceiptIds = "same") -> str:
    """The one spelling of an id that came with submit_sm_resp; compare it with `receipted_id` of a receipt.

    `receipt_ids` is the link's: how its receipts write the id ("decimal": then submit_sm_resp has it in hex).
    Leading zeros, case and white space do not count.
    """
    return _spelt(message_id, hexadecimal=receipt_ids == "decimal")


def receipted_id(message_id: str, receipt_ids: ReceiptIds = "same") -> str:
    """The one spelling of an id that came with a receipt; see `submitted_id`."""
    return _spelt(message_id, hexadecimal=receipt_ids == "hex")


def advance(current: MessageState | None, reported: MessageState) -> MessageState:
    """The state after one more receipt.  Receipts come repeatedly and out of order: none moves a state back, and
    the first final state stays."""
    if current is None or _PROGRESS[reported] > _PROGRESS[current]:
        return reported
    return current


_HEX = re.compile(r"(?:0x)?[0-9a-f]{1,64}")  # message_id has 64 characters at most (5.2.23)
_FIELD = re.compile(
    r"(?<![a-z0-9])"
    r"(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us|e)?|err(?:or)?(?:[ _]?code)?|te?xt)"
    r"[ \t]{0,8}[:=]",
    re.IGNORECASE,
)


def _spelt(message_id: str, hexadecimal: bool) -> str:
    message_id = message_id.strip().lower()
    if hexadecimal and _HEX.fullmatch(message_id):
        return str(int(message_id, 16))
    return message_id.lstrip("0") or message_id[:1]


def _text(data_coding: int, octets: bytes) -> str:
    octets = octets[:_MOST_OCTETS]
    if octets.isascii() and b"\0" not in octets.rstrip(b"\0"):
        return octets.rstrip(b"\0").decode("ascii")  # whatever data_coding says
    return alphabets.decode(data_coding, octets)


def _fields(text: str) -> dict[str, str]:
    """The fields of appendix B's text, by their short lower-case names.  After "text:" comes the message itself,
    which may hold anything."""
    fields: dict[str, str] = {}
    name, start = "", 0
    for match in _FIELD.finditer(text):
        fields.setdefault(name, text[start : match.start()].strip(" \t\r\n,;|"))
        name, start = match[1].lower(), match.end()
        if name in ("text", "txt"):
            break
        name = "err" if name.startswith("err") else "stat" if name.startswith("stat") else name
    fields.setdefault(name, text[start:].strip(" \t\r\n,;|"))
    return fields


def _first_word(value: str) -> str:
    words = value.split(maxsplit=1)
    return words[0].strip("\"'") if words else ""


def _c_octets(value: bytes) -> str:
    return value.partition(b"\0")[0].decode("latin-1").strip()


def _state_of_tlv(value: bytes) -> MessageState | None:
    try:
        return MessageState(int.from_bytes(value, "big")) if value else None
    except ValueError:
        return None


def _state_of_text(fields: Mapping[str, str]) -> MessageState:
    word = _first_word(fields.get("stat", "")).upper()
    if word in _STATES_BY_NUMBER:
        return _STATES_BY_NUMBER[word]
    if not word:  # dlvrd counts what was delivered
        return MessageState.DELIVERED if fields.get("dlvrd", "").strip("0").isdecimal() else MessageState.UNKNOWN
    return next((state for start, state in _STATES_BY_WORD if word.startswith(start)), MessageState.UNKNOWN)


def _error(fields: Mapping[str, str], values: Mapping[int, bytes]) -> str:
    network = values.get(TAG_NETWORK_ERROR_CODE, b"")
    if len(network) >= 3:  # network type, then the code
        return f"{network[0]}:{int.from_bytes(network[1:3], 'big')}"
    written = _first_word(fields.get("err", ""))
    return written if written.strip("0") else ""
