"""The first schema: enterprises, products, keys, applications, ranges, packings and the record of steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables in an empty database."""
    _enterprises()
    _exceptions()
    _packings()
    _steps()
    _enterprise_classes()
    _operator_keys()
    _products()
    _applications()
    _batches()
    _keys()
    _approvals()
    _opaque_codes()
    _ranges()


def downgrade() -> None:
    """Refuse: there is nothing before the first schema."""
    raise NotImplementedError("the first schema has no predecessor: restore a backup")


def _enterprises() -> None:
    op.create_table(
        "enterprises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("in_catalogue", sa.Boolean(), nullable=False),
        sa.Column("signed_up_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_zh"),
    )


def _exceptions() -> None:
    op.create_table(
        "exceptions",
        sa.Column("place", _PLACE, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )


def _packings() -> None:
    op.create_table(
        "packings",
        sa.Column("first", _PLACE, autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("parent", sa.BigInteger(), nullable=False),
        sa.Column("packed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("first"),
    )
    op.create_index("ix_packings_parent", "packings", ["parent"])


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("id", _PLACE, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("resource_code", sa.String(length=7), nullable=True),
        sa.Column("first", sa.BigInteger(), nullable=True),
        sa.Column("last", sa.BigInteger(), nullable=True),
        sa.Column("parent", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("steps_of_product", "steps", ["resource_code", "id"])


def _enterprise_classes() -> None:
    op.create_table(
        "enterprise_classes",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("class", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        sa.PrimaryKeyConstraint("enterprise_id", "class"),
    )


def _operator_keys() -> None:
    op.create_table(
        "operator_keys",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        sa.PrimaryKeyConstraint("enterprise_id", "version"),
    )


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("resource_code", sa.String(length=7), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("specification", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("check_scheme", sa.String(length=10), nullable=False),
        sa.Column("next_position", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        sa.PrimaryKeyConstraint("resource_code"),
    )
    op.create_index("ix_products_enterprise_id", "products", ["enterprise_id"])


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_code", sa.String(length=7), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("applied_by", sa.String(length=60), nullable=False),
        sa.Column("applied_at", sa.Float(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=True),
        sa.Column("last", sa.BigInteger(), nullable=True),
        sa.Column("check_version", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(["resource_code"], ["products.resource_code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_applications_resource_code", "applications", ["resource_code"])


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_code", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("produced_on", sa.String(length=10), nullable=False),
        sa.Column("expires_on", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["resource_code"], ["products.resource_code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("resource_code", "name"),
    )


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_code", sa.String(length=7), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["resource_code"], ["products.resource_code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("resource_code", "purpose", "version"),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=False),
        sa.Column("approved_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"]),
        sa.PrimaryKeyConstraint("application_id", "approved_by"),
    )


def _opaque_codes() -> None:
    op.create_table(
        "opaque_codes",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("resource_code", sa.String(length=7), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", sa.Float(), nullable=False),
        sa.Column("activated_at", sa.Float(), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"]),
        sa.ForeignKeyConstraint(["resource_code"], ["products.resource_code"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_opaque_codes_batch_id", "opaque_codes", ["batch_id"])


def _ranges() -> None:
    op.create_table(
        "ranges",
        sa.Column("first", _PLACE, autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("check_version", sa.SmallInteger(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", sa.Float(), nullable=False),
        sa.Column("activated_at", sa.Float(), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"]),
        sa.PrimaryKeyConstraint("first"),
    )
    op.create_index("ix_ranges_batch_id", "ranges", ["batch_id"])
