"""From sentences to sound files that Asterisk can play: recordings first, then shipped prompts, then speech.

One file per sentence: its pieces are joined (raw mu-law joins byte by byte) and kept under the hash of their content.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ivr.prompts import Clip, Pause, Script, ScriptFault, Sound, Spoken, Tone, read_script
from ivr.settings import VoiceSettings
from ivr.synthesis import SAMPLES_PER_SECOND, SpeechUnavailable, Synthesis
from ivr.talk import LANGUAGES, Line

_SILENCE = b"\xff"  # mu-law for zero
_MILLIWATT = bytes.fromhex("1e0b0b1e9e8b8b9e")  # 1 kHz in mu-law (ITU-T G.711, table 6)
_TONE_SECONDS = 0.3
_SLOW_PAUSE_MILLISECONDS = 120
_LINE_PAUSE = Pause(300)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sound ready to be played.  `path` has no extension; `missing` names pieces that are left out."""

    path: str
    plays_seconds: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptFault:
    """A prompt that is missing or out of date: what, and what to do."""

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


class Speech:
    """All sentences of all languages.  `in_thread` runs a blocking function and gives its result as a Deferred."""

    _log = Logger()

    def __init__(
        self,
        settings: VoiceSettings,
        clock: IReactorTime,
        in_thread: Callable[[Callable[[], Sentence]], Deferred[Sentence]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._in_thread = in_thread
        self._synthesis = Synthesis(settings.speech)
        self._sentences: dict[str, Sentence] = {}
        self._scripts: dict[str, Script] = {}
        self._recordings: dict[tuple[str, str], tuple[Path, bytes]] = {}
        self.reload()

    def reload(self) -> None:
        """Read scripts and recordings again; calls in progress go on.  Raises ScriptFault and changes nothing."""
        scripts = load_scripts(self._settings.prompts_folder)
        folders = [self._settings.prompts_folder, self._settings.override_folder]
        found: dict[tuple[str, str], tuple[Path, bytes]] = {}
        for language in scripts:
            for folder in folders:  # the override comes last and wins
                for path in sorted((folder / language).glob("*.ulaw")) if folder else []:
                    found[language, path.stem] = (path.with_suffix("").absolute(), path.read_bytes())
        self._scripts, self._recordings = scripts, found
        self._sentences = {}
        self._settings.cache_folder.mkdir(parents=True, exist_ok=True, mode=0o755)

    def faults(self) -> tuple[PromptFault, ...]:
        """Prompts that the script has and no recording says."""
        return tuple(
            PromptFault(language, clip.name, f"record {language}/{clip.name}.ulaw: {clip.text}")
            for language, script in self._scripts.items()
            for clip in script.clips()
            if (language, clip.name) not in self._recordings
        )

    def sentence(self, language: str, lines: Sequence[Line], slower: bool = False) -> Deferred[Sentence]:
        """The file that says `lines`.  Never fails: what cannot be said in time is left out and named in `missing`."""
        sounds = self._sounds(language, lines, slower)
        key = self._key(language, sounds, slower)
        ready = self._sentences.get(key)
        if ready is not None:
            return succeed(ready)
        if not any(isinstance(sound, Spoken) for sound in sounds):
            return succeed(self._render(key, language, sounds, slower))
        made = self._in_thread(lambda: self._render(key, language, sounds, slower))
        made.addTimeout(self._settings.speech.deadline_seconds, self._clock)
        made.addErrback(self._without_names, key, language, sounds, slower)
        return made

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
            if isinstance(sound, Clip):
                digest.update(hashlib.sha256(self._recordings.get((language, sound.name), (None, b""))[1]).digest())
        return digest.hexdigest()[:32]

    def _render(self, key: str, language: str, sounds: Sequence[Sound], slower: bool) -> Sentence:
        """Join and write.  Runs in a worker thread when names are to be spoken."""
        missing: list[str] = []
        single = sounds[0] if len(sounds) == 1 else None
        if isinstance(single, Clip) and (language, single.name) in self._recordings:
            path, octets = self._recordings[language, single.name]
        else:
            path = (self._settings.cache_folder / key).absolute()
            file = path.with_suffix(".ulaw")
            if file.exists():
                octets = file.read_bytes()
            else:
                octets = b"".join(self._octets(language, sound, slower, missing) for sound in sounds)
                octets = octets or _SILENCE * (SAMPLES_PER_SECOND // 10)
                if missing:  # must not be found later as if it were whole
                    path = path.with_name(f"{key}-partial")
                _write(path.with_suffix(".txt"), "".join(_text(sound) for sound in sounds).strip().encode())
                _write(path.with_suffix(".ulaw"), octets)
        sentence = Sentence(str(path), len(octets) / SAMPLES_PER_SECOND, tuple(missing))
        if not missing and len(self._sentences) < 100_000:
            self._sentences[key] = sentence
        return sentence

    def _octets(self, language: str, sound: Sound, slower: bool, missing: list[str]) -> bytes:
        match sound:
            case Pause():
                return _SILENCE * (sound.milliseconds * SAMPLES_PER_SECOND // 1000)
            case Tone():
                return _MILLIWATT * int(_TONE_SECONDS * SAMPLES_PER_SECOND / len(_MILLIWATT))
            case Spoken():
                try:
                    return self._synthesis.speak(sound.text, sound.first_language, slower)
                except SpeechUnavailable as exc:
                    self._log.warn("{fault}", fault=str(exc)[:200])
            case Clip():
                recording = self._recordings.get((language, sound.name))
                if recording is not None:
                    return recording[1]
        missing.append(sound.name if isinstance(sound, Clip) else sound.text)
        return b""


def _text(sound: Sound) -> str:
    match sound:
        case Clip() | Spoken():
            return sound.text
        case Pause():
            return " "
        case Tone():
            return " (tone)"


def _write(file: Path, octets: bytes) -> None:
    part = file.with_suffix(f"{file.suffix}.{os.getpid()}.part")
    part.write_bytes(octets)
    part.chmod(0o644)  # Asterisk may run as another user
    part.replace(file)
