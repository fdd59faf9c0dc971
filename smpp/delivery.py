"""A message that a phone (or the SMSC) sent us, with the means to answer it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from twisted.logger import Logger

from smpp import commands
from smpp.address import Address
from smpp.alphabets import decode
from smpp.pdu import ShortMessage
from smpp.receipts import is_report
from smpp.segments import (
    ESM_CLASS_UDHI,
    TAG_SAR_MSG_REF_NUM,
    TAG_SAR_SEGMENT_SEQNUM,
    TAG_SAR_TOTAL_SEGMENTS,
    Part,
    Tlvs,
    part_of,
    user_data,
)
from smpp.unanswered import Response

_SAR = frozenset((TAG_SAR_MSG_REF_NUM, TAG_SAR_TOTAL_SEGMENTS, TAG_SAR_SEGMENT_SEQNUM))
_log = Logger()


class Delivery:
    """A deliver_sm or data_sm.  Answer it once with `respond`; 9 s later the link does it with ESME_RX_T_APPN.

    `account` and `link` are names, `session` is a number that no other TCP session of this process has.
    `short_message` is the message_payload where that carries the text, its user data header still in.
    """

    __slots__ = ("_alphabet", "_answer", "_message", "account", "link", "response", "session")

    def __init__(
        self,
        message: ShortMessage,
        answer: Callable[[int], Response],
        *,
        account: str,
        link: str,
        session: int,
        default_alphabet: str = "gsm",
    ) -> None:
        self.account = account
        self.link = link
        self.session = session
        self._message = message
        self._answer = answer
        self._alphabet = default_alphabet
        self.response: Response | None = None
        """What became of our response; None before `respond`."""

    @property
    def command(self) -> str:
        """`deliver_sm` or `data_sm`."""
        return commands.name(self._message.command_id)

    @property
    def source(self) -> Address:
        """Who sent it, as received."""
        return self._message.source

    @property
    def destination(self) -> Address:
        """The number that was texted, as received."""
        return self._message.destination

    @property
    def esm_class(self) -> int:
        """SMPP 3.4, 5.2.12."""
        return self._message.esm_class

    @property
    def data_coding(self) -> int:
        """SMPP 3.4, 5.2.19."""
        return self._message.data_coding

    @property
    def short_message(self) -> bytes:
        """The octets of the message, with a user data header if esm_class says so."""
        return self._message.short_message

    @property
    def tlvs(self) -> Tlvs:
        """The other TLVs, as (tag, value) in their order."""
        return self._message.tlvs

    @property
    def is_receipt(self) -> bool:
        """Whether it is anything but a message from a person: never a query, whatever its text."""
        message = self._message
        return is_report(message.esm_class, message.tlvs)

    @property
    def part(self) -> Part | None:
        """The part of a long message that it is, or None."""
        message = self._message
        return part_of(message.esm_class, message.short_message, message.tlvs)

    @property
    def text(self) -> str:
        """Its text, decoded at each call; of a part, that part's."""
        message = self._message
        octets = message.short_message
        if message.esm_class & ESM_CLASS_UDHI:
            octets = user_data(message.esm_class, octets, ())
        return decode(message.data_coding, octets, self._alphabet)

    @property
    def default_alphabet(self) -> str:
        """What data_coding 0 means on its link."""
        return self._alphabet

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits, equal for the same message delivered again over any link of the account."""
        message = self._message
        source, destination = message.source, message.destination
        envelope = (
            f"{self.account}\0{source.number}\0{source.ton}\0{source.npi}\0"
            f"{destination.number}\0{destination.ton}\0{destination.npi}\0{message.esm_class}\0{message.data_coding}\0"
        )
        digest = blake2b(envelope.encode("utf-8", "replace"), digest_size=16)
        digest.update(message.short_message)
        for tag, value in message.tlvs:
            if tag in _SAR:
                digest.update(b"\0%d\0%b" % (tag, value))
        return digest.hexdigest()

    def respond(self, command_status: int = 0) -> bool:
        """Send the response.  False if it was answered before, or its session has ended: then the SMSC will deliver
        it again."""
        response = self._answer(command_status)
        if self.response is None:
            self.response = response
        if response is Response.SENT:
            return True
        _log.debug(
            "{link}: an answer to session {session} came too late or twice", link=self.link, session=self.session
        )
        return False

    def __repr__(self) -> str:
        return f"<Delivery {self.command} over {self.link} from {self.source} to {self.destination}>"
