"""The account of a carrier beside the carrier's own: what its SMSC delivered, and how it saw each delivery end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from gateway.records.reconciliation.accounts import Account
from gateway.records.reconciliation.figures import figures_of
from smpp.simulator.codec import ESME_ROK
from tests.simulation.people import Attempt, Person

_COUNTING_SECONDS = 22.0  # from a refusal to the commit that counts it, through a disk that is full for a while
_EVER = 99_999


def differences(
    journal: sqlite3.Connection, carrier: str, people: Sequence[Person], losses: Sequence[float]
) -> Iterator[str]:
    """What the two sides cannot both be right about.  `losses`: when counts that waited for a commit were lost.

    Sessions and processes die with deliveries under way: of those the SMSC saw no end, whatever we did with them.
    """
    attempts = [
        attempt for person in people if person.carrier == carrier for mo in person.mos for attempt in mo.attempts
    ]
    ours = figures_of(Account.read(journal, carrier, 0, _EVER).total())
    taken = [each for each in attempts if each.command_status == ESME_ROK]
    refused = [each for each in attempts if each.command_status not in (None, ESME_ROK)]
    unseen = len(attempts) - len(taken) - len(refused)
    lost = sum(_may_be_lost(each, losses) for each in refused)
    acknowledged, refusals = ours["mo_acknowledged"], ours["mo_refused"]
    if not len(taken) <= acknowledged <= len(taken) + unseen:
        yield f"{acknowledged} MO acknowledged by our account, {len(taken)} by the SMSC's, which saw no end of {unseen}"
    if not len(refused) - lost <= refusals <= len(refused) + unseen:
        yield f"{refusals} MO refused by our account, {len(refused)} by the SMSC's, which saw no end of {unseen}"
    if not len(attempts) - unseen - lost <= ours["mo_received"] <= len(attempts):
        yield f"{ours['mo_received']} MO received by our account, {len(attempts)} delivered, no end seen of {unseen}"


def _may_be_lost(refused: Attempt, losses: Sequence[float]) -> bool:
    assert refused.answered_at is not None
    return any(at - _COUNTING_SECONDS <= refused.answered_at <= at for at in losses)
