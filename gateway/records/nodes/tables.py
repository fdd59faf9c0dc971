"""The tables that nodes share, in SQLAlchemy Core.  Times are Unix time in seconds; callers are pseudonyms."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData()
_Uid = BigInteger().with_variant(Integer(), "sqlite")

# One row per finished query of any node: the columns of the journal's query_log, and the node that logged it.
query_log = Table(
    "query_log",
    metadata,
    Column("uid", _Uid, primary_key=True, autoincrement=False),
    Column("node", SmallInteger, nullable=False),
    *[Column(name, Float) for name in ("arrived_at", "finished_at")],
    *[
        Column(name, Text)
        for name in (
            "channel", "caller", "area", "certainty", "body", "intent", "error", "language", "verdict", "note",
            "ending", "message_ids", "carrier", "link", "reply_link", "fingerprint",
        )
    ],
    *[Column(name, Integer) for name in ("command_status", "segments", "parts", "redeliveries")],
    *[Column(name, Boolean) for name in ("resent", "stale")],
)  # fmt: skip

lookups = Table(
    "lookups",
    metadata,
    Column("uid", _Uid, primary_key=True, autoincrement=False),
    Column("code", String(20), primary_key=True),
    *[Column(name, Float) for name in ("arrived_at", "answered_at")],
    *[Column(name, Text) for name in ("caller", "verdict", "resource_code", "batch", "region", "category", "area")],
    *[Column(name, Boolean) for name in ("stale", "counted")],
    Index("lookups_by_code", "code", "uid"),
)

# Who asked: a row per code, which whoever changes its history holds locked, and a row per code and query.
codes = Table(
    "codes",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("first_uid", _Uid, nullable=False),
    Column("first_at", Float, nullable=False),
    Column("first_caller", Text, nullable=False),
    Column("queries", Integer, nullable=False),
    Column("callers", Integer, nullable=False),
)

askers = Table(
    "askers",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("uid", _Uid, primary_key=True, autoincrement=False),
    Column("caller", Text, nullable=False),
    Column("arrived_at", Float, nullable=False),
    Column("answered_at", Float, nullable=False),
    Index("askers_by_caller", "code", "caller"),
)

# Accepted and not finished, as the journal keeps them, clear numbers included; `node` answers.
open_queries = Table(
    "open_queries",
    metadata,
    Column("uid", _Uid, primary_key=True, autoincrement=False),
    Column("node", SmallInteger, nullable=False, index=True),
    Column("query", Text, nullable=False),
)

# Parts of long messages, clear numbers and texts included until the message is taken; after that what tells a part
# that is delivered again.  `message` is a hash of what its parts share; times by the database's own clock.
parts = Table(
    "parts",
    metadata,
    Column("message", String(64), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("total", SmallInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("kept_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("taken_at", Float),
    Index("parts_by_due", "due_at"),
)

# Long messages that a node has claimed as queries, until they are logged.
claims = Table(
    "claims",
    metadata,
    Column("uid", _Uid, primary_key=True, autoincrement=False),
    Column("node", SmallInteger, nullable=False, index=True),
    Column("query", Text, nullable=False),
)

# Signs of life, by the database's own clock.
nodes = Table(
    "nodes",
    metadata,
    Column("node", SmallInteger, primary_key=True, autoincrement=False),
    Column("alive_until", Float, nullable=False),
)
