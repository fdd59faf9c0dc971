"""Alerts as signed POSTs; a repetition bears the same Idempotency-Key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import aiohttp

from gateway.core.errors import StateUnavailable
from gateway.insight.outbox import Parcel
from gateway.insight.receivers import WebhookSettings

_TAKEN = range(200, 300)


class Webhook:
    """A receiver: posts alerts to a URL, which it follows nowhere else.  `clock`: Unix time in seconds."""

    def __init__(self, settings: WebhookSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock

    async def deliver(self, parcel: Parcel) -> None:
        """Returns when the receiver has answered 2xx.  Raises StateUnavailable."""
        body = parcel.body.encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": parcel.id,
            "X-Zhenma-Signature": signature(self._settings.secret, body, int(self._clock())),
        }
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._settings.url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                if response.status not in _TAKEN:
                    raise StateUnavailable(f"the receiver answered {response.status}")
        except (TimeoutError, aiohttp.ClientError, OSError) as exc:
            raise StateUnavailable(f"the receiver is away: {exc or type(exc).__name__}") from exc


def signature(secret: str, body: bytes, at: int) -> str:
    """`t=TIME,v1=HEX`: HMAC-SHA-256 (RFC 2104) of the time, a dot, and the body."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
