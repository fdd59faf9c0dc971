"""The product: an accepted query in, its answer out.  Every channel comes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.core.answer import Answer, Finding, Report
from gateway.core.history import unattributed
from gateway.core.ports import Allowance, Contexts, History, Ruling, Verification
from gateway.core.query import Intent, Query, TextError
from gateway.core.registration import CodeState, LookUp
from gateway.core.turns import Turns
from gateway.core.verdicts import CodeHistory, Verdict, judge
from gateway.core.wording import WARNINGS, Judged, china_day, words_of
from gateway.fragments import Fragments
from gateway.texts import Texts

_ACTIVE = frozenset({Verdict.FIRST, Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT})


@dataclass(frozen=True, slots=True)
class AnsweringSettings:
    """[answering] of gateway.toml."""

    code_limit: int = 5
    """How many codes of one message are answered; a message with more is asked to be split."""
    caller_limit: int = 5
    """More distinct callers than this for one code: "the label may be copied"."""
    hold_seconds: float = 3.0
    """How long a piece of a code waits for the rest of it before it is answered as incomplete."""
    default_language: str = "zh"
    """The language for callers whose own has no templates."""

    def __post_init__(self) -> None:
        if not 1 <= self.code_limit <= 20:
            raise ValueError(f"code_limit must be 1 to 20, not {self.code_limit}")
        if self.caller_limit < 1 or self.hold_seconds < 0:
            raise ValueError("caller_limit must be at least 1, hold_seconds 0 or more")


class Answerer:
    """Understands nothing of channels: what they ask has been understood, made durable and acknowledged."""

    def __init__(
        self,
        *,
        verification: Verification,
        history: History,
        contexts: Contexts,
        allowance: Allowance,
        texts: Texts,
        fragments: Fragments,
        settings: AnsweringSettings,
        clock: Callable[[], float],
    ) -> None:
        self._verification = verification
        self._history = history
        self._contexts = contexts
        self._allowance = allowance
        self._texts = texts
        self._fragments = fragments
        self._settings = settings
        self._clock = clock
        self._turns = Turns()

    def renew(self, texts: Texts, settings: AnsweringSettings) -> None:
        """Answer with these from now on."""
        self._texts = texts
        self._settings = settings

    async def answer(self, query: Query) -> Answer:
        """The answer to an accepted query.

        Raises VerificationUnavailable or StateUnavailable when registry or log cannot be asked now.
        """
        ruling = await self.rule(query)
        if ruling in (Ruling.NOTICE, Ruling.SILENCE):
            return self._say(query, "limited" if ruling is Ruling.NOTICE else "", note="limited")
        if query.understanding.intent is not Intent.VERIFY or not query.understanding.codes:
            return await self._answer_without_code(query)
        if ruling is Ruling.VAGUE:
            return self._say(query, "vague", note="vague")
        judged = await self.judge(query)
        if judged[0].finding.verdict is Verdict.UNKNOWN and await self._fragments.rest_came(query):
            return self._say(query, "", note="joined")
        return self.word(query, judged)

    async def rule(self, query: Query) -> Ruling:
        """How this caller may be answered; a query is charged once, however often this is asked."""
        return await self._allowance.rule(query)

    async def judge(self, query: Query) -> list[Judged]:
        """The verdict on each of an accepted query's codes.  Raises as `answer` does."""
        codes = query.understanding.codes
        histories = await self._history.record(query)  # arrival decides who was first, so before the look-up
        look_ups = await self._verification.look_up(codes)
        judged = [self._judge(query, *known) for known in zip(codes, look_ups, histories, strict=True)]
        await self._settle(query, judged)
        return judged

    async def is_known(self, code: str) -> bool:
        """Whether the registry has such a code; nothing is recorded.  Raises VerificationUnavailable."""
        (look_up,) = await self._verification.look_up((code,))
        return look_up.registration.state is not CodeState.UNKNOWN

    async def charge_miss(self, query: Query) -> None:
        """Charge codes that were asked for, not found, and then taken back."""
        await self._allowance.missed(query, query.understanding.codes)

    def _judge(self, query: Query, code: str, look_up: LookUp, history: CodeHistory) -> Judged:
        registration = look_up.registration
        if not query.caller.number:
            history = unattributed(history, query.uid)
        verdict = judge(registration, history, china_day(query.arrived_at), self._settings.caller_limit)
        product = registration.product
        finding = Finding(
            code=code,
            verdict=verdict,
            resource_code=product.resource_code if product else "",
            batch=registration.batch,
            region=registration.region,
            category=product.category if product else "",
            stale=look_up.stale,
            counted=verdict in _ACTIVE,
        )
        known = registration.state is not CodeState.UNKNOWN
        return Judged(finding, registration if known else None, history if finding.counted else None)

    async def _settle(self, query: Query, judged: Sequence[Judged]) -> None:
        """What follows from the verdicts: those who ask for inactive codes are not "first", misses are charged."""
        uncounted = [each.finding for each in judged if not each.finding.counted]
        if uncounted:
            await self._history.forget(query, [finding.code for finding in uncounted])
            misses = [finding.code for finding in uncounted if finding.verdict is Verdict.UNKNOWN]
            if misses:
                await self._allowance.missed(query, misses)

    def word(self, query: Query, judged: Sequence[Judged]) -> Answer:
        """The reply that says it all, within one part where it fits."""
        language = query.understanding.language
        findings = tuple(each.finding for each in judged)
        worst = max((finding.verdict for finding in findings), key=_GRAVITY.__getitem__)
        if len(judged) == 1:
            reply = self._texts.reply(language, worst.value, words_of(judged[0], language))
        else:
            lines = [self._texts.render(language, f"line_{j.finding.verdict}", words_of(j, language)) for j in judged]
            separator = self._texts.render(language, "line_separator", {})
            reply = self._texts.reply(language, "several", {"lines": separator.join(lines)})
        return Answer(worst, reply, language, findings, opens_context=worst in WARNINGS)

    async def _answer_without_code(self, query: Query) -> Answer:
        said = query.understanding
        if said.intent in (Intent.REPORT, Intent.COMPLAINT):
            return await self._take_report(query)
        adds = said.intent is Intent.UNKNOWN or said.error is TextError.NOT_A_SUPERVISION_CODE  # a seller's telephone
        if adds and (context := await self._contexts.warning(query.caller, self._clock())):
            report = Report(Intent.REPORT, context.code, said.remark or query.text, context.uid)
            return replace(self._say(query, "context", tail=context.code[-4:]), report=report)
        if said.error is TextError.PARTIAL and await self._fragments.rest_came(query):
            return self._say(query, "", note="joined")
        if said.error is not None:
            answer = self._say(query, f"error_{said.error}", limit=self._settings.code_limit)
            return replace(answer, verdict=Verdict.MALFORMED)
        if not self._turns.take(query.caller.pseudonym, self._clock()):
            return self._say(query, "", note="loop")
        return self._say(query, said.intent.value if said.intent in (Intent.HELP, Intent.STOP) else "greeting")

    async def _take_report(self, query: Query) -> Answer:
        """A report or complaint: about the code it names, else about the warning that its caller just had."""
        said = query.understanding
        context = await self._contexts.warning(query.caller, self._clock())
        code = said.codes[0] if said.codes else context.code if context else ""
        about = context.uid if context and context.code == code else 0
        report = Report(said.intent, code, said.remark, about)
        return replace(self._say(query, said.intent.value, tail=code[-4:]), report=report, opens_context=True)

    def _say(self, query: Query, template: str, *, note: str = "", **words: str | int) -> Answer:
        """An answer that is no judgement; an empty `template` says nothing, for the reason in `note`."""
        language = query.understanding.language
        return Answer(None, self._texts.reply(language, template, words) if template else "", language, note=note)

    def notice(self, query: Query) -> str:
        """What is said at once when the answer has to wait for the registry."""
        return self._texts.reply(query.understanding.language, "unavailable", {})


_GRAVITY = {verdict: place for place, verdict in enumerate((
    Verdict.FIRST, Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.NOT_ACTIVATED, Verdict.EXPIRED,
    Verdict.UNKNOWN, Verdict.OVER_LIMIT, Verdict.CANCELLED, Verdict.RECALLED,
))}  # fmt: skip
