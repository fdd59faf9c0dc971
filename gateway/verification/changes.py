"""What the registry changed lately: copies from before a change are not believed.  Pure."""

from __future__ import annotations

from collections import OrderedDict

from gateway.core.registration import Registration

RESOURCE_DIGITS = 7  # of a 20-digit code: its product resource code


class Changes:
    """Changed codes, batches and products with the time of the change (Unix time, seconds), the latest `capacity`."""

    def __init__(self, capacity: int = 200_000) -> None:
        self._capacity = capacity
        self._changed: OrderedDict[str, float] = OrderedDict()

    def note(self, scope: str, at: float) -> None:
        """`scope` is a code, or what `batch_scope` makes of a product and, perhaps, a batch."""
        self._changed[scope] = max(at, self._changed.pop(scope, at))
        if len(self._changed) > self._capacity:
            self._changed.popitem(last=False)

    def outdates(self, registration: Registration, asked_at: float) -> bool:
        """Whether something about this registration changed since the backend was asked for it."""
        changed = self._changed
        if not changed:
            return False
        product = registration.product
        resource_code = product.resource_code if product else registration.code[:RESOURCE_DIGITS]
        scopes = (registration.code, batch_scope(resource_code), batch_scope(resource_code, registration.batch))
        return any(changed.get(scope, 0.0) >= asked_at for scope in scopes)


def batch_scope(resource_code: str, batch: str = "") -> str:
    """The scope of a product's batch, or of all the product's codes."""
    return f"{resource_code}/{batch}"
