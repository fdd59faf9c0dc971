"""What happens on a session, in the past tense, and the words for why it ended."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

from smpp.pdu import ShortMessage
from smpp.timers import Due


class Bound(NamedTuple):
    """The SMSC accepted the bind.  `interface_version` is None if it did not say (then it is sent no TLV: 3.4)."""

    system_id: str
    interface_version: int | None


class MessageArrived(NamedTuple):
    """A deliver_sm or data_sm; answer it with `Session.respond(ticket, ...)`."""

    ticket: int
    message: ShortMessage


class MessageRefused(NamedTuple):
    """A deliver_sm or data_sm that the session refused by itself; `frame` is the whole PDU, perhaps unreadable."""

    command_status: int
    frame: bytes


class SubmitAnswered(NamedTuple):
    """The response to a submit_sm, or a generic_nack with its sequence_number."""

    context: Any
    sent_at: float
    command_status: int
    message_id: str


class SubmitUnanswered(NamedTuple):
    """No response came in time, and the SMSC was heard of after that: whether it took the message is unknown."""

    context: Any


class Oddity(NamedTuple):
    """Something that a correct peer does not send, and that was dealt with; `kind` is for counting."""

    kind: str
    detail: str = ""


class Why(StrEnum):
    """Why a session ended, or did not come about.  Names are codes that programs may rely on, values words for logs."""

    REFUSED = "bind refused"
    BIND_OVERDUE = "no bind response"
    ENQUIRE_OVERDUE = "no answer to enquire_link"
    HALF_PDU = "an incomplete PDU for too long"
    BROKEN_FRAME = "lost PDU boundary"
    UNBOUND_BY_SMSC = "unbind from the SMSC"
    UNBOUND = "unbound by us"
    UNBIND_OVERDUE = "no answer to unbind"
    DISCONNECTED = "connection closed by the SMSC"
    CONNECTION_LOST = "connection lost"
    TLS_FAILED = "TLS failed"
    CONNECTION_REFUSED = "no connection: refused"
    CONNECTION_OVERDUE = "no connection: no answer"
    HOST_UNKNOWN = "no connection: the host's name is unknown"
    UNREACHABLE = "no connection"


class SessionEnded(NamedTuple):
    """Nothing more is sent or read: write what is left and close.  `command_status` is that of a refused bind.

    `abort`: the peer does not listen any more, so nothing is waited for.
    """

    why: Why
    command_status: int = 0
    abort: bool = False
    detail: str = ""


OVERDUE = {
    Due.BIND_OVERDUE: SessionEnded(Why.BIND_OVERDUE),
    Due.ENQUIRE_OVERDUE: SessionEnded(Why.ENQUIRE_OVERDUE, abort=True),
    Due.HALF_PDU_OVERDUE: SessionEnded(Why.HALF_PDU),
    Due.UNBIND_OVERDUE: SessionEnded(Why.UNBIND_OVERDUE),
}
"""How a session ends of which something was waited for too long."""

Event = Bound | MessageArrived | MessageRefused | SubmitAnswered | SubmitUnanswered | Oddity | SessionEnded
