"""The look-up contract as JSON, seen from the gateway: requests written, answers read.  Pure.

POST /v1/lookups {"codes": [...]} -> {"registrations": [...]}, one for each code, in the order asked.  An answer is
not trusted: each value's type and size is checked before it becomes a Registration, and a faulty row costs only its
own code the answer.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from gateway.core.errors import VerificationUnavailable
from gateway.core.registration import CodeState, Product, Registration

Found = Registration | VerificationUnavailable
"""What an answer holds for one code: its registration, or why the row cannot be used."""

TEXT_LIMIT = 500  # characters of any one text: names, reasons, lots
LANGUAGE_LIMIT = 20
_STATES = {state.value: state for state in CodeState}
_DAY = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # half a surrogate pair fits no reply


def request_body(codes: Sequence[str]) -> bytes:
    """The request for registrations of `codes` (1 to 1000)."""
    return json.dumps({"codes": list(codes)}, separators=(",", ":")).encode()


def registrations(body: bytes, codes: Sequence[str]) -> list[Found]:
    """The answer to a request for `codes`, in order.  Raises VerificationUnavailable if all of it is unusable."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise VerificationUnavailable(f"the backend's answer is not JSON: {exc}") from exc
    rows = answer.get("registrations") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise _fault("", 'no list "registrations"')
    if len(rows) != len(codes):
        raise _fault("", f"{len(rows)} registrations for {len(codes)} codes")
    return [_found(row, code, f"registrations[{n}]") for n, (row, code) in enumerate(zip(rows, codes, strict=True))]


def _found(row: object, code: str, where: str) -> Found:
    try:
        return _registration(row, code, where)
    except VerificationUnavailable as fault:
        return fault


def _registration(row: object, code: str, where: str) -> Registration:
    if not isinstance(row, dict):
        raise _fault(where, "is no object")
    if row.get("code") != code:
        raise _fault(f"{where}.code", "is not the code that was asked for at this place")
    state = row.get("state")
    if not isinstance(state, str) or state not in _STATES:
        raise _fault(f"{where}.state", f"must be one of {', '.join(_STATES)}")
    level = row.get("level", 1)
    if type(level) is not int or not 1 <= level <= 9:
        raise _fault(f"{where}.level", "must be a whole number from 1 to 9")
    return Registration(
        code=code,
        state=_STATES[state],
        product=_product(row.get("product"), f"{where}.product"),
        batch=_text(row, "batch", where),
        produced_on=_day(row, "produced_on", where),
        expires_on=_day(row, "expires_on", where),
        activated_at=_instant(row.get("activated_at"), f"{where}.activated_at"),
        level=level,
        region=_text(row, "region", where),
        reason=_text(row, "reason", where),
    )


def _product(value: object, where: str) -> Product | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _fault(where, "must be an object or null")
    resource_code = _text(value, "resource_code", where)
    if not resource_code:
        raise _fault(f"{where}.resource_code", "is missing")
    return Product(
        resource_code=resource_code,
        name=_words(value.get("name"), f"{where}.name"),
        enterprise=_words(value.get("enterprise"), f"{where}.enterprise"),
        specification=_text(value, "specification", where),
        category=_text(value, "category", where),
    )


def _words(value: object, where: str) -> dict[str, str]:
    """A text by language."""
    if not isinstance(value, dict) or len(value) > LANGUAGE_LIMIT or any(len(key) > 35 for key in value):
        raise _fault(where, f"must be an object of at most {LANGUAGE_LIMIT} languages by their tags (RFC 5646)")
    return {language: _text(value, language, where) for language in value}


def _text(row: dict[str, object], key: str, where: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise _fault(f"{where}.{key}", "must be a string")
    if len(value) > TEXT_LIMIT:
        raise _fault(f"{where}.{key}", f"is longer than {TEXT_LIMIT} characters")
    if _CONTROL.search(value):
        raise _fault(f"{where}.{key}", "holds control characters")
    return value


def _day(row: dict[str, object], key: str, where: str) -> str:
    value = _text(row, key, where)
    if not _DAY.fullmatch(value):
        raise _fault(f"{where}.{key}", "must be a day as in 2008-05-01, or empty")
    return value


def _instant(value: object, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _fault(where, "must be a number (Unix time in seconds) or null")
    if not 0 <= value <= 1e11 or not math.isfinite(value):
        raise _fault(where, "is no Unix time in seconds")
    return float(value)


def _fault(where: str, what: str) -> VerificationUnavailable:
    return VerificationUnavailable(f"the backend's answer cannot be used: {where}{' ' if where else ''}{what}")
