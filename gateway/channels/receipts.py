"""Delivery receipts: matched to what was sent, counted by state, never taken for a query."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Mapping

from smpp import Delivery
from smpp.receipts import MessageState, advance, parse_receipt, receipted_id, submitted_id
from smpp.settings import ReceiptIds
from smpp.status import CommandStatus

logger = logging.getLogger(__name__)

_CAPACITY = 50_000  # message ids remembered, all carriers together


class ReceiptBook:
    """States of the messages sent lately.  `receipt_ids` tells each carrier's way of writing ids.

    A receipt may overtake its submit_sm_resp, come twice, or out of order; no state goes back from a final one.
    """

    def __init__(self, receipt_ids: Mapping[str, ReceiptIds]) -> None:
        self._receipt_ids = receipt_ids
        self._states: OrderedDict[tuple[str, str], MessageState | None] = OrderedDict()
        self.by_state: Counter[tuple[str, MessageState]] = Counter()
        self.unreadable = 0

    def sent(self, carrier: str, message_ids: tuple[str, ...]) -> None:
        """The SMSC accepted segments under these ids."""
        for message_id in message_ids:
            if message_id:
                self._remember((carrier, submitted_id(message_id, self._receipt_ids[carrier])), None)

    async def take(self, link: str, delivery: Delivery) -> None:
        """Enter a receipt and acknowledge it; what cannot be read is acknowledged and counted."""
        receipt = parse_receipt(delivery.esm_class, delivery.data_coding, delivery.short_message, delivery.tlvs)
        if receipt is None:
            self.unreadable += 1
            logger.info("link %s: a message of the SMSC's own that names no message of ours", link)
        else:
            message_id = receipted_id(receipt.message_id, self._receipt_ids[delivery.account])
            self._advance(delivery.account, message_id, receipt.state)
        delivery.respond(CommandStatus.ESME_ROK)

    def _advance(self, carrier: str, message_id: str, reported: MessageState) -> None:
        before = self._states.get((carrier, message_id))
        state = advance(before, reported)
        if state is not before:
            if before is not None:
                self.by_state[carrier, before] -= 1
            self.by_state[carrier, state] += 1
        self._remember((carrier, message_id), state)

    def _remember(self, key: tuple[str, str], state: MessageState | None) -> None:
        self._states[key] = self._states.get(key) if state is None else state
        self._states.move_to_end(key)
        if len(self._states) > _CAPACITY:
            self._states.popitem(last=False)
