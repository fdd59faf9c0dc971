"""The hotline's desk: the same verdicts, history, journal and log as by SMS.

Asterisk's side and the conversation are `ivr`'s; this translates between the two and decides nothing about codes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from gateway.answering import Answerer
from gateway.bridge import deferred_of
from gateway.channels.callers import Callers
from gateway.channels.spoken import spoken
from gateway.channels.texting import Texting
from gateway.core.answer import Answer, Ending, Outcome, Report
from gateway.core.errors import StateUnavailable, VerificationUnavailable
from gateway.core.ports import Journal, Ruling
from gateway.core.query import Channel, Intent, Query, Understanding
from gateway.core.recorded import Recorded
from gateway.core.uid import UidSequence
from gateway.core.wording import Judged
from ivr.desk import CallFacts, CallRecord, Recording, Settlement, SpokenAnswer

T = TypeVar("T")

logger = logging.getLogger(__name__)

_SUBMITTED_SECONDS = 6.0  # by now a text is on its way, or given up
_REMEMBERED = 25_000  # look-ups: five of each of 5,000 calls


@dataclass(frozen=True, slots=True)
class _LookUp:
    """A query of a call, and its judgement (None before the verdict)."""

    query: Query
    judged: Judged | None = None


class VoiceDesk:
    """Implements ivr's Desk.  What it is asked it records, whether or not the caller is still there to hear."""

    def __init__(
        self,
        *,
        answerer: Answerer,
        journal: Journal,
        callers: Callers,
        uids: UidSequence,
        texting: Texting | None,
        clock: Callable[[], float],
    ) -> None:
        self._answerer = answerer
        self._journal = journal
        self._callers = callers
        self._uids = uids
        self._texting = texting
        self._clock = clock
        self._looked_up: OrderedDict[tuple[str, str], _LookUp] = OrderedDict()
        self._begun: set[asyncio.Task[Any]] = set()

    # ivr.desk.Desk

    def look_up(self, call: CallFacts, code: str, asked_at: float) -> Deferred[SpokenAnswer]:
        """See ivr.desk.Desk."""
        return self._start(self._look_up(call, code, asked_at))

    def settle_miss(
        self, call: CallFacts, code: str, asked_at: float, settlement: Settlement
    ) -> Deferred[SpokenAnswer]:
        """See ivr.desk.Desk."""
        return self._start(self._settle_miss(call, code, asked_at, settlement))

    def report(self, call: CallFacts, recording: Recording) -> Deferred[None]:
        """See ivr.desk.Desk."""
        return self._start(self._report(call, recording))

    def text_result(self, call: CallFacts, code: str) -> Deferred[bool]:
        """See ivr.desk.Desk."""
        return self._start(self._text_result(call, code))

    def call_ended(self, record: CallRecord) -> None:
        """See ivr.desk.Desk."""
        caller, _ = self._callers.identify(record.facts.caller_number)
        logger.info(
            "call %s of %s: %s at %s after %.0f s, %d look-ups, %d reports",
            record.facts.key,
            caller.pseudonym,
            record.ending,
            record.step,
            record.ended_at - record.facts.started_at,
            record.queries,
            record.reports,
            extra={
                "event": "call_ended",
                "channel": Channel.VOICE.value,
                "state": record.ending,
                "seconds": round(record.ended_at - record.facts.started_at, 1),
                "caller": caller.pseudonym,
            },
        )

    async def drain(self, seconds: float) -> None:
        """Wait for what was begun, at most `seconds`: callers may have gone, their queries are recorded."""
        if self._begun:
            await asyncio.wait(tuple(self._begun), timeout=seconds)

    # What they do

    def _start(self, work: Coroutine[Any, Any, T]) -> Deferred[T]:
        return deferred_of(self._begin(work))

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return task

    async def _look_up(self, call: CallFacts, code: str, asked_at: float) -> SpokenAnswer:
        query = self._query(call, Understanding(Intent.VERIFY, (code,), language=call.language), asked_at)
        self._remember(call, code, _LookUp(query))
        ruling = await self._answerer.rule(query)
        if ruling is not Ruling.ANSWER:
            await self._log(query, Answer(None, "", call.language, note=ruling.value), Ending.WITHHELD)
            return SpokenAnswer("vague", final=False)
        try:
            known = await self._answerer.is_known(code)
        except VerificationUnavailable:
            await self._log(query, _away(call.language), Ending.WITHHELD)
            raise
        return await self._judge(call, code, query) if known else spoken("unknown", code, None, read_back=True)

    async def _settle_miss(self, call: CallFacts, code: str, asked_at: float, settlement: Settlement) -> SpokenAnswer:
        """A typing error is no query, but it is charged: guessing by telephone is guessing."""
        found = self._looked_up.get((call.key, code))
        said = Understanding(Intent.VERIFY, (code,), language=call.language)
        query = found.query if found else self._query(call, said, asked_at)
        if settlement is Settlement.CONFIRMED:
            return await self._judge(call, code, query)
        await self._answerer.charge_miss(query)
        if settlement is Settlement.ABANDONED:
            await self._log(query, Answer(None, "", call.language, note="unconfirmed"), Ending.HUNG_UP)
        return spoken("unknown", code, None)

    async def _judge(self, call: CallFacts, code: str, query: Query) -> SpokenAnswer:
        await self._journal.accept(query)
        try:
            (judged,) = await self._answerer.judge(query)
        except (VerificationUnavailable, StateUnavailable):
            await self._journal.finish(query, _away(call.language), Outcome(Ending.WITHHELD, self._clock()))
            raise
        answer = self._answerer.word(query, [judged])
        await self._journal.finish(query, answer, Outcome(Ending.SPOKEN, self._clock()))
        self._remember(call, code, _LookUp(query, judged))
        texting = self._texting is not None and self._texting.reaches(query.caller.number)
        return spoken(judged.finding.verdict.value, code, judged, texting=texting)

    async def _log(self, query: Query, answer: Answer, ending: Ending) -> None:
        await self._journal.accept(query)
        await self._journal.finish(query, answer, Outcome(ending, self._clock()))

    async def _report(self, call: CallFacts, recording: Recording) -> None:
        """The recording is named by its file; what was said is in it alone."""
        codes = (recording.code,) if recording.code else ()
        about = self._looked_up.get((call.key, recording.code))
        told = Recorded(PurePath(recording.path).name, round(recording.length_seconds))
        said = Understanding(
            Intent.REPORT, codes, language=call.language, remark=str(told)
        )  # outlives a crash from here
        report = Report(Intent.REPORT, recording.code, str(told), about.query.uid if about else 0)
        await self._log(
            self._query(call, said, self._clock()),
            Answer(None, "", call.language, report=report, note="recorded"),
            Ending.SPOKEN,
        )

    async def _text_result(self, call: CallFacts, code: str) -> bool:
        found = self._looked_up.get((call.key, code))
        if self._texting is None or found is None or found.judged is None:
            return False
        said = replace(found.query.understanding, language=call.language)  # the caller may have changed it since
        query = replace(found.query, understanding=said)
        reply = self._answerer.word(query, [found.judged]).reply
        sending = self._begin(self._texting.send(query, reply))
        await asyncio.wait({sending}, timeout=_SUBMITTED_SECONDS)
        return sending.result() if sending.done() else True  # the SMSC has it, and has not answered yet

    def _query(self, call: CallFacts, said: Understanding, asked_at: float) -> Query:
        caller, place = self._callers.identify(call.caller_number)
        return Query(
            uid=self._uids.next(self._clock()),
            channel=Channel.VOICE,
            arrived_at=asked_at,
            caller=caller,
            text="",
            understanding=said,
            place=place,
        )

    def _remember(self, call: CallFacts, code: str, found: _LookUp) -> None:
        self._looked_up[call.key, code] = found
        if len(self._looked_up) > _REMEMBERED:
            self._looked_up.popitem(last=False)


def _away(language: str) -> Answer:
    return Answer(None, "", language, note="registry_away")
