"""How a registration is written into the cache, and read again.  Pure.

`1[state, batch, produced_on, expires_on, activated_at, level, region, reason, asked_at]` and, on a second line, the
product: many codes share theirs, so it is parsed once and remembered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.registration import CodeState, Product, Registration

_FORMAT = b"1"  # of another version nothing is read: it counts as a miss
_STATES = {state.value: state for state in CodeState}


@dataclass(frozen=True, slots=True)
class Copy:
    """A cached registration; `asked_at` (Unix time, seconds) is when the backend was asked for it."""

    registration: Registration
    asked_at: float


def encode(registration: Registration, asked_at: float) -> bytes:
    """The cache's octets for a registration that the backend was asked for at `asked_at` (Unix time, seconds)."""
    facts = [
        registration.state.value,
        registration.batch,
        registration.produced_on,
        registration.expires_on,
        registration.activated_at,
        registration.level,
        registration.region,
        registration.reason,
        asked_at,
    ]
    product = registration.product
    described = product and [
        product.resource_code, product.name, product.enterprise, product.specification, product.category,
    ]  # fmt: skip
    return _FORMAT + _json(facts) + (b"\n" + _json(described) if described else b"")


def decode(code: str, octets: bytes) -> Copy | None:
    """What `encode` wrote for `code`, or None if these octets are none of its."""
    if octets[:1] != _FORMAT:
        return None
    facts, _, described = octets[1:].partition(b"\n")
    try:
        state, batch, produced_on, expires_on, activated_at, level, region, reason, asked_at = json.loads(facts)
        product = _product(described) if described else None
        registration = Registration(
            code, _STATES[state], product, batch, produced_on, expires_on, activated_at, level, region, reason
        )
        return Copy(registration, float(asked_at))
    except (ValueError, TypeError, KeyError):
        return None


@lru_cache(maxsize=4096)
def _product(described: bytes) -> Product:
    resource_code, name, enterprise, specification, category = json.loads(described)
    return Product(resource_code, name, enterprise, specification, category)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
