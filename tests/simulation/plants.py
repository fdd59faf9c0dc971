"""Bugs that the simulation has to find: each is planted for the length of a `with`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from gateway.channels.sms import SmsChannel
from gateway.core.answer import Answer
from gateway.core.duplicates import Duplicates
from gateway.core.errors import VerificationUnavailable
from gateway.core.ports import JournalState, OpenQuery, Refusal
from gateway.core.query import Query
from gateway.core.registration import CodeState, LookUp, Registration
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.verification.verification import CachedVerification
from smpp import Delivery

_accept = SmsChannel._accept
_answer = SqliteJournal.answer
_open_queries = SqliteJournal.open_queries
_look_up = CachedVerification.look_up


async def _acknowledge_first(channel: SmsChannel, query: Query, delivery: Delivery) -> None:
    channel._acknowledge(delivery, query.fingerprint, query.uid)
    await _accept(channel, query, delivery)


async def _forget_intent(journal: SqliteJournal, query: Query, answer: Answer, sending_link: str = "") -> None:
    await _answer(journal, query, answer)


async def _forget_sending(journal: SqliteJournal) -> list[OpenQuery]:
    return [found for found in await _open_queries(journal) if found.state is not JournalState.SENDING]


async def _not_counted(journal: SqliteJournal, refusal: Refusal) -> None:
    """Nothing."""


async def _say_not_found(verification: CachedVerification, codes: Any) -> list[LookUp]:
    try:
        return await _look_up(verification, codes)
    except VerificationUnavailable:
        return [LookUp(Registration(code, CodeState.UNKNOWN)) for code in codes]


PLANTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "acknowledged before it is committed": lambda: patch.object(SmsChannel, "_accept", _acknowledge_first),
    "sent before its intent is committed": lambda: patch.object(SqliteJournal, "answer", _forget_intent),
    "a redelivery taken for a new query": lambda: patch.object(Duplicates, "match", lambda *_: None),
    "replies in doubt forgotten at recovery": lambda: patch.object(SqliteJournal, "open_queries", _forget_sending),
    "a refusal by a link that nobody counts": lambda: patch.object(SmsChannel, "message_refused", lambda *_: None),
    "a refusal said and not counted": lambda: patch.object(SqliteJournal, "refused", _not_counted),
    "an outage worded as not found": lambda: patch.object(CachedVerification, "look_up", _say_not_found),
}
