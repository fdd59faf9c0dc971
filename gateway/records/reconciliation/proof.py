"""Are the accounts of days what the query log says, and are the closed ones as they were closed?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.records.reconciliation.accounts import digest_of, iso_day

_DIFFERENCES = Path(__file__).with_name("expected_days.sql")


@dataclass(frozen=True, slots=True)
class Proof:
    """How many days have an account, how many of them are closed, and every fault, in words."""

    days: int
    closed_days: int
    faults: tuple[str, ...]


def prove(connection: sqlite3.Connection) -> Proof:
    """Reckon all accounts again from the query log, and all digests from the accounts.  Reads everything.

    An account is reproduced together with what was booked late for its day in later accounts: only both together are
    what the log says.  The digest of a closed day shows that its own rows are as they were.
    """
    faults = (*_differences(connection), *_broken_seals(connection))
    days, closed = connection.execute(
        "SELECT (SELECT count(DISTINCT booked_on) FROM link_days), (SELECT count(*) FROM closed_days)"
    ).fetchone()
    return Proof(days, closed, faults)


def _differences(connection: sqlite3.Connection) -> Iterator[str]:
    for day, carrier, link, measure, status, messages, pdus in connection.execute(
        _DIFFERENCES.read_text(encoding="utf-8")
    ):
        refused = f" with status 0x{status:08X}" if status else ""
        yield (
            f"{iso_day(day)}, {carrier}, link {link or 'none'}: {measure}{refused}: "
            f"the log has {messages:+d} messages and {pdus:+d} PDUs against the account"
        )


def _broken_seals(connection: sqlite3.Connection) -> Iterator[str]:
    before = ""
    last = None
    for day, closed_at, open_queries, digest in connection.execute(
        "SELECT day, closed_at, open_queries, digest FROM closed_days ORDER BY day"
    ):
        if last is not None and day != last + 1:
            yield f"{iso_day(day)}: the days before it from {iso_day(last + 1)} are missing among the closed ones"
        if digest is None:
            yield f"{iso_day(day)}: closed without a digest: start the gateway, or `reconcile close`, to write it"
            return
        if digest_of(connection, day, closed_at, open_queries, before) != digest:
            yield f"{iso_day(day)}: the account of this closed day is not the one that its digest was made of"
        before, last = digest, day
