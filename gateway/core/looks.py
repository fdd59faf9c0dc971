"""What the query log says of a code asked for and of a report, and who looked at a code, as values.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.query import Channel, Intent
from gateway.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class LookedUp:
    """One code of a finished query.  `at` is its arrival (Unix time, seconds), `caller` a pseudonym, `region` where
    the goods were shipped to ("" for any)."""

    uid: int
    at: float
    channel: Channel
    carrier: str
    caller: str
    area: str
    code: str
    verdict: Verdict
    resource_code: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report or complaint, its text scrubbed; `code` is "" where none was named."""

    uid: int
    at: float
    kind: Intent
    code: str
    text: str
    caller: str
    area: str


@dataclass(frozen=True, slots=True)
class Gleaning:
    """What a reading of the log brought, in the order of arrival; `mark` is where the next reading begins.

    A reading may bring again what an earlier one brought.
    """

    mark: int
    looks: tuple[LookedUp, ...] = ()
    reports: tuple[Reported, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Look:
    """That a caller asked about a subject, when (Unix time, seconds), where and about which code."""

    at: float
    caller: str
    area: str
    code: str


class Looks(Protocol):
    """The latest looks at each subject (a code, a prefix of codes), over all gateways that share them."""

    async def enter(self, entries: Sequence[tuple[str, Look]], seconds: float, most: int) -> list[tuple[Look, ...]]:
        """Enter each look under its subject, and tell what is then known of that subject, oldest first.

        At most the `most` last looks of the last `seconds` are kept.  Entering a look again changes nothing.
        Raises StateUnavailable.
        """
