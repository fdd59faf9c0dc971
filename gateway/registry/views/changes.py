"""What has changed, for those who keep copies of registrations.

A copy tells its product, not its place, so changes are told by product: whoever reads one forgets what it keeps of that
product, unknown codes with its resource code included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from gateway.registry.database.schema import steps
from gateway.registry.database.store import asking
from gateway.registry.life.steps import Action

MAX_CHANGES = 1_000
_SHOWING = (
    Action.PRODUCT_REGISTERED,
    Action.ISSUED,
    Action.PRINTED,
    Action.ACTIVATED,
    Action.SHIPPED,
    Action.RECALLED,
    Action.EXPIRED,
    Action.CANCELLED,
    Action.STOLEN,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A step that changed what look-ups of a product answer.  `number` rises; `at` is Unix time in seconds."""

    number: int
    at: float
    action: str
    resource_code: str


class Feed:
    """Reads changes.  For one thread at a time."""

    def __init__(self, store: Engine) -> None:
        self._store = store

    def after(self, number: int, limit: int = MAX_CHANGES) -> Sequence[Change]:
        """The changes after a number, oldest first, at most `limit`.  Raises StoreFault."""
        wanted = (
            select(steps.c.id, steps.c.at, steps.c.action, steps.c.resource_code)
            .where(steps.c.id > number, steps.c.action.in_(_SHOWING), steps.c.resource_code.is_not(None))
            .order_by(steps.c.id)
            .limit(limit)
        )
        with asking(self._store) as connection:
            return [Change(*row) for row in connection.execute(wanted)]

    def last_before(self, at: float) -> int:
        """The number of the latest step taken before an instant (Unix time, seconds), 0 if there is none.

        Where a reader begins whose copies are all younger.  Raises StoreFault.
        """
        latest = select(steps.c.id).where(steps.c.at < at) if math.isfinite(at) else select(steps.c.id)
        with asking(self._store) as connection:
            return connection.execute(latest.order_by(steps.c.id.desc()).limit(1)).scalar() or 0
