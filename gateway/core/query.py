"""What a consumer asked, as a value: the same for every channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """The consumer's way in."""

    SMS = "sms"
    VOICE = "voice"
    WEB = "web"
    TERMINAL = "terminal"


class Intent(StrEnum):
    """What a message wants."""

    VERIFY = "verify"
    REPORT = "report"  # 举报: a lead about a fake
    COMPLAINT = "complaint"  # 投诉: the consumer's own dispute
    HELP = "help"
    STOP = "stop"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    ERROR = "error"


class TextError(StrEnum):
    """Why no code could be taken from a text that seems to hold one."""

    INVALID_LENGTH = "invalid_length"
    BAD_PREFIX = "bad_prefix"
    ILLEGIBLE = "illegible"
    PARTIAL = "partial"
    TOO_MANY_CODES = "too_many_codes"
    NOT_A_SUPERVISION_CODE = "not_a_supervision_code"
    TOO_LONG = "too_long"
    NO_CODE = "no_code"


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text says.

    `codes` are strings of 20 or 16 ASCII digits in the order texted.  `fragment` holds the digits of a text
    that is a piece of a code (`error` is then PARTIAL), for joining with the caller's neighbouring message.
    `remark` is the text of a report or complaint without keyword and codes.  `language` is "zh" or "en".
    """

    intent: Intent
    codes: tuple[str, ...] = ()
    error: TextError | None = None
    language: str = "zh"
    fragment: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.  `number`: E.164 digits without +, or the digits as received where that is impossible;
    `pseudonym`: its keyed hash, the only form that is kept.  The clear number is never in `repr`."""

    number: str = field(repr=False)
    pseudonym: str


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """Where an SMS reply goes: back over the link of its query, the addresses exchanged (SMPP 3.4, 5.2.5-5.2.9)."""

    carrier: str
    link: str
    source: str  # the short number that was texted
    source_ton: int
    source_npi: int
    destination: str = field(repr=False)  # the caller's address as received
    destination_ton: int
    destination_npi: int


class Certainty(StrEnum):
    """How a place is known."""

    EXACT = "exact"
    PREFIX = "prefix"
    PROVINCE = "province"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A GB/T 2260 area code ("" if unknown) and how it is known."""

    area: str = ""
    certainty: Certainty = Certainty.UNKNOWN


@dataclass(frozen=True, slots=True)
class Query:
    """One question, accepted or about to be.

    `arrived_at` is Unix time in seconds; `fingerprint` identifies a redelivery of the same message ("" where the
    channel has no redelivery); `route` is None where no SMS reply is possible.
    """

    uid: int
    channel: Channel
    arrived_at: float
    caller: Caller
    text: str = field(repr=False)
    understanding: Understanding
    place: Place = Place()
    route: ReplyRoute | None = None
    fingerprint: str = ""
