"""The message ids under which a carrier took our messages, with what their receipts say."""

from __future__ import annotations

import sqlite3

from gateway.core.uid import arrival_bound
from gateway.records.schema import day_begins_at

_LONGEST_SECONDS = 8 * 86_400.0  # from a query's arrival to its reply's end: far beyond any validity of replies
_REPLIES = """
SELECT message_ids,
    CASE WHEN (SELECT count(*) FROM json_each(receipts)) = 1 THEN coalesce(receipt_state, '') ELSE '' END FROM query_log
WHERE uid >= ? AND uid < ? AND carrier = ? AND finished_at >= ? AND finished_at < ? AND message_ids <> ''
"""
_OTHERS = "SELECT message_ids, '' FROM other_messages WHERE carrier = ? AND at >= ? AND at < ? AND message_ids <> ''"


def sent_messages(connection: sqlite3.Connection, carrier: str, first_day: int, last_day: int) -> dict[str, str]:
    """States ("" for none) by message id, as the SMSC wrote it, of what left on these days.

    Of the segments of one reply the log keeps only how many have which state: where they differ, none is told.
    """
    begins_at, ends_at = day_begins_at(first_day), day_begins_at(last_day + 1)
    uids = (arrival_bound(begins_at - _LONGEST_SECONDS), arrival_bound(ends_at))
    found: dict[str, str] = {}
    for ids, state in (
        *connection.execute(_REPLIES, (*uids, carrier, begins_at, ends_at)),
        *connection.execute(_OTHERS, (carrier, begins_at, ends_at)),
    ):
        found.update(dict.fromkeys(ids.split(), state))
    return found
