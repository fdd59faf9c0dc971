"""What the gateway answers, and how the answering of a query ended, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.query import Intent
from gateway.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """One code of a query, judged: a row of the log's look-ups.

    `counted`: the code was active, so the query counts towards first and repeated; `stale`: judged by a cached
    registration beyond its lifetime because the backend was away.
    """

    code: str
    verdict: Verdict
    resource_code: str = ""
    batch: str = ""
    region: str = ""
    category: str = ""
    stale: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report (举报) or complaint (投诉), or what was texted in the 24-hour context of a warning.

    `about_uid` is the query whose warning opened the context (0 if none); `text` is already scrubbed.
    """

    kind: Intent
    code: str
    text: str
    about_uid: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that is fixed about a query before its reply leaves.

    `reply` is the text to send, byte for byte ("" for none); `opens_context`: what the caller texts within the next
    24 hours belongs to this query; `note` says why there is no reply, or what is odd ("limited", "joined", ...).
    """

    verdict: Verdict | None
    reply: str
    language: str = "zh"
    findings: tuple[Finding, ...] = ()
    report: Report | None = None
    opens_context: bool = False
    note: str = ""


class Ending(StrEnum):
    """How a query ended.  Each is a reason that the log can give."""

    SENT = "sent"  # the SMSC took the whole reply
    SPOKEN = "spoken"  # said on the telephone
    REFUSED = "refused"  # the SMSC refused the reply for good: see command_status
    EXPIRED = "expired"  # the reply's validity ended before a link could take it
    WITHHELD = "withheld"  # no reply by decision: a loop, a limit, a joined fragment: see the answer's note
    IN_DOUBT = "in_doubt"  # held after a crash between submit_sm and its response (policy `hold`)
    HUNG_UP = "hung_up"  # the caller left before the answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a query ended, when (Unix time, seconds), over which link, and under which of the SMSC's message ids.

    `receipt_ids`: those ids as delivery receipts will have them; empty where none are asked for.
    """

    ending: Ending
    at: float
    link: str = ""
    command_status: int = 0
    message_ids: tuple[str, ...] = ()
    segments: int = 0
    resent: bool = False
    receipt_ids: tuple[str, ...] = ()
