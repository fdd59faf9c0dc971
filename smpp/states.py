"""Who may send what, and when (SMPP 3.4, 2.2 and table 2-1)."""

from __future__ import annotations

from enum import Enum

from smpp.commands import CommandId
from smpp.status import CommandStatus


class SessionState(Enum):
    """The life of one TCP session, as the ESME sees it."""

    OPEN = "open"  # connected, bind not sent
    BINDING = "binding"  # bind sent, response awaited
    BOUND = "bound"
    LEAVING = "leaving"  # the SMSC sent unbind; what is in hand is being finished
    UNBINDING = "unbinding"  # we sent unbind
    CLOSED = "closed"


class Role(Enum):
    """What one session is bound as."""

    TRANSMITTER = CommandId.BIND_TRANSMITTER
    RECEIVER = CommandId.BIND_RECEIVER
    TRANSCEIVER = CommandId.BIND_TRANSCEIVER


_SENDING = frozenset((Role.TRANSMITTER, Role.TRANSCEIVER))
_RECEIVING = frozenset((Role.RECEIVER, Role.TRANSCEIVER))
_EVERY_ROLE = frozenset(Role)
_NO_ROLE: frozenset[Role] = frozenset()

_OURS: dict[tuple[SessionState, CommandId], frozenset[Role]] = {
    (SessionState.OPEN, CommandId.BIND_TRANSMITTER): frozenset((Role.TRANSMITTER,)),
    (SessionState.OPEN, CommandId.BIND_RECEIVER): frozenset((Role.RECEIVER,)),
    (SessionState.OPEN, CommandId.BIND_TRANSCEIVER): frozenset((Role.TRANSCEIVER,)),
    (SessionState.BOUND, CommandId.SUBMIT_SM): _SENDING,
    (SessionState.BOUND, CommandId.ENQUIRE_LINK): _EVERY_ROLE,
    (SessionState.BOUND, CommandId.UNBIND): _EVERY_ROLE,
}

_THEIRS: dict[tuple[SessionState, CommandId], frozenset[Role]] = {
    (SessionState.BOUND, CommandId.DELIVER_SM): _RECEIVING,
    (SessionState.BOUND, CommandId.DATA_SM): _RECEIVING,
    (SessionState.BOUND, CommandId.ALERT_NOTIFICATION): _RECEIVING,
    (SessionState.BOUND, CommandId.UNBIND): _EVERY_ROLE,
    (SessionState.UNBINDING, CommandId.UNBIND): _EVERY_ROLE,  # both sides at once
    (SessionState.OPEN, CommandId.OUTBIND): _RECEIVING,
}
_ALIVE = frozenset(SessionState) - {SessionState.CLOSED}


def we_may_send(state: SessionState, role: Role, command: CommandId) -> bool:
    """Whether the ESME may send this request now."""
    return role in _OURS.get((state, command), _NO_ROLE)


def they_may_send(state: SessionState, role: Role, command: CommandId) -> bool:
    """Whether the SMSC may send this request now.  enquire_link always; what only an SMSC receives, never."""
    if command is CommandId.ENQUIRE_LINK:
        return state in _ALIVE
    return role in _THEIRS.get((state, command), _NO_ROLE)


def request_refusal(state: SessionState, role: Role, command: CommandId) -> int:
    """The command_status that a request of the SMSC is refused with now, 0 if it is not."""
    if they_may_send(state, role, command):
        return 0
    return CommandStatus.ESME_RINVCMDID if state is SessionState.BOUND else CommandStatus.ESME_RINVBNDSTS


def message_refusal(state: SessionState, role: Role) -> int:
    """The command_status that a deliver_sm or data_sm is refused with now, 0 if it is not.

    One that comes while the session ends is refused for the time being: the SMSC may deliver it to the next session.
    """
    if they_may_send(state, role, CommandId.DELIVER_SM):
        return 0
    ending = state in (SessionState.LEAVING, SessionState.UNBINDING)
    return CommandStatus.ESME_RX_T_APPN if ending else CommandStatus.ESME_RINVBNDSTS
