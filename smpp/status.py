"""command_status: the names of SMPP 3.4, 5.1.3, and what each means for the one who sent the request."""

from __future__ import annotations

from enum import Enum, IntEnum


class CommandStatus(IntEnum):
    """SMPP 3.4, table 5-2."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RINVPRTFLG = 0x06
    ESME_RINVREGDLVFLG = 0x07
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RINVMSGID = 0x0C
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RCANCELFAIL = 0x11
    ESME_RREPLACEFAIL = 0x13
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RINVNUMDESTS = 0x33
    ESME_RINVDLNAME = 0x34
    ESME_RINVDESTFLAG = 0x40
    ESME_RINVSUBREP = 0x42
    ESME_RINVESMCLASS = 0x43
    ESME_RCNTSUBDL = 0x44
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RINVREPFLAG = 0x54
    ESME_RINVNUMMSGS = 0x55
    ESME_RTHROTTLED = 0x58
    ESME_RINVSCHED = 0x61
    ESME_RINVEXPIRY = 0x62
    ESME_RINVDFTMSGID = 0x63
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RQUERYFAIL = 0x67
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RMISSINGOPTPARAM = 0xC3
    ESME_RINVOPTPARAMVAL = 0xC4
    ESME_RDELIVERYFAILURE = 0xFE
    ESME_RUNKNOWNERR = 0xFF


class Meaning(Enum):
    """What the sender of a refused request does next."""

    OK = "ok"
    THROTTLED = "throttled"  # the link pauses, the message goes again
    TEMPORARY = "temporary"  # this message goes again after a while
    FINAL = "final"  # this message will never be taken


_MEANINGS: dict[int, Meaning] = {
    CommandStatus.ESME_ROK: Meaning.OK,
    CommandStatus.ESME_RTHROTTLED: Meaning.THROTTLED,
    CommandStatus.ESME_RMSGQFUL: Meaning.THROTTLED,
    CommandStatus.ESME_RSYSERR: Meaning.TEMPORARY,
    CommandStatus.ESME_RX_T_APPN: Meaning.TEMPORARY,
}
_REFUSED_CREDENTIALS = frozenset(
    (CommandStatus.ESME_RBINDFAIL, CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID),
)


def meaning(command_status: int) -> Meaning:
    """What a submit_sm_resp with this status says.  Unknown and vendors' own statuses are final."""
    return _MEANINGS.get(command_status, Meaning.FINAL)


def refuses_credentials(command_status: int) -> bool:
    """Whether a bind_resp with this status asks for other settings rather than for patience."""
    return command_status in _REFUSED_CREDENTIALS


def name(command_status: int) -> str:
    """`ESME_RTHROTTLED` for 0x58; what the specification does not name is shown as a number."""
    try:
        return CommandStatus(command_status).name
    except ValueError:
        return f"0x{command_status:08X}"
