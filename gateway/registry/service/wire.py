"""The look-up contract as JSON, seen from the registry: requests read, registrations written.  Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from gateway.core.registration import Product, Registration
from gateway.registry.codes.minting import CODE_DIGITS, LEGACY_CODE_DIGITS
from gateway.registry.faults import RegistryFault, RequestFault
from gateway.registry.service.operations import Result
from gateway.registry.views.changes import Change
from gateway.registry.views.rows import ApplicationRow, EnterpriseRow, ProductRow, StepRow

MAX_CODES = 1_000
MAX_BODY_OCTETS = 65_536
MAX_NUMBER = 2**63 - 1
_MAX_NUMBER_DIGITS = 19


def asked_codes(body: bytes) -> list[str]:
    """The codes that a look-up request names.  Raises RequestFault, which says what is wrong and where."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise RequestFault('the body is not JSON: send {"codes": ["8...", ...]}') from exc
    codes = request.get("codes") if isinstance(request, dict) else None
    if not isinstance(codes, list) or not 1 <= len(codes) <= MAX_CODES:
        raise RequestFault(f'send {{"codes": [...]}} with 1 to {MAX_CODES} codes')
    for number, code in enumerate(codes):
        if not is_code(code):
            raise RequestFault(f"codes[{number}] is no code: write {CODE_DIGITS} or {LEGACY_CODE_DIGITS} ASCII digits")
    return codes


def is_code(text: object) -> bool:
    """Whether this has the form of a code."""
    return (
        isinstance(text, str) and len(text) in {CODE_DIGITS, LEGACY_CODE_DIGITS} and text.isascii() and text.isdecimal()
    )


def registration_json(registration: Registration) -> dict[str, object]:
    """One registration as the contract writes it."""
    return {
        "code": registration.code,
        "state": registration.state.value,
        "product": None if registration.product is None else _product_json(registration.product),
        "batch": registration.batch,
        "produced_on": registration.produced_on,
        "expires_on": registration.expires_on,
        "activated_at": registration.activated_at,
        "level": registration.level,
        "region": registration.region,
        "reason": registration.reason,
    }


def _product_json(product: Product) -> dict[str, object]:
    return {
        "resource_code": product.resource_code,
        "name": product.name,
        "enterprise": product.enterprise,
        "specification": product.specification,
        "category": product.category,
    }


def registrations_body(registrations: Sequence[Registration]) -> bytes:
    """The answer to a batch, in the order asked."""
    return _encoded({"registrations": [registration_json(registration) for registration in registrations]})


def registration_body(registration: Registration) -> bytes:
    """The answer for one code."""
    return _encoded(registration_json(registration))


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def changes_body(changes: Sequence[Change], last: int) -> bytes:
    """Changes, oldest first, and the number to ask after next time."""
    return _encoded(
        {
            "changes": [
                {
                    "number": change.number,
                    "at": change.at,
                    "action": change.action,
                    "resource_code": change.resource_code,
                }
                for change in changes
            ],
            "last": last,
        }
    )


def rows_body(
    name: str, rows: Sequence[ProductRow | StepRow | ApplicationRow | EnterpriseRow], last: int | str
) -> bytes:
    """A page of a list, and what to ask after for the next."""
    return _encoded({name: [asdict(row) for row in rows], "last": last})


def row_body(row: Result) -> bytes:
    """One thing alone."""
    return _encoded(asdict(row))


def whole_number(name: str, text: str, least: int, greatest: int) -> int:
    """A number of the query string.  Raises RequestFault."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_NUMBER_DIGITS and least <= int(text) <= greatest):
        raise RequestFault(f"{name}: write a whole number, {least} to {greatest}")
    return int(text)


def problem_body(status: int, title: str, detail: str | RegistryFault) -> bytes:
    """An error as RFC 9457 writes it (application/problem+json).

    A fault with a key has two extension members (section 3.2), with which it can be said in any language.
    """
    problem: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": str(detail)}
    if isinstance(detail, RegistryFault) and detail.key:
        problem |= {"key": detail.key, "words": detail.words}
    return _encoded(problem)
