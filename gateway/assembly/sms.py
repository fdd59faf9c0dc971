"""The SMS channel with its carriers' accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from gateway.assembly.answers import Answers
from gateway.assembly.grounds import Grounds
from gateway.assembly.nodes import Nodes
from gateway.channels.callers import Callers
from gateway.channels.intake import Intake
from gateway.channels.receipts import ReceiptBook
from gateway.channels.replies import Answering, Outlet, Replies
from gateway.channels.sms import SmsChannel
from gateway.core.inbound import understand
from gateway.core.uid import UidSequence
from gateway.fragments import Fragments
from gateway.settings import Carrier, Settings
from smpp import Account, LinkStatus
from smpp.settings import ReceiptIds


@dataclass(frozen=True, slots=True)
class Sms:
    """The channel and its receipts; by carrier's name, its account, and the way out for its replies."""

    channel: SmsChannel
    receipts: ReceiptBook
    accounts: dict[str, Account] = field(default_factory=dict)
    outlets: dict[str, Outlet] = field(default_factory=dict)
    receipt_ids: dict[str, ReceiptIds] = field(default_factory=dict)

    def link_states(self) -> list[LinkStatus]:
        """Every link of every carrier, as it is now."""
        return [status for account in self.accounts.values() for status in account.status()]


def build_sms(
    grounds: Grounds,
    answers: Answers,
    callers: Callers,
    uids: UidSequence,
    *,
    answerer: Answering | None = None,
    nodes: Nodes | None = None,
) -> Sms:
    """The channel and its accounts, none of them started; `answerer` stands before that of `answers`."""
    gateway, carriers = grounds.settings.gateway, grounds.settings.carriers
    receipt_ids: dict[str, ReceiptIds] = {carrier.name: carrier.account.links[0].receipt_ids for carrier in carriers}
    receipts = ReceiptBook(receipt_ids, grounds.queries, grounds.machine.clock)
    outlets: dict[str, Outlet] = {}
    replies = Replies(
        answerer=answerer or answers.answerer,
        journal=grounds.queries,
        outlets=outlets,
        receipts=receipts,
        clock=grounds.machine.clock,
        validity_seconds=gateway.sms.reply_validity_seconds,
        hold_doubtful=gateway.sms.on_doubt == "hold",
    )
    channel = SmsChannel(
        journal=grounds.queries,
        intake=intake_of(grounds.settings, callers, uids, answers.fragments),
        replies=replies,
        receipts=receipts,
        settings=gateway.sms,
        clock=grounds.machine.clock,
        common_parts=nodes.parts if nodes else None,
    )
    accounts: dict[str, Account] = {}
    for carrier in carriers:
        account = accounts[carrier.name] = Account(carrier.account, channel, grounds.reactor)
        outlets[carrier.name] = outlet_of(carrier, account)
    return Sms(channel, receipts, accounts, outlets, receipt_ids)


def intake_of(settings: Settings, callers: Callers, uids: UidSequence, fragments: Fragments) -> Intake:
    """How messages are read."""
    own = frozenset(number for carrier in settings.carriers for number in carrier.settings.numbers)
    reads = partial(understand, max_codes=settings.gateway.answering.code_limit)
    return Intake(reads, callers.identify, uids, fragments, own, callers.disguised)


def outlet_of(carrier: Carrier, account: Account) -> Outlet:
    """How a carrier's replies leave."""
    link = carrier.account.links[0]  # its other links agree on both
    return Outlet(account, link.long_messages, link.default_alphabet, int(carrier.settings.receipts))
