"""Which callers are on record, so that a new pseudonym key does not split them."""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from gateway.records.schema import open_for_reading


class RecordedCallers:
    """The pseudonyms under older keys that the log, the journal and the contexts hold: eight octets each in memory.

    Read once at start, and only where there are older keys: it reads the whole log.
    """

    def __init__(self, pseudonyms: Sequence[str]) -> None:
        self._marks = array("Q", sorted({_mark(pseudonym) for pseudonym in pseudonyms}))

    def __contains__(self, pseudonym: str) -> bool:
        mark = _mark(pseudonym)
        place = bisect_left(self._marks, mark)
        return place < len(self._marks) and self._marks[place] == mark

    def __len__(self) -> int:
        return len(self._marks)


def recorded_callers(path: Path, older_key_ids: Sequence[str]) -> RecordedCallers:
    """Who is on record at `path` under one of the older keys; nobody if there is no journal yet.

    Raises SettingsFault for a file that is no journal, or one of a later version.
    """
    if not older_key_ids or not path.exists():
        return RecordedCallers(())
    connection = open_for_reading(path, earlier=True)
    try:
        return RecordedCallers([pseudonym for key_id in older_key_ids for pseudonym in _under(connection, key_id)])
    finally:
        connection.close()


def _under(connection: sqlite3.Connection, key_id: str) -> list[str]:
    found = connection.execute(
        "SELECT caller FROM query_log WHERE caller >= ?1 AND caller < ?2 UNION"
        " SELECT caller FROM contexts WHERE caller >= ?1 AND caller < ?2 UNION"
        " SELECT json_extract(query, '$[5]') AS caller FROM journal WHERE caller >= ?1 AND caller < ?2",
        (f"{key_id}:", f"{key_id};"),  # ";" follows ":"
    )
    return [pseudonym for (pseudonym,) in found]


def _mark(pseudonym: str) -> int:
    return int.from_bytes(blake2b(pseudonym.encode(), digest_size=8).digest(), "big")
