"""Loaded by schemathesis: each request has a key of its own, as a client's would."""

from __future__ import annotations

import itertools
from typing import Any

import schemathesis

_numbers = itertools.count(1)


@schemathesis.hook
def map_headers(_context: Any, headers: Any) -> Any:
    """Without this most requests would come with the same key, and be refused for that."""
    if headers and "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"request-{next(_numbers)}"
    return headers
