"""A person's message that the account refused by itself, for whoever counts what an SMSC sees."""

from __future__ import annotations

from dataclasses import dataclass

from smpp.delivery import Delivery
from smpp.errors import UnreadablePdu
from smpp.events import MessageRefused
from smpp.pdu import parse_message
from smpp.receipts import is_report
from smpp.segments import Part, part_of


@dataclass(frozen=True, slots=True)
class MessageRefusal:
    """`whole`: it was no part of a long message, as far as it could be read."""

    account: str
    link: str
    command_status: int
    whole: bool


def refusal_of(account: str, link: str, event: MessageRefused) -> MessageRefusal | None:
    """None for what no person wrote.  What cannot be read is taken for a person's message."""
    try:
        message = parse_message(event.frame)
    except UnreadablePdu:
        return MessageRefusal(account, link, event.command_status, whole=True)
    if is_report(message.esm_class, message.tlvs):
        return None
    part = part_of(message.esm_class, message.short_message, message.tlvs)
    return MessageRefusal(account, link, event.command_status, _is_whole(part))


def refusal_to(delivery: Delivery, command_status: int) -> MessageRefusal:
    """Of a message that was read, and delivered in vain."""
    return MessageRefusal(delivery.account, delivery.link, command_status, _is_whole(delivery.part))


def _is_whole(part: Part | None) -> bool:
    return part is None or part.total == 1
