"""How a batch of rows enters the database: one statement, one step.

Python's sqlite3 lets go of the interpreter lock around every step and, with a busy event loop beside it, may wait a
whole switch interval (5 ms) to have it back.  So a batch is one JSON array given to one INSERT into a temporary view
whose triggers sort its rows to the tables; outside a transaction that one step is also the commit.
Measured beside a loop with 100 us of other work per query: 7,600 queries/s, against 5,700 with executemany in a
transaction and 6,200 with multi-row VALUES; CPU per query 60, 71 and 85 us.
"""

from __future__ import annotations

import sqlite3
from enum import IntEnum
from pathlib import Path

from gateway.core.receipts import ReceiptState


class Step(IntEnum):
    """What a row asks for: the trigger of the same number in intake.sql or settling.sql.

    A row is an array: step, uid, then what the step needs (see rows.py).
    """

    ACCEPT = 1
    ANSWER = 2
    FINISH = 3
    LOOKUP = 4
    SENDING = 5
    REPORT = 6
    CONTEXT = 7
    ROLLUP = 8
    LINK_DAY = 9
    PART = 10
    WHOLE = 11
    REDELIVERED = 12
    PRUNE = 13
    AWAIT = 14
    RECEIPT = 15
    OTHER = 16
    CLOSE = 17
    SEAL = 18
    FORGET = 19


INSERT_BATCH = (
    "INSERT INTO intake SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), value FROM json_each(?)"
)
_TRIGGERS = ("intake.sql", "settling.sql")


def prepare(connection: sqlite3.Connection) -> None:
    """Give the connection its views and triggers.  They are temporary: the file holds none but those that guard it."""
    connection.execute("CREATE TEMP TABLE receipt_ranks(state TEXT PRIMARY KEY, rank INTEGER) WITHOUT ROWID")
    connection.executemany(
        "INSERT INTO receipt_ranks VALUES (?, ?)", [(state.value, state.rank) for state in ReceiptState]
    )
    for name in _TRIGGERS:
        connection.executescript(Path(__file__).with_name(name).read_text(encoding="utf-8"))
