"""The Answerer with an ear for those who want to be told of recalls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from gateway.core.answer import Answer
from gateway.core.ports import Ruling
from gateway.core.query import Intent, Query
from gateway.core.verdicts import Verdict
from gateway.recalls.keyword import asks_to_be_told
from gateway.recalls.latest import LatestCodes
from gateway.recalls.subscription import CodeAsked, Wish
from gateway.recalls.subscriptions import Subscriptions
from gateway.texts import Texts, overrun

_DAY_SECONDS = 86_400.0
_OFFERED = frozenset({Verdict.FIRST, Verdict.REPEATED_SAME})  # a warning has something else to say at its end
NOTED = "recall_notice_wished"


class Answers(Protocol):
    """Whoever answers queries: gateway.answering.Answerer."""

    async def answer(self, query: Query) -> Answer:
        """The answer to an accepted query.  Raises VerificationUnavailable or StateUnavailable."""

    async def rule(self, query: Query) -> Ruling:
        """How this caller may be answered; a query is charged once, however often this is asked."""

    def notice(self, query: Query) -> str:
        """What is said at once when the answer has to wait."""


class RecallAnswerer:
    """Answers as `answers` does, offers to tell of a recall, and takes who wants that in and out.

    `days`: how long a subscription lasts.  Everything is idempotent: a query may be answered again.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        subscriptions: Subscriptions,
        latest: LatestCodes,
        texts: Texts,
        days: int,
        clock: Callable[[], float],
    ) -> None:
        self._answers = answers
        self._subscriptions = subscriptions
        self._latest = latest
        self._days = days
        self._clock = clock
        self.texts = texts

    async def answer(self, query: Query) -> Answer:
        """As Answerer.answer."""
        if query.route is None:
            return await self._answers.answer(query)
        said = query.understanding
        asks = asks_to_be_told(query.text)
        if said.intent is Intent.STOP:
            return await self._end(query)
        if asks and not said.codes:
            return await self._subscribe_to_latest(query)
        answer = await self._answers.answer(query)
        codes = tuple(CodeAsked(each.code, each.resource_code, each.batch) for each in answer.findings if each.counted)
        if answer.findings:
            self._latest.keep(query, codes)
        if asks and codes:
            await self._subscribe(query, codes)
            return replace(answer, reply=answer.reply + self._reply(answer.language, "recall_wished_tail"), note=NOTED)
        return self._offering(answer) if answer.verdict in _OFFERED else answer

    def notice(self, query: Query) -> str:
        """As Answerer.notice."""
        return self._answers.notice(query)

    async def _end(self, query: Query) -> Answer:
        ended = await self._subscriptions.end(query.caller)
        answer = await self._answers.answer(query)
        if not ended or not answer.reply or answer.note:
            return answer
        return replace(answer, reply=self._reply(answer.language, "recall_ended", count=ended))

    async def _subscribe_to_latest(self, query: Query) -> Answer:
        if await self._answers.rule(query) in (Ruling.NOTICE, Ruling.SILENCE):
            return await self._answers.answer(query)
        codes = await self._latest.of(query.caller, self._clock())
        language = query.understanding.language
        if not codes:
            return Answer(None, self._reply(language, "recall_which"), language)
        await self._subscribe(query, codes)
        tail = codes[0].code[-4:]
        reply = self._reply(language, "recall_wished", tail=tail, count=len(codes), days=self._days)
        return Answer(None, reply, language, note=NOTED)

    async def _subscribe(self, query: Query, codes: tuple[CodeAsked, ...]) -> None:
        if query.route is not None:
            expires_at = query.arrived_at + self._days * _DAY_SECONDS
            language = query.understanding.language
            await self._subscriptions.subscribe(Wish(query.uid, query.caller, query.route, codes, language, expires_at))

    def _offering(self, answer: Answer) -> Answer:
        """The answer with the offer at its end, if all of it is one part then."""
        reply = answer.reply + self._reply(answer.language, "recall_offer")
        return replace(answer, reply=reply) if overrun(reply) <= 0 else answer

    def _reply(self, language: str, name: str, **words: str | int) -> str:
        return self.texts.reply(language, name, words)
