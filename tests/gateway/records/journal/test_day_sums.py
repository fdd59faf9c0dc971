"""Whatever happens, in whatever order, and wherever the process is killed: the accounts are what the log says."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.answer import Ending, Outcome
from gateway.core.ports import MessagePart, OtherKind, Refusal
from gateway.core.query import Query
from gateway.core.receipts import ReceiptState, ReceiptTold
from gateway.records.journal import day_rows
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.accounts import Account
from gateway.records.reconciliation.closing import Upkeep
from gateway.records.reconciliation.figures import figures_of, refusals_of
from gateway.records.reconciliation.proof import prove
from gateway.records.schema import day_begins_at
from gateway.records.settings import RecordsSettings
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, NOON, ROUTE, query

_LINKS = [("mobile", "m-1"), ("mobile", "m-2"), ("telecom", "t-1")]
_SPAN_SECONDS = 3 * 86_400
_SETTINGS = RecordsSettings(pseudonym_keys={"k1": Path("k1.key")})
_numbers = st.integers(1, 6)
_times = st.integers(0, _SPAN_SECONDS)
_links = st.sampled_from(_LINKS)
_ids = st.sampled_from(["a", "b", "c"])
_REFUSALS = [(0, True), (0x08, False), (0x64, False), (0x64, True)]  # command_status; whether it was kept

events = st.one_of(
    st.tuples(st.just("accept"), _numbers, _links, st.integers(1, 3)),
    st.tuples(st.just("redelivered"), _numbers),
    st.tuples(
        st.just("finish"),
        _numbers,
        st.sampled_from([Ending.SENT, Ending.REFUSED, Ending.IN_DOUBT, Ending.EXPIRED]),
        _times,
        st.lists(_ids, max_size=3, unique=True),
        st.booleans(),
    ),
    st.tuples(st.just("receipt"), _links, _ids, st.sampled_from(list(ReceiptState)), _times),
    st.tuples(st.just("refused"), _links, st.sampled_from(_REFUSALS), st.booleans(), _times),
    st.tuples(st.just("besides"), _links, _times),
    st.tuples(st.just("upkeep"), _times),
    st.tuples(st.just("forget"), _times),
    st.tuples(st.just("kill")),
)


class Life:
    """A journal through kills: its file as it was when the process died is what the next one finds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lives = 0
        self.path = folder / "journal-0.db"
        self.routes = {number: replace(ROUTE, carrier="mobile", link="m-1") for number in range(1, 7)}
        self.refused: Counter[tuple[int, bool]] = Counter()

    async def begin(self) -> None:
        self.journal = await SqliteJournal.opened(self.path, never)

    async def happen(self, event: tuple[object, ...]) -> None:
        await getattr(self, f"_{event[0]}")(*event[1:])

    async def _accept(self, number: int, link: tuple[str, str], parts: int) -> None:
        if await self._known(number):
            return
        self.routes[number] = replace(ROUTE, carrier=link[0], link=link[1])
        for part in range(1, parts + 1):
            await self.journal.accept_part(MessagePart(f"k{number}", parts, part, b"x", "{}", NOON, "f"))
        await self.journal.accept(self._query(number), f"k{number}" if parts > 1 else "")

    async def _redelivered(self, number: int) -> None:
        await self.journal.redelivered(self._query(number).uid)

    async def _finish(self, number: int, ending: Ending, at: int, ids: list[str], resent: bool) -> None:
        taken = tuple(ids) if ending is Ending.SENT else tuple(ids[:1])
        link = "" if ending is Ending.EXPIRED else self.routes[number].link
        outcome = Outcome(ending, NOON + at, link, 8 * (ending is Ending.REFUSED), taken, len(taken), resent, taken)
        await self.journal.finish(self._query(number), ANSWER, outcome)

    async def _receipt(self, link: tuple[str, str], message_id: str, state: ReceiptState, at: int) -> None:
        await self.journal.receipt_told(ReceiptTold(*link, message_id, state, NOON + at))

    async def _refused(self, link: tuple[str, str], how: tuple[int, bool], whole: bool, at: int) -> None:
        await self.journal.refused(Refusal(*link, how[0], whole, NOON + at, how[1]))
        self.refused[how] += 1

    async def _besides(self, link: tuple[str, str], at: int) -> None:
        outcome = Outcome(Ending.SENT, NOON + at, link[1], 0, ("n",), 1)
        await self.journal.sent_besides(1, link[0], OtherKind.NOTICE, outcome)

    async def _upkeep(self, after: int) -> None:
        await Upkeep(self.journal, _SETTINGS, lambda: NOON + after).close_days(NOON + after)

    async def _forget(self, before: int) -> None:
        await self.journal.change(day_rows.forgotten(NOON + before))

    async def _kill(self) -> None:
        """What is in the files now is all that there is; what is under way meanwhile may or may not be in it."""
        under_way = asyncio.ensure_future(self.journal.redelivered(self._query(1).uid))
        await asyncio.sleep(0)
        old, self._lives = self.path, self._lives + 1
        self.path = self._folder / f"journal-{self._lives}.db"
        for end in ("", "-wal"):
            if old.with_name(old.name + end).exists():
                shutil.copy(old.with_name(old.name + end), self.path.with_name(self.path.name + end))
        await under_way
        await self.journal.close()
        await self.begin()

    async def _known(self, number: int) -> bool:
        statement = "SELECT EXISTS(SELECT 1 FROM journal WHERE uid = ?1 UNION SELECT 1 FROM query_log WHERE uid = ?1)"
        uid = self._query(number).uid
        return bool(
            await self.journal.reader.ask(lambda connection: connection.execute(statement, (uid,)).fetchone()[0])
        )

    def _query(self, number: int) -> Query:
        return query(number * 30_000, route=self.routes[number])


async def _live(folder: Path, happenings: list[tuple[object, ...]]) -> Life:
    life = Life(folder)
    await life.begin()
    for event in happenings:
        await life.happen(event)
    await life.journal.close()
    return life


@settings(max_examples=40, deadline=None)
@given(happenings=st.lists(events, max_size=30))
def test_the_accounts_are_what_the_log_says_whatever_the_order_of_events(
    happenings: list[tuple[object, ...]],
) -> None:
    with TemporaryDirectory() as folder:
        life = asyncio.run(_live(Path(folder), happenings))
        connection = sqlite3.connect(life.path)
        assert prove(connection).faults == ()
        everything = Account.read(connection, "", 0, 99_999)
        total = figures_of(everything.total())
        by_carrier = [
            figures_of(Account.read(connection, carrier, 0, 99_999).total()) for carrier in ("mobile", "telecom")
        ]
        by_link = [figures_of(line) for line in everything.lines]
        for key, number in total.items():
            assert sum(figures[key] for figures in by_carrier) == number
            assert sum(figures[key] for figures in by_link) == number
        log = connection.execute("SELECT count(*), coalesce(sum(parts + redeliveries), 0) FROM query_log").fetchone()
        missed = sum(number for (_, kept), number in life.refused.items() if kept)
        assert (total["queries"], total["mo_acknowledged"] + missed) == log
        assert total["mo_unacknowledged"] == life.refused[0, True]
        by_status = Counter(
            {0x08: life.refused[0x08, False], 0x64: life.refused[0x64, False] + life.refused[0x64, True]}
        )
        written = refusals_of(everything.total())["mo_refused_by_status"]
        assert written == {f"0x{status:08X}": number for status, number in by_status.items() if number}
        assert total["mo_refused"] == by_status.total()
        assert total["mo_received"] == log[1] + life.refused[0x08, False] + life.refused[0x64, False]
        assert total["mo_received"] == sum(total[f"mo_{how}"] for how in ("acknowledged", "refused", "unacknowledged"))
        for line in everything.lines:
            assert line.day <= line.booked_on
        connection.close()


def test_the_span_of_the_events_has_days_to_close() -> None:
    assert day_begins_at(1 + int((NOON + 8 * 3600) // 86_400)) + _SETTINGS.close_after_seconds < NOON + _SPAN_SECONDS
