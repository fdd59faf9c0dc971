"""Delivery receipts: read, made durable with the reply that they are of, and never taken for a query."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping

from gateway.core.errors import NotDurable
from gateway.core.ports import Journal
from gateway.core.receipts import ReceiptState, ReceiptTold
from smpp import Delivery
from smpp.receipts import MessageState, parse_receipt, receipted_id, submitted_id
from smpp.settings import ReceiptIds
from smpp.status import CommandStatus

logger = logging.getLogger(__name__)


class ReceiptBook:
    """Between the SMSCs' receipts and the journal.  `receipt_ids` tells each carrier's way of writing ids.

    Which reply a receipt is of, and what its state then is, the journal says; `by_state` and `unreadable` (those
    that name no message) count what came since the start.
    """

    def __init__(self, receipt_ids: Mapping[str, ReceiptIds], journal: Journal, clock: Callable[[], float]) -> None:
        self._receipt_ids = receipt_ids
        self._journal = journal
        self._clock = clock
        self.by_state: Counter[tuple[str, MessageState]] = Counter()
        self.unreadable = 0

    def awaited(self, carrier: str, message_ids: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of submit_sm_resp as receipts will be asked for them: one for each, "" where there was none."""
        receipt_ids = self._receipt_ids[carrier]
        return tuple(submitted_id(message_id, receipt_ids) if message_id else "" for message_id in message_ids)

    async def take(self, link: str, delivery: Delivery) -> None:
        """Make a receipt durable, then acknowledge it; what cannot be read is acknowledged and counted."""
        receipt = parse_receipt(delivery.esm_class, delivery.data_coding, delivery.short_message, delivery.tlvs)
        if receipt is None:
            self.unreadable += 1
            logger.info("link %s: a message of the SMSC's own that names no message of ours", link)
            delivery.respond(CommandStatus.ESME_ROK)
            return
        message_id = receipted_id(receipt.message_id, self._receipt_ids[delivery.account])
        state = ReceiptState[receipt.state.name]
        try:
            await self._journal.receipt_told(ReceiptTold(delivery.account, link, message_id, state, self._clock()))
        except NotDurable:
            delivery.respond(CommandStatus.ESME_RX_T_APPN)  # it comes again
            return
        self.by_state[delivery.account, receipt.state] += 1
        delivery.respond(CommandStatus.ESME_ROK)
