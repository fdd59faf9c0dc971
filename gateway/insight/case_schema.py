"""The tables of signals, cases, complaints and alerts on their way, in SQLAlchemy Core, for SQLite and PostgreSQL.

Instants are Unix time in seconds; areas are GB/T 2260 codes with commas between; callers are pseudonyms.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("detector", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("product", String(100), nullable=False, default=""),
    Column("code", String(20), nullable=False, default=""),
    Column("areas", Text, nullable=False, default=""),
    Column("opened_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("assignee", String(100), nullable=False, default=""),
    Column("closed_at", Float),
    Column("reason", String(20), nullable=False, default=""),
    Index("cases_by_state", "state", "updated_at"),
)

signals = Table(
    "signals",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("detector", String(20), nullable=False),
    Column("product", String(100), nullable=False),
    Column("code", String(20), nullable=False),
    Column("areas", Text, nullable=False),
    Column("start_at", Float, nullable=False),
    Column("raised_at", Float, nullable=False),
    Column("observed", Integer, nullable=False),
    Column("expected", Float),
    Column("recurrence_days", Float),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
)

# The looks behind a case; one caller, one code, one area, one row.
evidence = Table(
    "evidence",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("code", String(20), primary_key=True),
    Column("caller", String(40), primary_key=True),
    Column("area", String(6), primary_key=True),
    Column("at", Float, nullable=False),
    Index("evidence_by_code", "code"),
)

# Append-only: who did what, and why.
case_record = Table(
    "case_record",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("who", String(100), nullable=False),
    Column("action", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("words", Text, nullable=False),
)

# Reports and complaints, numbered by the query that brought them.
complaints = Table(
    "complaints",
    metadata,
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("code", String(20), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("caller", String(40), nullable=False),
    Column("area", String(6), nullable=False),
    Column("arrived_at", Float, nullable=False),
    Column("state", String(10), nullable=False),
    Column("deadline_at", Float),
    Column("who", String(100), nullable=False, default=""),
    Column("words", Text, nullable=False, default=""),
    Index("complaints_by_deadline", "state", "deadline_at"),
)

# Alerts, one row for each receiver, until it took them.
outbox = Table(
    "outbox",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("receiver", String(50), nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("taken_at", Float),
    Column("fault", Text, nullable=False, default=""),
    Index("outbox_by_due", "taken_at", "due_at"),
)

# How far each query log was read.
marks = Table(
    "marks",
    metadata,
    Column("log", String(200), primary_key=True),
    Column("uid", BigInteger, nullable=False),
)
