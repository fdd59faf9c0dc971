"""Enterprises sign up (签约), get their keys (申请密钥), and their products get resource codes (产品资源码).

Every function takes one step within the caller's transaction (`store.writing`) and records it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, func, insert, select, update

from gateway.core.check_digits import CheckScheme
from gateway.registry.codes.minting import KeyPurpose
from gateway.registry.codes.vault import Vault, key_name
from gateway.registry.database.schema import enterprise_classes, enterprises, keys, operator_keys, products
from gateway.registry.faults import NotRegistered, Refused, RequestFault, no_enterprise, no_product
from gateway.registry.life.steps import Action, Step, Subject, record

KEY_OCTETS = 32
PUBLIC_KEY_OCTETS = 32
_AREA_DIGITS = 6
_RESOURCE_CODES = 1_000_000
_DRAWS = 1_000


class EnterpriseClass(StrEnum):
    """The honours and duties by which the supervision network chooses enterprises."""

    CHINA_FAMOUS_BRAND = "china_famous_brand"  # 中国名牌
    INSPECTION_EXEMPT = "inspection_exempt"  # 国家免检
    GEOGRAPHICAL_INDICATION = "geographical_indication"  # 地理标志
    FUJIAN_FAMOUS_BRAND = "fujian_famous_brand"  # 福建名牌
    FUZHOU_QUALITY_AWARD = "fuzhou_quality_award"  # 福州市产品质量奖
    PRODUCTION_LICENCE = "production_licence"  # 生产许可证


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise to sign up.  `area`: its county by GB/T 2260, whose first two and four digits are the province and
    prefecture; `in_catalogue`: its goods are among the hundred products that the network covers (百种产品目录)."""

    name_zh: str
    name_en: str
    area: str
    in_catalogue: bool = False
    classes: Collection[EnterpriseClass] = ()


@dataclass(frozen=True, slots=True)
class ProductWords:
    """What consumers are told of a product."""

    name_zh: str
    name_en: str = ""
    specification: str = ""
    category: str = ""


def sign_up(connection: Connection, enterprise: Enterprise, step: Step) -> int:
    """Take an enterprise in and return its number.  Raises Refused for a name that is taken, RequestFault."""
    if not (len(enterprise.area) == _AREA_DIGITS and enterprise.area.isascii() and enterprise.area.isdecimal()):
        raise RequestFault(
            "area '{area}': write the six digits of a county (GB/T 2260), such as 350181", "area", area=enterprise.area
        )
    if not enterprise.name_zh.strip():
        raise RequestFault("an enterprise needs a Chinese name", "enterprise_name")
    known = connection.execute(select(enterprises.c.id).where(enterprises.c.name_zh == enterprise.name_zh)).scalar()
    if known is not None:
        raise Refused(
            "{name} is signed up already, as enterprise {number}",
            "signed_up_already",
            name=enterprise.name_zh,
            number=known,
        )
    number: int = connection.execute(
        insert(enterprises)
        .values(
            name_zh=enterprise.name_zh,
            name_en=enterprise.name_en,
            area=enterprise.area,
            in_catalogue=enterprise.in_catalogue,
            signed_up_at=step.at,
        )
        .returning(enterprises.c.id)
    ).scalar_one()
    for each in sorted(set(enterprise.classes)):
        connection.execute(insert(enterprise_classes).values(enterprise_id=number, enterprise_class=each))
    record(connection, step, Action.SIGNED_UP, Subject(enterprise_id=number))
    return number


def require_enterprise(connection: Connection, enterprise_id: int) -> None:
    """Raises NotRegistered unless there is such an enterprise."""
    known = select(enterprises.c.id).where(enterprises.c.id == enterprise_id)
    if connection.execute(known).first() is None:
        raise no_enterprise(enterprise_id)


def require_product(connection: Connection, resource_code: str) -> int:
    """The number of the enterprise whose product it is.  Raises NotRegistered."""
    owner = select(products.c.enterprise_id).where(products.c.resource_code == resource_code)
    enterprise_id = connection.execute(owner).scalar()
    if enterprise_id is None:
        raise no_product(resource_code)
    return int(enterprise_id)


def issue_operator_key(connection: Connection, enterprise_id: int, public_key: bytes, step: Step) -> int:
    """Register the public half (X25519) of an enterprise's new key; returns its version.

    Earlier versions stay as they are: whoever still holds them can read the code files encrypted to them.
    """
    if len(public_key) != PUBLIC_KEY_OCTETS:
        raise RequestFault(
            "an X25519 public key has {most} octets, not {count}",
            "public_key",
            most=PUBLIC_KEY_OCTETS,
            count=len(public_key),
        )
    require_enterprise(connection, enterprise_id)
    version = 1 + _count(connection, operator_keys.c.enterprise_id, enterprise_id)
    connection.execute(
        insert(operator_keys).values(
            enterprise_id=enterprise_id, version=version, public_key=public_key, issued_at=step.at
        )
    )
    record(
        connection, step, Action.OPERATOR_KEY_ISSUED, Subject(enterprise_id=enterprise_id, detail=f"version {version}")
    )
    return version


def revoke_operator_key(connection: Connection, enterprise_id: int, version: int, step: Step) -> None:
    """Encrypt nothing to this key any more.  Raises NotRegistered, and Refused if it is revoked already."""
    key = (operator_keys.c.enterprise_id == enterprise_id) & (operator_keys.c.version == version)
    row = connection.execute(select(operator_keys.c.revoked_at).where(key)).first()
    if row is None:
        raise NotRegistered(
            "enterprise {number} has no key of version {version}",
            "no_key_version",
            number=enterprise_id,
            version=version,
        )
    if row.revoked_at is not None:
        raise Refused(
            "version {version} of enterprise {number}'s key is revoked already",
            "key_revoked_already",
            version=version,
            number=enterprise_id,
        )
    connection.execute(update(operator_keys).where(key).values(revoked_at=step.at))
    record(
        connection, step, Action.OPERATOR_KEY_REVOKED, Subject(enterprise_id=enterprise_id, detail=f"version {version}")
    )


def register_product(connection: Connection, enterprise_id: int, words: ProductWords, vault: Vault, step: Step) -> str:
    """Give a product its resource code, drawn at random, and its keys.  Raises NotRegistered, RequestFault."""
    if not words.name_zh.strip():
        raise RequestFault("a product needs a Chinese name", "product_name")
    require_enterprise(connection, enterprise_id)
    resource_code = _unused_resource_code(connection)
    connection.execute(
        insert(products).values(
            resource_code=resource_code,
            enterprise_id=enterprise_id,
            name_zh=words.name_zh,
            name_en=words.name_en,
            specification=words.specification,
            category=words.category,
            check_scheme=CheckScheme.HMAC,
            registered_at=step.at,
        )
    )
    for purpose in KeyPurpose:
        _new_key(connection, resource_code, purpose, 1, vault, at=step.at)
    record(
        connection, step, Action.PRODUCT_REGISTERED, Subject(enterprise_id=enterprise_id, resource_code=resource_code)
    )
    return resource_code


def renew_check_key(connection: Connection, resource_code: str, vault: Vault, step: Step) -> int:
    """Make the check digits of codes issued from now on under a new key; returns its version.

    Codes already issued keep theirs: nothing has to be printed again.
    """
    enterprise_id = require_product(connection, resource_code)
    version = 1 + latest_check_version(connection, resource_code)
    _new_key(connection, resource_code, KeyPurpose.CHECK, version, vault, at=step.at)
    record(
        connection,
        step,
        Action.CHECK_KEY_ISSUED,
        Subject(enterprise_id=enterprise_id, resource_code=resource_code, detail=f"version {version}"),
    )
    return version


def latest_check_version(connection: Connection, resource_code: str) -> int:
    """The version of the check digit key that new codes are made under, 0 if there is none."""
    latest = select(func.max(keys.c.version)).where(
        keys.c.resource_code == resource_code, keys.c.purpose == KeyPurpose.CHECK
    )
    return connection.execute(latest).scalar() or 0


def rewrap_keys(connection: Connection, vault: Vault, step: Step) -> int:
    """Wrap every product key under the vault's current master key; returns how many.  No code changes."""
    rows = connection.execute(select(keys.c.id, keys.c.resource_code, keys.c.purpose, keys.c.version, keys.c.secret))
    for number, resource_code, purpose, version, stored in (kept := rows.all()):
        name = key_name(resource_code, purpose, version)
        wrapped = vault.wrap(vault.unwrap(stored, name), name)
        connection.execute(update(keys).where(keys.c.id == number).values(secret=wrapped))
    record(
        connection, step, Action.KEYS_REWRAPPED, Subject(detail=f"{len(kept)} keys under master key {vault.current}")
    )
    return len(kept)


def _count(connection: Connection, column: Column[Any], value: object) -> int:
    return connection.execute(select(func.count()).where(column == value)).scalar_one()


def _new_key(
    connection: Connection, resource_code: str, purpose: KeyPurpose, version: int, vault: Vault, *, at: float
) -> None:
    secret = vault.wrap(secrets.token_bytes(KEY_OCTETS), key_name(resource_code, purpose, version))
    connection.execute(
        insert(keys).values(resource_code=resource_code, purpose=purpose, version=version, secret=secret, issued_at=at)
    )


def _unused_resource_code(connection: Connection) -> str:
    """Drawn, not counted: nobody learns from a code how many products there are, or which come next."""
    for _ in range(_DRAWS):
        resource_code = f"8{secrets.randbelow(_RESOURCE_CODES):06d}"
        if not _count(connection, products.c.resource_code, resource_code):
            return resource_code
    raise Refused("nearly all of the million resource codes that begin with 8 are taken", "no_resource_codes_left")
