"""What must be true after every seed, reckoned from both sides: what phones and SMSCs saw, what the journal holds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.records.reconciliation.proof import prove
from tests.simulation.accounts import differences
from tests.simulation.people import Mo, Person, is_registered
from tests.simulation.smsc import Mt, Smsc
from tests.simulation.world import World

ANSWER_SECONDS = 10.0
_TRANSIT_SECONDS = 0.1  # there and back
_WINDOW_SECONDS = 55.0  # a redelivery later than a minute may be a new query
_WITH_REASON = ("withheld", "refused", "expired", "in_doubt")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the query log."""

    uid: int
    caller: str
    ending: str
    note: str
    resent: int
    redeliveries: int
    finished_at: float


@dataclass
class Ledger:
    """`pseudonym` of a number; `notice`: the text of "the answer follows"."""

    world: World
    people: list[Person]
    smscs: list[Smsc]
    path: Path
    pseudonym: Callable[[str], str]
    notice: str
    sending_when_killed: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)
    extra_replies: int = 0

    def note_kill(self) -> None:
        """The process dies: remember which replies are in doubt by its journal."""
        if not self.path.exists():
            return
        with sqlite3.connect(self.path) as journal:
            tables = journal.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'journal'").fetchone()[0]
            query = "SELECT json_extract(query, '$[5]') FROM journal WHERE sending_link <> ''"
            self.sending_when_killed.update(caller for (caller,) in journal.execute(query) if tables)
        journal.close()

    def check(self) -> None:
        """Look at everything; `breaches` says what is not as it must be."""
        journal = sqlite3.connect(self.path)
        rows: dict[str, list[Row]] = {}
        log = "SELECT uid, caller, ending, note, resent, redeliveries, finished_at FROM query_log"
        for found in journal.execute(log):
            rows.setdefault(found[1], []).append(Row(*found))
        for (count,) in journal.execute("SELECT count(*) FROM journal HAVING count(*) > 0"):
            self._breach(f"{count} queries are open for ever")
        accepted: dict[str, list[Mt]] = {}
        for smsc in self.smscs:
            for mt in smsc.accepted:
                accepted.setdefault(mt.number, []).append(mt)
        for person in self.people:
            self._check_answers_in_time(person)
            caller = self.pseudonym(person.number)
            self._check_person(person, rows.pop(caller, []), accepted.pop(person.number, []))
        if rows or accepted:
            self._breach(f"nobody texted for {len(rows)} callers in the log, {len(accepted)} numbers were replied to")
        self._check_verdicts(journal)
        for fault in prove(journal).faults:
            self._breach(f"the accounts of days: {fault}")
        for smsc in self.smscs:
            for difference in differences(journal, smsc.name, self.people, self.world.kills):
                self._breach(f"the account of {smsc.name}: {difference}")
        journal.close()

    def _breach(self, what: str) -> None:
        self.breaches.append(what)

    def _check_answers_in_time(self, person: Person) -> None:
        for mo in person.mos:
            if not mo.taken:
                self._breach(f"{person.number} ({person.kind}): never acknowledged")
            for attempt in mo.attempts:
                until = attempt.answered_at or attempt.ended_at or self.world.now
                killed = any(attempt.at <= kill <= until for kill in self.world.kills)
                too_long = until - attempt.at > ANSWER_SECONDS + _TRANSIT_SECONDS
                if too_long and not (attempt.wire.stalled or attempt.wire.frozen) and not killed:
                    self._breach(f"{person.number}: no response for {until - attempt.at:.1f} s")

    def _check_person(self, person: Person, rows: list[Row], accepted: list[Mt]) -> None:
        who = f"{person.number} ({person.kind})"
        late = sum(self._late_redeliveries(mo) for mo in person.mos)
        alike = self._taken_for_redeliveries(person, rows)
        if not person.rows - alike <= len(rows) <= person.rows + late:
            self._breach(f"{who}: {len(rows)} rows, {person.rows} queries, {late} redeliveries beyond the window")
        if len(rows) + sum(row.redeliveries for row in rows) < person.rows:
            self._breach(f"{who}: a query taken for a redelivery and not counted as one")
        for row in rows:
            if row.ending != "sent" and not (row.ending in _WITH_REASON and (row.note or row.ending != "withheld")):
                self._breach(f"{who}: ended as {row.ending!r} without a reason")
            if row.ending in ("expired", "refused"):
                self._breach(f"{who}: ended as {row.ending!r}, though carriers were back in time")
            if row.ending == "in_doubt" and all(mt.confirmed for mt in accepted):
                self._breach(f"{who}: ended in doubt, though the SMSC has nothing that it did not answer")
        self._check_replies(who, person, rows, accepted)

    def _check_replies(self, who: str, person: Person, rows: list[Row], accepted: list[Mt]) -> None:
        notices = [mt for mt in accepted if mt.text == self.notice]
        replies = [mt for mt in accepted if mt.text != self.notice]
        copies = Counter((mt.part, mt.total) for mt in replies)
        whole = sum(min(n for (_, of), n in copies.items() if of == total) for total in {of for _, of in copies})
        sent = sum(row.ending == "sent" for row in rows)
        if whole < sent:
            self._breach(f"{who}: {sent} logged as sent, {whole} replies came")
        doubts = sum(not mt.confirmed for mt in replies) + self.sending_when_killed[self.pseudonym(person.number)]
        left = sent + sum(row.ending == "in_doubt" for row in rows)
        most = max(copies.values(), default=0)
        if most > left + doubts:
            self._breach(f"{who}: {most} replies to {left} queries, {doubts} were in doubt")
        extra = max(0, most - left)
        self.extra_replies += extra
        if extra and not any(row.resent for row in rows):
            self._breach(f"{who}: an extra reply that the log does not count")
        if person.rows == len(rows) == 1 and len({(mt.part, mt.text) for mt in replies}) > len(copies):
            self._breach(f"{who}: copies of one reply that differ")
        if len(notices) > len(rows):
            self._breach(f"{who}: {len(notices)} notices to {len(rows)} queries")

    def _taken_for_redeliveries(self, person: Person, rows: list[Row]) -> int:
        """The same text again that could not be told from a redelivery: the first was open, or its session had died."""
        first, *others = person.mos
        alike = 0
        for other in others:
            came_at = other.attempts[0].at if other.attempts else self.world.now
            until = other.attempts[-1].at if other.attempts else self.world.now
            losses = (*self.world.starts[1:], *next(smsc.ends for smsc in self.smscs if smsc.name == person.carrier))
            still_open = any(row.finished_at > self.world.wall_at(came_at) - 1.0 for row in rows)
            in_doubt = any(  # after each start all recent acknowledgements are
                came_at - _WINDOW_SECONDS - 10.0 <= at <= until for at in losses
            )
            alike += other.pdu == first.pdu and (still_open or in_doubt)
        return alike

    def _late_redeliveries(self, mo: Mo) -> int:
        """Redeliveries so late, or under a clock so changed, that they may count as new queries."""
        late = 0
        for before, after in zip(mo.attempts, mo.attempts[1:], strict=False):
            lost_at = before.ended_at if before.ended_at is not None else before.at
            jumped = any(before.at <= at <= after.at for at, _ in self.world.jumps)
            late += after.at - lost_at > _WINDOW_SECONDS or jumped
        return late

    def _check_verdicts(self, journal: sqlite3.Connection) -> None:
        firsts: dict[str, set[str]] = {}
        asked: set[str] = set()
        query = "SELECT code, caller, verdict FROM lookups ORDER BY uid"
        askers: dict[str, set[str]] = {}
        for code, caller, verdict in journal.execute(query):
            if verdict == "unknown" and is_registered(code):
                self._breach(f"{code}: not found, although registered")
            if verdict != "unknown" and not is_registered(code):
                self._breach(f"{code}: {verdict}, although never issued")
            if is_registered(code):
                asked.add(code)
                askers.setdefault(code, set()).add(caller)
                if verdict == "first":
                    firsts.setdefault(code, set()).add(caller)
        for code in sorted(asked):
            told = len(firsts.get(code, ()))
            if told != 1:
                self._breach(f"{code}: {told} of {len(askers[code])} callers were told first")
