"""Messages that an SMSC does not see taken: each is counted for the day's account, by its link and by what it was told.

With those that were acknowledged they are all that an SMSC delivered, as its own count has it.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.ports import Journal, Refusal
from smpp import Delivery, MessageRefusal
from smpp.status import CommandStatus
from smpp.unanswered import Response


class Refusals:
    """`count`: how many were refused since the process began, here or by a link itself."""

    def __init__(self, journal: Journal, clock: Callable[[], float]) -> None:
        self._journal = journal
        self._clock = clock
        self.count = 0

    async def refuse(self, delivery: Delivery) -> None:
        """Refuse for now: the message comes again.  Said once the journal has counted it, if it can count."""
        self.count += 1
        status = CommandStatus.ESME_RX_T_APPN
        await self._enter(delivery.account, delivery.link, status, whole=_is_whole(delivery))
        delivery.respond(status)

    async def refused_by_link(self, refusal: MessageRefusal) -> None:
        """A link refused a message by itself."""
        self.count += 1
        await self._enter(refusal.account, refusal.link, refusal.command_status, whole=refusal.whole)

    async def missed(self, delivery: Delivery) -> None:
        """A message that was kept and whose acknowledgement came too late: it comes again."""
        late = delivery.response is Response.REFUSED
        told = CommandStatus.ESME_RX_T_APPN if late else CommandStatus.ESME_ROK
        await self._enter(delivery.account, delivery.link, told, whole=_is_whole(delivery), kept=True)

    async def _enter(self, carrier: str, link: str, command_status: int, *, whole: bool, kept: bool = False) -> None:
        await self._journal.refused(Refusal(carrier, link, command_status, whole, self._clock(), kept))


def _is_whole(delivery: Delivery) -> bool:
    part = delivery.part
    return part is None or part.total == 1
