"""command_id: SMPP 3.4, 5.1.2.1, and 5.0's additions, for naming what a peer sends."""

from __future__ import annotations

from enum import IntEnum

RESPONSE = 0x80000000
"""The bit that makes a response's command_id out of its request's."""


class CommandId(IntEnum):
    """Requests; each response is its request with the bit RESPONSE set, generic_nack is RESPONSE alone."""

    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    REPLACE_SM = 0x07
    CANCEL_SM = 0x08
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    SUBMIT_MULTI = 0x21
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103
    BROADCAST_SM = 0x111
    QUERY_BROADCAST_SM = 0x112
    CANCEL_BROADCAST_SM = 0x113


BY_ID: dict[int, CommandId] = {int(command): command for command in CommandId}
GENERIC_NACK = RESPONSE
UNANSWERED = frozenset((CommandId.OUTBIND, CommandId.ALERT_NOTIFICATION))
"""Operations without a response (SMPP 3.4, 4.1.7 and 4.12)."""
BINDS = frozenset((CommandId.BIND_RECEIVER, CommandId.BIND_TRANSMITTER, CommandId.BIND_TRANSCEIVER))
RESPONSES = frozenset(command | RESPONSE for command in CommandId if command not in UNANSWERED) | {GENERIC_NACK}


def name(command_id: int) -> str:
    """`deliver_sm_resp` for 0x80000005; unknown ones as a number."""
    if command_id == GENERIC_NACK:
        return "generic_nack"
    try:
        request = CommandId(command_id & ~RESPONSE).name.lower()
    except ValueError:
        return f"0x{command_id:08X}"
    return f"{request}_resp" if command_id & RESPONSE else request
