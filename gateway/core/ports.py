"""What the core needs from the outside, as protocols; adapters implement them, `daemon.py` joins them.

Every method is asyncio-flavoured.  Whatever fails outside raises one of `gateway.core.errors`, never a library's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.core.answer import Answer, Outcome
from gateway.core.query import Caller, Query
from gateway.core.receipts import ReceiptTold
from gateway.core.registration import LookUp
from gateway.core.verdicts import CodeHistory


class Verification(Protocol):
    """The registry, as seen from here."""

    async def look_up(self, codes: Sequence[str]) -> list[LookUp]:
        """One LookUp for each code, in order.  Raises VerificationUnavailable if any cannot be had."""


class History(Protocol):
    """Who asked for which code before."""

    async def record(self, query: Query) -> list[CodeHistory]:
        """Enter the query under each of its codes, idempotent by uid, and return what is then known, in order.

        Called once a query is durable and before its verdict is known: arrival decides who was first.
        """

    async def forget(self, query: Query, codes: Sequence[str]) -> None:
        """Take the query out again for codes that turned out not to be active: those who asked are not "first"."""


class JournalState(StrEnum):
    """The states of an accepted query: accepted -> answered -> sending -> (finished: a row of the query log)."""

    ACCEPTED = "accepted"
    ANSWERED = "answered"
    SENDING = "sending"


@dataclass(frozen=True, slots=True)
class OpenQuery:
    """A query that the journal holds, as found at start: what recovery goes on with."""

    query: Query
    state: JournalState
    answer: Answer | None
    sending_link: str = ""


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One part of a long MO, kept until its message is whole.

    `key` joins the parts of one message (account, source, destination, reference, total); `content` is the part's
    user data without its header; `envelope` is whatever the channel needs to rebuild the message, as JSON.
    """

    key: str = field(repr=False)
    total: int
    number: int
    content: bytes = field(repr=False)
    envelope: str = field(repr=False)
    arrived_at: float
    fingerprint: str = ""


class OtherKind(StrEnum):
    """Messages to consumers that are no query's reply."""

    NOTICE = "notice"  # accepted, the answer follows
    TEXT = "text"  # a call's result in writing
    RECALL = "recall"  # a recall of what was asked about, to a caller who wished to be told


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message from a phone that its SMSC did not see taken.  `at`: Unix time.

    `kept`: it is in the journal all the same, because the acknowledgement came too late: the SMSC was told
    `command_status`, or (0) nothing at all, and will deliver it again.  `whole`: it was no part of a long one.
    """

    carrier: str
    link: str
    command_status: int
    whole: bool
    at: float
    kept: bool = False


class Journal(Protocol):
    """Accepted queries, and the log of finished ones.  Each method returns once its change is durable.

    Every method raises NotDurable when the commit failed: nothing of the change is then kept.
    """

    async def accept(self, query: Query, parts_key: str = "") -> None:
        """Keep a query; the parts under `parts_key`, which it was made of, go in the same commit."""

    async def accept_part(self, part: MessagePart) -> None:
        """Keep one part of a long message.  A repeated part changes nothing."""

    async def answer(self, query: Query, answer: Answer, sending_link: str = "") -> None:
        """Fix the answer.  With `sending_link` also note the intent to send over that link, in the same commit."""

    async def sending(self, uid: int, link: str) -> None:
        """Note the intent to send the fixed reply over `link`: from here to the outcome a crash leaves doubt."""

    async def finish(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """Move the query to the query log, its roll-ups counted, in one commit."""

    async def redelivered(self, uid: int) -> None:
        """Count one more delivery of a message that is already kept or logged."""

    async def refused(self, refusal: Refusal) -> None:
        """Count a refusal.  Never raises: while commits fail it is owed, and counted with the first that succeeds."""

    async def receipt_told(self, receipt: ReceiptTold) -> None:
        """Enter a delivery receipt with the reply that it is of, or as one that matches nothing (yet)."""

    async def sent_besides(self, uid: int, carrier: str, kind: OtherKind, outcome: Outcome) -> None:
        """Keep what became of a message that is not the reply of query `uid`."""

    async def open_queries(self) -> list[OpenQuery]:
        """What is unfinished, by arrival.  For recovery at start."""

    async def open_parts(self) -> list[MessagePart]:
        """The parts of long messages that were not whole, by arrival.  For recovery at start."""

    async def recent_fingerprints(self, since: float) -> list[tuple[str, int]]:
        """(fingerprint, uid) of queries that arrived at `since` (Unix time) or later, open and logged ones."""


@dataclass(frozen=True, slots=True)
class Context:
    """The 24-hour context that a warning opened: what the caller texts next belongs to it."""

    uid: int
    code: str
    opened_at: float


class Contexts(Protocol):
    """What a caller's next message may refer to."""

    async def warning(self, caller: Caller, now: float) -> Context | None:
        """The latest open context of this caller, if one was opened in the last 24 hours."""


class Ruling(StrEnum):
    """What a caller may still have."""

    ANSWER = "answer"
    NOTICE = "notice"  # over the rate: say so, once a window
    SILENCE = "silence"  # over the rate, told already: log only
    VAGUE = "vague"  # the guess budget is spent: answer without telling whether the code exists


class Allowance(Protocol):
    """Limits per caller, over SMS and voice together.  Never raises: without Redis the node rules by itself."""

    async def rule(self, query: Query) -> Ruling:
        """Charge one query to its caller and say how it may be answered."""

    async def missed(self, query: Query, codes: Sequence[str]) -> None:
        """Charge unknown codes to the guess budgets of caller, number prefix and product resource code."""
