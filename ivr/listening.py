"""Playing and listening on one call: sentences, keys and recordings over AGI commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ivr import agi
from ivr.entry import Keyed, clear
from ivr.settings import VoiceSettings
from ivr.speech import Sentence
from ivr.talk import Line
from ivr.waiting import Awaited

_KEYS_VARIABLE = "HOTLINE_KEYS"
_ENTRY_ROUNDS = 4  # corrections within one entry
_SPEECH_SECONDS = 60.0  # a sentence is ready long before, for speech keeps its own deadline


class AgiChannel(Protocol):
    """The connection as a call uses it."""

    hung_up: bool

    def ask(self, command: agi.Command) -> Deferred[agi.Reply]:
        """One command at a time."""


class Speaker(Protocol):
    """Whoever makes sentences into files."""

    def sentence(self, language: str, lines: Sequence[Line], slower: bool = False) -> Deferred[Sentence]:
        """Never fails."""


@dataclass(frozen=True, slots=True)
class _Read:
    status: str
    keys: str


class Listening:
    """The ears and the mouth of a call.  Every method raises AGIHangup once the caller is gone."""

    _log = Logger()

    def __init__(self, channel: AgiChannel, speech: Speaker, settings: VoiceSettings, clock: IReactorTime) -> None:
        self._channel = channel
        self._speech = speech
        self._settings = settings
        self._clock = clock
        self._quiet_since = clock.seconds()  # the last word or key
        self.language = settings.language
        self.missing_prompts = 0

    async def set_up(self, language: str) -> None:
        """Pick up and set how long a key is waited for."""
        await self._channel.ask(agi.answer())
        await self._channel.ask(agi.set_variable("TIMEOUT(response)", f"{self._settings.first_key_seconds:g}"))
        await self._channel.ask(agi.set_variable("TIMEOUT(digit)", f"{self._settings.next_key_seconds:g}"))
        await self.set_language(language)

    async def set_language(self, language: str) -> None:
        """Also Asterisk's own prompts (the beep) are then in this language."""
        self.language = language
        await self._channel.ask(agi.set_variable("CHANNEL(language)", language))

    def require_caller(self) -> None:
        """Raises AGIHangup if the caller has gone while no command was in flight."""
        if self._channel.hung_up:
            raise agi.AGIHangup("the caller hung up")

    async def say(self, lines: Sequence[Line]) -> None:
        """To the end; keys are swallowed."""
        if lines:
            await self._play(await self._sentence(lines, slower=False))

    async def wait(self, work: Awaited[Any], seconds: float) -> None:
        """Until the work is done, at most so long.

        A caller who has heard nothing for `wait_notice_seconds` since the last word or key is asked to wait.
        """
        limit = self._clock.seconds() + seconds
        patience = self._quiet_since + self._settings.wait_notice_seconds - self._clock.seconds()
        if not await work.within(min(patience, seconds)):
            please_wait = await self._speech.sentence(self.language, (Line("please_wait"),))
            self.missing_prompts += len(please_wait.missing)
            await self._play(please_wait)
            await work.within(limit - self._clock.seconds())

    async def _play(self, sentence: Sentence) -> None:
        reply = await self._channel.ask(agi.stream_file(sentence.path, "", sentence.plays_seconds))
        self._quiet_since = self._clock.seconds()
        if reply.failed:
            await self._missing_or_gone(sentence)

    async def ask_code(self, lines: Sequence[Line], digits: int) -> Keyed:
        """Interruptible; ends by `#`, by silence, or shortly after `digits` digits."""
        sentence = await self._sentence(lines, slower=False)
        read = await self._read(sentence, digits)
        keys, most, waited = read.keys, digits, 0.0
        for _ in range(_ENTRY_ROUNDS):
            if read.status != "OK" or len(read.keys) < most:  # ended by # or by silence
                break
            short = digits - len(clear(keys))
            if short > 0:  # room was lost to a correction: the rest is still to come
                most, read = short, await self._read(None, short)
            else:  # swallow a #, notice a key too many
                most, read = digits, await self._read(None, digits, self._settings.tail_key_seconds)
                waited = 0.0 if read.keys or read.status == "OK" else self._settings.tail_key_seconds
            keys += read.keys
        self._quiet_since = self._clock.seconds() - waited
        return Keyed(keys, finished=read.status == "OK")

    async def ask_key(self, lines: Sequence[Line], slower: bool) -> Keyed:
        """Interruptible; one key."""
        sentence = await self._sentence(lines, slower)
        read = await self._read(sentence, 1)
        self._quiet_since = self._clock.seconds()
        return Keyed(read.keys, finished=read.status == "OK")

    async def record(self, path: str, started: Callable[[], None]) -> None:
        """Record to `path`.wav; what there is stays when the caller hangs up, which raises AGIHangup."""
        started()
        command = agi.record_file(path, self._settings.recording_seconds, self._settings.recording_silence_seconds)
        reply = await self._channel.ask(command)
        self._quiet_since = self._clock.seconds()
        if reply.failed and self._channel.hung_up:
            raise agi.AGIHangup("the caller hung up while recording")

    async def finish(self, following: str) -> None:
        """Our last word: the dialplan takes a call without it to the next gateway."""
        if following:
            await self._channel.ask(agi.set_variable("HOTLINE_NEXT", following))
        await self._channel.ask(agi.set_variable("HOTLINE_DONE", "1"))

    async def _read(self, sentence: Sentence | None, most: int, seconds: float = 0.0) -> _Read:
        """Application Read, because it alone waits differently for the first key and for the next ones."""
        path = sentence.path if sentence else ""
        arguments = (_KEYS_VARIABLE, path, str(most), "", "", f"{seconds:g}" if seconds else "")
        settings = self._settings
        plays = sentence.plays_seconds if sentence else 0.0
        takes = plays + settings.first_key_seconds + most * settings.next_key_seconds
        reply = await self._channel.ask(agi.execute("Read", arguments, takes))
        if reply.failed:
            raise agi.AGIHangup("the caller hung up")
        reply = await self._channel.ask(agi.get_full_variable(f"${{READSTATUS}}:${{{_KEYS_VARIABLE}}}"))
        status, _, keys = reply.note.partition(":")
        if status == "HANGUP":
            raise agi.AGIHangup("the caller hung up")
        if status == "ERROR" and sentence is not None:
            await self._missing_or_gone(sentence)
            return await self._read(None, most, seconds)
        return _Read(status, keys)

    async def _sentence(self, lines: Sequence[Line], slower: bool) -> Sentence:
        made = Awaited(self._speech.sentence(self.language, lines, slower), self._clock)
        await self.wait(made, _SPEECH_SECONDS)
        sentence = made.value
        if sentence is None:
            raise agi.AGIError("a sentence was not made")
        self.missing_prompts += len(sentence.missing)
        return sentence

    async def _missing_or_gone(self, sentence: Sentence) -> None:
        """-1 is a hang-up or a missing file: only the channel knows."""
        if self._channel.hung_up:
            raise agi.AGIHangup("the caller hung up")
        status = await self._channel.ask(agi.channel_status())
        if status.result != str(agi.CHANNEL_UP):
            raise agi.AGIHangup("the caller hung up")
        self.missing_prompts += 1
        self._log.error("Asterisk cannot play {path}: is the folder shared with it?", path=sentence.path)
