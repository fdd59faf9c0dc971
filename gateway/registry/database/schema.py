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
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
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
    Column("area", String(6), nullable=False),  # GB/T 2260, of a county
    Column("in_catalogue", Boolean, nullable=False, default=False),  # 百种产品目录
    Column("signed_up_at", Float, nullable=False),
)

enterprise_classes = Table(
    "enterprise_classes",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("class", String(30), primary_key=True, key="enterprise_class"),  # EnterpriseClass
)

# Public halves (X25519): code files are encrypted to the latest one that is not revoked.
operator_keys = Table(
    "operator_keys",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("version", SmallInteger, primary_key=True, autoincrement=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("revoked_at", Float),
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

applications = Table(
    "applications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("resource_code", ForeignKey("products.resource_code"), nullable=False, index=True),
    Column("quantity", BigInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("state", String(10), nullable=False),  # ApplicationState
    Column("applied_by", String(60), nullable=False),
    Column("applied_at", Float, nullable=False),
    Column("first", BigInteger),  # the places issued
    Column("last", BigInteger),
    Column("check_version", SmallInteger),
)

approvals = Table(
    "approvals",
    metadata,
    Column("application_id", ForeignKey("applications.id"), primary_key=True),
    Column("approved_by", String(60), primary_key=True),
    Column("approved_at", Float, nullable=False),
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

# Single codes that are cancelled, stolen ones too.  No later step of their range touches them: there is no way back.
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

# A case or middle pack and the stretch of places that it holds.
packings = Table(
    "packings",
    metadata,
    Column("first", _Place, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("parent", BigInteger, nullable=False, index=True),
    Column("packed_at", Float, nullable=False),
)

# Who did what, when and why: every step, and every reading of a key or a code file.  Rows are only ever added.
steps = Table(
    "steps",
    metadata,
    Column("id", _Place, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("action", String(30), nullable=False),  # Action
    Column("reason", Text, nullable=False),
    Column("enterprise_id", Integer),
    Column("resource_code", String(7)),
    Column("first", BigInteger),
    Column("last", BigInteger),
    Column("parent", BigInteger),  # the place of the pack that they went into
    Column("batch", String(60), nullable=False, default=""),
    Column("region", String(6), nullable=False, default=""),  # that they were shipped to
    Column("detail", Text, nullable=False, default=""),
    Index("steps_of_product", "resource_code", "id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256
    Column("role", String(20), nullable=False),  # Role
    Column("holder", String(60), nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id")),
    Column("issued_at", Float, nullable=False),
    Column("revoked_at", Float),
)

# What was answered to a request with an Idempotency-Key, so that its repetition is answered alike.
answers = Table(
    "answers",
    metadata,
    Column("principal", String(100), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request", LargeBinary, nullable=False),  # SHA-256 of path and body
    Column("status", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("etag", String(40), nullable=False, default=""),
    Column("answered_at", Float, nullable=False),
    Index("answers_by_age", "answered_at"),
)
