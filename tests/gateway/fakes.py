"""In-memory ports: what the gateway's edges do, without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.core.answer import Answer, Outcome
from gateway.core.errors import NotDurable, VerificationUnavailable
from gateway.core.history import Asker, history_of, known_askers
from gateway.core.inbound import understand
from gateway.core.ports import Context, JournalState, MessagePart, OpenQuery, OtherKind, Refusal, Ruling
from gateway.core.query import Caller, Channel, Query, ReplyRoute
from gateway.core.receipts import ReceiptTold
from gateway.core.registration import CodeState, LookUp, Product, Registration
from gateway.core.verdicts import CodeHistory

NOON = 1_795_406_400.0  # 2026-11-23 04:00 UTC: noon in China
SHORT_NUMBER = "95001111"
WINE = Product(
    "8123456", {"zh": "玉泉白酒", "en": "Yuquan"}, {"zh": "福清玉泉酒业", "en": "Yuquan Co"}, "500ml", "spirits"
)


def code(number: int = 0) -> str:
    """The 20-digit code number so and so of the wine."""
    return f"{WINE.resource_code}{number:09d}1974"


def caller(number: str = "8613859111111") -> Caller:
    return Caller(number, f"p:{number}")


def query(text: str, uid: int = 1, at: float = NOON, number: str = "8613859111111") -> Query:
    route = ReplyRoute("mobile", "m1", SHORT_NUMBER, 0, 1, number, 1, 1)
    return Query(uid, Channel.SMS, at, caller(number), text, understand(text), route=route, fingerprint=f"f{uid}")


@dataclass
class FakeVerification:
    """A registry in a dict; `away` makes it unreachable."""

    known: dict[str, Registration] = field(default_factory=dict)
    away: bool = False
    asked: list[str] = field(default_factory=list)
    stale: bool = False

    def activate(self, *codes: str, **facts: object) -> None:
        for each in codes:
            self.known[each] = Registration(each, CodeState.ACTIVATED, WINE, **facts)  # type: ignore[arg-type]

    async def look_up(self, codes: Sequence[str]) -> list[LookUp]:
        self.asked += codes
        if self.away:
            raise VerificationUnavailable("away")
        return [LookUp(self.known.get(c) or Registration(c, CodeState.UNKNOWN), self.stale) for c in codes]


@dataclass
class FakeHistory:
    """The askers of each code, in a dict."""

    askers: dict[str, list[Asker]] = field(default_factory=dict)
    retry_seconds: float = 60.0

    async def record(self, query: Query) -> list[CodeHistory]:
        found = []
        for each in query.understanding.codes:
            listed = self.askers.setdefault(each, [])
            known = known_askers(listed)
            at_hand = (query.uid, query.caller.pseudonym, query.arrived_at)
            found.append(history_of(known, *at_hand, self.retry_seconds))
            if all(asker.uid != query.uid for asker in listed):
                listed.append(Asker(*at_hand, answered_at=query.arrived_at))
        return found

    async def forget(self, query: Query, codes: Sequence[str]) -> None:
        for each in codes:
            self.askers[each] = [asker for asker in self.askers[each] if asker.uid != query.uid]


@dataclass
class FakeContexts:
    """One open context, or none."""

    context: Context | None = None

    async def warning(self, caller: Caller, now: float) -> Context | None:
        return self.context


@dataclass
class FakeAllowance:
    """Rules as told."""

    ruling: Ruling = Ruling.ANSWER
    misses: list[str] = field(default_factory=list)

    async def rule(self, query: Query) -> Ruling:
        return self.ruling

    async def missed(self, query: Query, codes: Sequence[str]) -> None:
        self.misses += codes


@dataclass
class FakeJournal:
    """Remembers what was committed, in order; `failing` commits raise NotDurable that many times."""

    events: list[tuple[str, object]] = field(default_factory=list)
    logged: dict[int, tuple[Answer, Outcome]] = field(default_factory=dict)
    open: dict[int, OpenQuery] = field(default_factory=dict)
    accepted: list[Query] = field(default_factory=list)
    parts: list[MessagePart] = field(default_factory=list)
    fingerprints: list[tuple[str, int]] = field(default_factory=list)
    failing: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    besides: list[tuple[int, str, OtherKind, Outcome]] = field(default_factory=list)

    def _commit(self, event: str, about: object) -> None:
        if self.failing:
            self.failing -= 1
            raise NotDurable("the disk is full")
        self.events.append((event, about))

    async def accept(self, query: Query, parts_key: str = "") -> None:
        self._commit("accept", query.uid)
        self.accepted.append(query)
        self.parts = [part for part in self.parts if part.key != parts_key]
        self.open[query.uid] = OpenQuery(query, JournalState.ACCEPTED, None)

    async def accept_part(self, part: MessagePart) -> None:
        self._commit("part", part.number)
        self.parts.append(part)

    async def answer(self, query: Query, answer: Answer, sending_link: str = "") -> None:
        self._commit("sending" if sending_link else "answer", query.uid)
        state = JournalState.SENDING if sending_link else JournalState.ANSWERED
        self.open[query.uid] = OpenQuery(query, state, answer, sending_link)

    async def sending(self, uid: int, link: str) -> None:
        self._commit("sending", uid)

    async def finish(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        self._commit("finish", query.uid)
        self.open.pop(query.uid, None)
        self.logged[query.uid] = answer, outcome

    async def redelivered(self, uid: int) -> None:
        self._commit("redelivered", uid)

    async def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    async def receipt_told(self, receipt: ReceiptTold) -> None:
        self._commit("receipt", receipt)

    async def sent_besides(self, uid: int, carrier: str, kind: OtherKind, outcome: Outcome) -> None:
        self._commit("besides", uid)
        self.besides.append((uid, carrier, kind, outcome))

    async def open_queries(self) -> list[OpenQuery]:
        return list(self.open.values())

    async def open_parts(self) -> list[MessagePart]:
        return list(self.parts)

    async def recent_fingerprints(self, since: float) -> list[tuple[str, int]]:
        return self.fingerprints
