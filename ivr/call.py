"""One call from answer to record: does what the dialogue says, and tells it what was heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ivr import dialogue, recordings
from ivr.agi import AGIError, AGIHangup, GatewayStopping
from ivr.desk import CallFacts, CallRecord, Desk, Recording, Settlement, SpokenAnswer
from ivr.entry import Heard, clear, read_entry, read_key
from ivr.listening import AgiChannel, Listening, Speaker
from ivr.settings import VoiceSettings
from ivr.talk import (
    Action,
    AskCode,
    AskKey,
    End,
    FileReport,
    LookUp,
    Record,
    Say,
    SetLanguage,
    Settle,
    State,
    Talk,
    TextResult,
)
from ivr.waiting import Awaited

T = TypeVar("T")


class Call:
    """`run` ends with the call's record, whatever happens.  `wall` is Unix time, `clock` counts durations."""

    _log = Logger()

    def __init__(
        self,
        facts: CallFacts,
        channel: AgiChannel,
        speech: Speaker,
        desk: Desk,
        *,
        settings: VoiceSettings,
        clock: IReactorTime,
        wall: Callable[[], float],
    ) -> None:
        self.facts = facts
        self._listening = Listening(channel, speech, settings, clock)
        self._desk = desk
        self._settings = settings
        self._clock = clock
        self._wall = wall
        self._began = clock.seconds()
        self._asked_at = 0.0
        self._step = State.ENTRY
        self._recording: str = ""
        self._talk = Talk(settings.rules, agents_open=facts.agents_open, language=facts.language)

    async def run(self) -> CallRecord:
        """The whole call.  Never raises."""
        ending = ""
        try:
            await self._listening.set_up(self.facts.language)
            await self._converse()
            ending = self._talk.ending
            await self._listening.finish("agent" if ending == "agent" else "")
        except AGIHangup:
            ending = ending or "hung_up"
            self._left()
        except GatewayStopping:
            ending = ending or "drained"
            self._left()
        except AGIError as exc:
            self._log.error("call {key} failed: {fault}", key=self.facts.key, fault=str(exc))
            ending = ending or "failed"
            self._left()
        except Exception:  # noqa: BLE001 - a fault of ours ends this call alone, and it has its record
            self._log.failure("call {key} failed by our fault", key=self.facts.key)
            ending = "failed"
            self._left()
        record = self._record(ending)
        self._desk.call_ended(record)
        return record

    async def _converse(self) -> None:
        talk, actions = dialogue.begin(self._talk)
        while True:
            heard: tuple[Heard, str, SpokenAnswer | None] | None = None
            for action in actions:
                if not isinstance(action, SetLanguage | Say):  # a hang-up before belongs to the step before
                    self._step = talk.state if talk.state is not State.ENDED else self._step
                    self._talk = talk
                heard = await self._do(action)
                if isinstance(action, End):
                    return
            if heard is None:
                raise AGIError("the dialogue stopped without an end")  # a fault of the table, found by its tests
            event, code, answer = heard
            if self._is_over_time(event):
                event = Heard.TIME_UP
            talk, actions = dialogue.turn(self._talk, event, code, answer)

    def _is_over_time(self, event: Heard) -> bool:
        over = self._clock.seconds() - self._began > self._settings.rules.call_limit_seconds
        return over and (self._talk.state, Heard.TIME_UP) in dialogue.TABLE and event is not Heard.CODE

    async def _do(self, action: Action) -> tuple[Heard, str, SpokenAnswer | None] | None:
        match action:
            case SetLanguage():
                await self._listening.set_language(action.language)
            case Say():
                await self._listening.say(action.lines)
            case AskCode():
                lengths = self._settings.rules.code_lengths
                keyed = await self._listening.ask_code(action.lines, max(lengths))
                self._asked_at = self._wall()
                return read_entry(keyed, lengths), clear(keyed.keys), None
            case AskKey():
                return read_key(await self._listening.ask_key(action.lines, action.slower)), "", None
            case LookUp():
                work = self._desk.look_up(self._spoken_facts(), action.code, self._asked_at)
                return await self._answered(action.code, work)
            case Settle():
                return await self._settled(action)
            case Record():
                return await self._recorded()
            case FileReport():
                return await self._done(self._report(action.code))
            case TextResult():
                return await self._done(self._desk.text_result(self._spoken_facts(), action.code))
            case End():
                pass
        return None

    async def _answered(self, code: str, work: Deferred[SpokenAnswer]) -> tuple[Heard, str, SpokenAnswer | None]:
        """Wait with the caller; the look-up goes on even if the caller does not."""
        awaited, late = Awaited(work, self._clock), self._too_late(code, self._asked_at)
        try:
            answer = await self._wait(awaited)
        except (AGIHangup, GatewayStopping):
            awaited.then(late)
            raise
        if answer is None:
            awaited.then(late)
            return Heard.FAILED, "", None
        return Heard.MISSED if answer.read_back else Heard.KNOWN, "", answer

    async def _settled(self, action: Settle) -> tuple[Heard, str, SpokenAnswer | None] | None:
        if action.awaited:
            work = self._desk.settle_miss(self._spoken_facts(), action.code, self._asked_at, action.settlement)
            return await self._answered(action.code, work)
        self._settle(action.code, self._asked_at, action.settlement)
        return None

    def _settle(self, code: str, asked_at: float, settlement: Settlement) -> None:
        Awaited(self._desk.settle_miss(self._spoken_facts(), code, asked_at, settlement), self._clock)

    def _too_late(self, code: str, asked_at: float) -> Callable[[SpokenAnswer], None]:
        """For a look-up that finishes after its caller had gone, or had been told that it cannot be done.

        By then the caller may have keyed in another code.
        """

        def settle(answer: SpokenAnswer) -> None:
            if answer.read_back:
                self._settle(code, asked_at, Settlement.ABANDONED)

        return settle

    def _spoken_facts(self) -> CallFacts:
        """The call with the language that it is in now."""
        return replace(self.facts, language=self._talk.language)

    async def _done(self, work: Deferred[None] | Deferred[bool]) -> tuple[Heard, str, SpokenAnswer | None]:
        awaited: Awaited[bool] = Awaited(work.addCallback(lambda value: value is not False), self._clock)
        return Heard.DONE if await self._wait(awaited) else Heard.FAILED, "", None

    async def _wait(self, awaited: Awaited[T]) -> T | None:
        """The outcome, or None.  Raises AGIHangup if the caller did not wait for it."""
        await self._listening.wait(awaited, self._settings.look_up_seconds)
        self._listening.require_caller()
        return awaited.value

    async def _recorded(self) -> tuple[Heard, str, SpokenAnswer | None]:
        path = self._settings.recordings_folder.absolute() / recordings.new_name()
        await self._listening.record(str(path), lambda: self._set_recording(str(path)))
        return (Heard.RECORDED if self._recording_seconds() else Heard.NOTHING), "", None

    def _set_recording(self, path: str) -> None:
        self._recording = path

    def _recording_seconds(self) -> float:
        """How long the recording is; 0 for none."""
        try:
            return recordings.kept_seconds(Path(f"{self._recording}.wav"), self._settings.recording_shortest_seconds)
        except PermissionError as exc:
            self._log.warn("{path}: start Asterisk with umask 0077, and as our user", path=exc.filename)
            return recordings.seconds(Path(f"{self._recording}.wav"))

    def _report(self, code: str) -> Deferred[None]:
        recording = Recording(f"{self._recording}.wav", self._recording_seconds(), code)
        self._recording = ""
        return self._desk.report(self._spoken_facts(), recording)

    def _left(self) -> None:
        """The caller is gone: what was begun is brought to its end."""
        state = self._talk.state
        if state is State.RECORDING and self._recording and self._recording_seconds():
            self._talk = replace(self._talk, reports=self._talk.reports + 1)
            Awaited(self._report(self._talk.code), self._clock)
        _, actions = dialogue.turn(self._talk, Heard.HUNG_UP)
        for action in actions:
            if isinstance(action, Settle):
                self._settle(action.code, self._asked_at, action.settlement)

    def _record(self, ending: str) -> CallRecord:
        return CallRecord(
            facts=self.facts,
            ended_at=self._wall(),
            step=self._step.value,
            ending=ending,
            language=self._talk.language,
            queries=self._talk.queries,
            reports=self._talk.reports,
            missing_prompts=self._listening.missing_prompts,
        )
