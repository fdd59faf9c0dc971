"""From sentences to sound files that Asterisk can play: recordings first, then shipped prompts, then speech.

One file per sentence, kept under the hash of its content; names are kept by themselves, too, and may be made ahead.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ivr.desk import Name
from ivr.joining import Joining, Recorded, Recordings, read_recordings
from ivr.preparation import Preparation
from ivr.prompts import Clip, Pause, Script, ScriptFault, Sound, Spoken, read_script, spoken_name
from ivr.settings import VoiceSettings
from ivr.sound_cache import SoundCache
from ivr.synthesis import SAMPLES_PER_SECOND, Synthesis
from ivr.talk import LANGUAGES, Line
from ivr.workers import InThread

_SLOW_PAUSE_MILLISECONDS = 120
_LINE_PAUSE = Pause(300)
_OCTETS_PER_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sound ready to be played.  `path` has no extension; `missing` names pieces that are left out."""

    path: str
    plays_seconds: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptFault:
    """A prompt that is missing: which, and what to do."""

    language: str
    name: str
    remedy: str


def load_scripts(folder: Path) -> dict[str, Script]:
    """The script of every language in `folder`.  Raises ScriptFault."""
    scripts = {}
    for language in LANGUAGES:
        path = folder / language / "script.toml"
        try:
            scripts[language] = read_script(language, tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
            raise ScriptFault(f"{path}: {exc}") from exc
    different = set(scripts["zh"].sentences) ^ set(scripts["en"].sentences)
    if different:
        raise ScriptFault(f"{folder}: only one language has {', '.join(sorted(different))}")
    return scripts


def prompt_faults(settings: VoiceSettings) -> tuple[PromptFault, ...]:
    """Prompts that the scripts have and no recording says.  Raises ScriptFault."""
    scripts = load_scripts(settings.prompts_folder)
    return _faults(scripts, read_recordings(tuple(scripts), _folders(settings)))


def _faults(scripts: dict[str, Script], recordings: Recordings) -> tuple[PromptFault, ...]:
    return tuple(
        PromptFault(language, clip.name, f"record {language}/{clip.name}.ulaw: {clip.text}")
        for language, script in scripts.items()
        for clip in script.clips()
        if (language, clip.name) not in recordings
    )


def _folders(settings: VoiceSettings) -> list[Path]:
    """Where recordings are; the last wins."""
    return [settings.prompts_folder, *([settings.override_folder] if settings.override_folder else [])]


class Speech:
    """All sentences of all languages."""

    _log = Logger()

    def __init__(self, settings: VoiceSettings, clock: IReactorTime, in_thread: InThread) -> None:
        self._settings = settings
        self._clock = clock
        self._in_thread = in_thread
        self._synthesis = Synthesis(settings.speech)
        self._cache = SoundCache(settings.cache_folder, settings.speech.cache_megabytes * _OCTETS_PER_MEGABYTE)
        self._joining = Joining(self._synthesis, self._cache)
        self._preparation = Preparation(self._prepare)
        self._scripts: dict[str, Script] = {}
        self._recordings: Recordings = {}
        self.reload()

    def reload(self) -> None:
        """Read scripts and recordings again; calls in progress go on.  Raises ScriptFault and changes nothing."""
        scripts = load_scripts(self._settings.prompts_folder)
        recordings = read_recordings(tuple(scripts), _folders(self._settings))
        self._scripts, self._recordings = scripts, recordings

    def faults(self) -> tuple[PromptFault, ...]:
        """Prompts that the script has and no recording says."""
        return _faults(self._scripts, self._recordings)

    def prepare(self, *names: Name) -> None:
        """Have names' speech made while no call waits for another: soon, or never."""
        for language in LANGUAGES:
            for name in names:
                if spoken := spoken_name(name, language):
                    self._preparation.add(spoken)

    def sentence(self, language: str, lines: Sequence[Line], slower: bool = False) -> Deferred[Sentence]:
        """The file that says `lines`.  Never fails: what cannot be said in time is left out and named in `missing`."""
        sounds = self._sounds(language, lines, slower)
        key = self._key(language, sounds, slower)
        if all(self._joining.is_spoken(sound, slower) for sound in sounds if isinstance(sound, Spoken)):
            return succeed(self._render(key, language, sounds, slower))
        self._preparation.hold()
        made = self._in_thread(lambda: self._render(key, language, sounds, slower))
        made.addTimeout(self._settings.speech.deadline_seconds, self._clock)
        made.addErrback(self._without_names, key, language, sounds, slower)
        made.addBoth(self._resume)
        return made

    def _resume(self, sentence: Sentence) -> Sentence:
        self._preparation.release()
        return sentence

    def _prepare(self, sound: Spoken) -> Deferred[object]:
        if self._joining.is_spoken(sound, slower=False):
            return succeed(None)
        return self._in_thread(lambda: self._joining.speak(sound, slower=False))

    def _without_names(
        self, failure: object, key: str, language: str, sounds: Sequence[Sound], slower: bool
    ) -> Sentence:
        self._log.warn("a name was not spoken in time: {failure}", failure=str(failure)[:200])
        unsaid = tuple(sound.text for sound in sounds if isinstance(sound, Spoken))
        kept = [sound for sound in sounds if not isinstance(sound, Spoken)]
        said = self._render(f"{key}-short", language, kept, slower)
        return Sentence(said.path, said.plays_seconds, (*said.missing, *unsaid))

    def _sounds(self, language: str, lines: Sequence[Line], slower: bool) -> list[Sound]:
        script = self._scripts[language]
        sounds: list[Sound] = []
        for line in lines:
            if sounds:
                sounds.append(_LINE_PAUSE)
            try:
                sounds.extend(script.sounds(line.key, line.slots))
            except (ScriptFault, KeyError) as exc:
                self._log.error("a sentence is missing: {fault}", fault=str(exc))
        if slower:
            gap = Pause(_SLOW_PAUSE_MILLISECONDS)
            sounds = [piece for sound in sounds for piece in (sound, gap)]
        return sounds

    def _key(self, language: str, sounds: Sequence[Sound], slower: bool) -> str:
        digest = hashlib.sha256(f"{language} {slower} {self._synthesis.identity}".encode())
        for sound in sounds:
            digest.update(repr(sound).encode())
            if isinstance(sound, Clip) and (recorded := self._recordings.get((language, sound.name))):
                digest.update(recorded.digest.encode())
        return digest.hexdigest()[:32]

    def _render(self, key: str, language: str, sounds: Sequence[Sound], slower: bool) -> Sentence:
        """Find or make the file.  Runs in a worker thread when names are to be spoken."""
        recorded = self._longest(language, sounds)
        if recorded is not None and len(sounds) == 1:
            return Sentence(recorded.path, len(recorded.octets) / SAMPLES_PER_SECOND)
        seconds = self._cache.seconds(key)
        if seconds is not None:
            return Sentence(self._cache.path(key), seconds)
        joined = self._joining.join(self._recordings, language, sounds, slower)
        if joined.missing:  # must not be found later as if it were whole
            key = f"{key}-partial"
        try:
            return Sentence(self._cache.path(key), self._cache.write(key, joined.octets, joined.text), joined.missing)
        except OSError as exc:  # a full disk: better a part of the sentence than nothing
            self._log.error("a sentence cannot be written: {fault}", fault=str(exc))
            seconds = len(recorded.octets) / SAMPLES_PER_SECOND if recorded else 0.0
            return Sentence(recorded.path if recorded else self._cache.path(key), seconds, (joined.text,))

    def _longest(self, language: str, sounds: Sequence[Sound]) -> Recorded | None:
        """Of the recordings among `sounds`, the one that says most."""
        clips = (self._recordings.get((language, sound.name)) for sound in sounds if isinstance(sound, Clip))
        return max((clip for clip in clips if clip), key=lambda clip: len(clip.octets), default=None)
