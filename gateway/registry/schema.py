"""The registry's tables, in SQLAlchemy Core: the same statements run on SQLite and on PostgreSQL.

A code is not a row.  A product (resource code, 7 digits) owns 10**9 positions; the n-th code handed out stands at
position n, and `place` = resource code * 10**9 + position numbers the positions of all products in one row of
integers.  `ranges` cuts it into stretches that share everything: batch, state, level, region.  Ranges never overlap,
so the range of a place is the one with the greatest `first` that is not beyond it.

Instants are Unix time in seconds; dates are ISO 8601 days, "" where unknown.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite stores an INTEGER PRIMARY KEY as the row's own number: no second tree to walk.
_Place = BigInteger().with_variant(Integer(), "sqlite")

enterprises = Table(
    "enterprises",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name_zh", String(200), nullable=False, unique=True),
    Column("name_en", String(200), nullable=False, default=""),
    Column("area", String(6), nullable=False),  # GB/T 2260
    Column("signed_up_at", Float, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("resource_code", String(7), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False, default=""),
    Column("specification", String(100), nullable=False, default=""),
    Column("category", String(40), nullable=False, default=""),
    Column("check_scheme", String(10), nullable=False),
    Column("next_position", BigInteger, nullable=False, default=0),
    Column("registered_at", Float, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("resource_code", ForeignKey("products.resource_code"), nullable=False),
    Column("purpose", String(10), nullable=False),  # KeyPurpose
    Column("version", SmallInteger, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("revoked_at", Float),
    UniqueConstraint("resource_code", "purpose", "version"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("resource_code", ForeignKey("products.resource_code"), nullable=False),
    Column("name", String(60), nullable=False),
    Column("produced_on", String(10), nullable=False, default=""),
    Column("expires_on", String(10), nullable=False, default=""),  # the last good day
    UniqueConstraint("resource_code", "name"),
)

ranges = Table(
    "ranges",
    metadata,
    Column("first", _Place, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("level", SmallInteger, nullable=False, default=1),
    Column("check_version", SmallInteger, nullable=False, default=1),
    Column("batch_id", ForeignKey("batches.id"), index=True),
    Column("state", String(10), nullable=False),  # CodeState
    Column("state_at", Float, nullable=False),
    Column("activated_at", Float),
    Column("region", String(6), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
)

# Single codes that went another way than their range: one cancelled, one stolen.
exceptions = Table(
    "exceptions",
    metadata,
    Column("place", _Place, primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),
    Column("state_at", Float, nullable=False),
    Column("reason", Text, nullable=False, default=""),
)

# Codes without structure: legacy ones of 16 digits, and products whose check digits are none of ours.
opaque_codes = Table(
    "opaque_codes",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("resource_code", ForeignKey("products.resource_code"), nullable=False),
    Column("batch_id", ForeignKey("batches.id"), index=True),
    Column("level", SmallInteger, nullable=False, default=1),
    Column("state", String(10), nullable=False),
    Column("state_at", Float, nullable=False),
    Column("activated_at", Float),
    Column("region", String(6), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
)
