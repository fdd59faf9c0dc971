"""Alerts on their way: kept until each receiver took its copy, tried again later and later, never sent twice at will.

A crash between a receiver's taking it and our noting that repeats the alert under the same id, by which the receiver
knows it; in no other case is it sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine, func, select, update

from gateway.core.errors import StateUnavailable
from gateway.insight.case_schema import outbox
from gateway.insight.case_store import reading, writing

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 3_600.0
AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class Parcel:
    """One alert for one receiver; `body` is JSON, `made_at` Unix time in seconds, `attempts` those that failed."""

    id: str
    receiver: str
    body: str
    made_at: float
    attempts: int


class Receiver(Protocol):
    """Somebody who is told."""

    async def deliver(self, parcel: Parcel) -> None:
        """Returns once the parcel is taken.  Raises StateUnavailable: it is tried again."""


def pause_seconds(attempts: int) -> float:
    """How long to wait after so many failures: doubled each time, an hour at most."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 20))


class Outbox:
    """Delivers what is due.  One receiver's being away holds up no other one."""

    def __init__(self, store: Engine, receivers: Mapping[str, Receiver]) -> None:
        self._store = store
        self._receivers = dict(receivers)

    async def deliver_due(self, now: float) -> int:
        """Try whatever is due at `now` (Unix time, seconds); returns how many were taken."""
        taken = await asyncio.gather(*[self._deliver_to(name, now) for name in self._receivers])
        return sum(taken)

    async def waiting(self) -> int:
        """How many parcels are on their way."""
        return await asyncio.to_thread(self._waiting)

    async def _deliver_to(self, name: str, now: float) -> int:
        """In the order in which they were made; after a failure the next ones wait for the next round."""
        taken = 0
        for parcel in await asyncio.to_thread(self._due, name, now):
            try:
                await self._receivers[name].deliver(parcel)
            except StateUnavailable as exc:
                logger.warning("alert %s to %s, attempt %d: %s", parcel.id, name, parcel.attempts + 1, exc)
                await asyncio.to_thread(self._failed, parcel, now, str(exc))
                break
            await asyncio.to_thread(self._took, parcel, now)
            taken += 1
        return taken

    def _due(self, name: str, now: float) -> list[Parcel]:
        mine = (outbox.c.receiver == name) & outbox.c.taken_at.is_(None)
        with reading(self._store) as connection:
            rows = connection.execute(
                select(outbox)
                .where(mine, outbox.c.due_at <= now)
                .order_by(outbox.c.made_at, outbox.c.id)
                .limit(AT_A_TIME)
            )
            return [Parcel(row.id, row.receiver, row.body, row.made_at, row.attempts) for row in rows]

    def _failed(self, parcel: Parcel, now: float, fault: str) -> None:
        attempts = parcel.attempts + 1
        values = {"attempts": attempts, "due_at": now + pause_seconds(attempts), "fault": fault[:500]}
        with writing(self._store) as connection:
            connection.execute(update(outbox).where(outbox.c.id == parcel.id).values(values))

    def _took(self, parcel: Parcel, now: float) -> None:
        with writing(self._store) as connection:
            connection.execute(update(outbox).where(outbox.c.id == parcel.id).values(taken_at=now, fault=""))

    def _waiting(self) -> int:
        with reading(self._store) as connection:
            count = select(func.count()).select_from(outbox).where(outbox.c.taken_at.is_(None))
            return int(connection.execute(count).scalar_one())
