"""What a caller asked about last, as the query log has it."""

from __future__ import annotations

from gateway.core.answer import Answer, Finding
from gateway.core.query import Caller
from gateway.core.verdicts import Verdict
from gateway.records.journal.latest import latest_codes
from gateway.records.journal.sqlite_journal import SqliteJournal
from tests.gateway.records.samples import ANSWER, CODE, NOON, OTHER_CODE, query, sent

FOUND = [(CODE, "8123456", "B20080501")]
MISSED = Answer(Verdict.UNKNOWN, "未查到", findings=(Finding(OTHER_CODE, Verdict.UNKNOWN),))


async def latest(journal: SqliteJournal, since: float = NOON, caller: str = "k1:caller") -> list[tuple[str, str, str]]:
    return await journal.reader.ask(lambda connection: latest_codes(connection, caller, since))


async def log(journal: SqliteJournal, number: int, answer: Answer, caller: str = "k1:caller") -> None:
    asked = query(number, caller=Caller("8613812345678", caller))
    await journal.accept(asked)
    await journal.finish(asked, answer, sent())


async def test_the_codes_of_the_latest_query_are_found_with_product_and_batch(journal: SqliteJournal) -> None:
    await log(journal, 1, ANSWER)
    await log(journal, 2, MISSED, caller="k1:another")
    assert await latest(journal) == FOUND
    assert await latest(journal, caller="k1:nobody") == []


async def test_an_older_query_is_not_meant_and_neither_is_one_before_a_miss(journal: SqliteJournal) -> None:
    await log(journal, 1, ANSWER)
    assert await latest(journal, since=NOON + 100) == []
    await log(journal, 2, MISSED)
    assert await latest(journal) == []
