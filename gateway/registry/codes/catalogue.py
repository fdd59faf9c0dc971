"""Products with the means to read their codes, kept in memory for a moment: the same few are asked for again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from gateway.core.check_digits import CheckScheme
from gateway.core.registration import Product
from gateway.registry.codes.minting import KeyPurpose, Mint
from gateway.registry.codes.vault import Vault, key_name
from gateway.registry.database.schema import enterprises, keys, products

FRESH_SECONDS = 2.0
_CAPACITY = 10_000

_PRODUCTS = (
    select(
        products.c.resource_code,
        products.c.name_zh,
        products.c.name_en,
        enterprises.c.name_zh,
        enterprises.c.name_en,
        products.c.specification,
        products.c.category,
        products.c.check_scheme,
    )
    .join(enterprises, enterprises.c.id == products.c.enterprise_id)
    .where(products.c.resource_code.in_(bindparam("resource_codes", expanding=True)))
)
_KEYS = select(keys.c.resource_code, keys.c.purpose, keys.c.version, keys.c.secret).where(
    keys.c.resource_code.in_(bindparam("resource_codes", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A product; `mint` is None where the scheme says that its codes have no structure of ours."""

    product: Product
    mint: Mint | None


class Catalogue:
    """Entries by resource code.  A change in the database shows after FRESH_SECONDS; also remembers who is unknown."""

    def __init__(self, vault: Vault | None = None) -> None:
        self._vault = vault or Vault()
        self._entries: dict[str, Entry | None] = {}
        self._loaded_at = float("-inf")

    def entries(self, connection: Connection, resource_codes: Collection[str], now: float) -> dict[str, Entry | None]:
        """The entry of each resource code, None for an unknown one.  `now`: monotonic seconds."""
        if now - self._loaded_at >= FRESH_SECONDS or len(self._entries) > _CAPACITY:
            self._entries = {}
            self._loaded_at = now
        missing = sorted(set(resource_codes) - self._entries.keys())
        if missing:
            self._entries.update(dict.fromkeys(missing))
            self._entries.update(_read(connection, missing, self._vault))
        return {resource_code: self._entries[resource_code] for resource_code in resource_codes}


def _read(connection: Connection, resource_codes: list[str], vault: Vault) -> Iterable[tuple[str, Entry]]:
    asked = {"resource_codes": resource_codes}
    secrets: dict[str, dict[tuple[str, int], bytes]] = {}
    for resource_code, purpose, version, secret in connection.execute(_KEYS, asked):
        secrets.setdefault(resource_code, {})[purpose, version] = vault.unwrap(
            secret, key_name(resource_code, purpose, version)
        )
    for code, name, name_en, enterprise, enterprise_en, specification, category, scheme in connection.execute(
        _PRODUCTS, asked
    ):
        product = Product(
            resource_code=code,
            name={"zh": name, "en": name_en or name},
            enterprise={"zh": enterprise, "en": enterprise_en or enterprise},
            specification=specification,
            category=category,
        )
        yield code, Entry(product, _mint(code, scheme, secrets.get(code, {})))


def _mint(resource_code: str, scheme: str, secrets: dict[tuple[str, int], bytes]) -> Mint | None:
    serial_key = secrets.get((KeyPurpose.SERIAL, 1))
    if scheme != CheckScheme.HMAC or serial_key is None:
        return None
    check_keys = {version: secret for (purpose, version), secret in secrets.items() if purpose == KeyPurpose.CHECK}
    return Mint(resource_code, serial_key, check_keys)
