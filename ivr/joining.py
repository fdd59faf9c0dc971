"""Sounds joined into one: raw mu-law joins octet by octet.  Blocks while words are spoken."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twisted.logger import Logger

from ivr.prompts import Clip, Pause, Sound, Spoken, Tone
from ivr.sound_cache import SoundCache
from ivr.synthesis import SAMPLES_PER_SECOND, SpeechUnavailable, Synthesis

_SILENCE = b"\xff"  # mu-law for zero
_MILLIWATT = bytes.fromhex("1e0b0b1e9e8b8b9e")  # 1 kHz in mu-law (ITU-T G.711, table 6)
_TONE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Recorded:
    """A prompt's recording: its path without extension, its sound, and a digest of the sound."""

    path: str
    octets: bytes
    digest: str


Recordings = Mapping[tuple[str, str], Recorded]  # by language and name


def read_recordings(languages: Sequence[str], folders: Sequence[Path]) -> Recordings:
    """Every recording in <folder>/<language>/*.ulaw; of two with the same name the later folder's wins."""
    found: dict[tuple[str, str], Recorded] = {}
    for language in languages:
        for folder in folders:
            for path in sorted((folder / language).glob("*.ulaw")):
                octets = path.read_bytes()
                digest = hashlib.sha256(octets).hexdigest()
                found[language, path.stem] = Recorded(str(path.with_suffix("").absolute()), octets, digest)
    return found


@dataclass(frozen=True, slots=True)
class Joined:
    """A sentence's sound, its text, and the pieces that could not be had."""

    octets: bytes
    text: str
    missing: tuple[str, ...]


class Joining:
    """Recordings where there are any, speech for names; what is spoken is kept, name by name."""

    _log = Logger()

    def __init__(self, synthesis: Synthesis, cache: SoundCache) -> None:
        self._synthesis = synthesis
        self._cache = cache

    def join(self, recordings: Recordings, language: str, sounds: Sequence[Sound], slower: bool) -> Joined:
        """All in one, never empty: a tenth of a second of silence at least."""
        pieces: list[bytes] = []
        missing: list[str] = []
        for sound in sounds:
            octets = self._octets(recordings, language, sound, slower)
            if octets is None:
                missing.append(sound.name if isinstance(sound, Clip) else _text(sound))
            else:
                pieces.append(octets)
        whole = b"".join(pieces) or _SILENCE * (SAMPLES_PER_SECOND // 10)
        between = "" if language == "zh" else " "
        text = between.join(_text(sound) for sound in sounds)
        return Joined(whole, " ".join(text.split()), tuple(missing))

    def is_spoken(self, sound: Spoken, slower: bool) -> bool:
        """Whether a name's speech is there already."""
        return self._cache.seconds(self._key(sound, slower)) is not None

    def speak(self, sound: Spoken, slower: bool) -> bytes:
        """A name's speech, made now unless it is kept.  Raises SpeechUnavailable, OSError."""
        key = self._key(sound, slower)
        kept = self._cache.read(key)
        if kept is not None:
            return kept
        octets = self._synthesis.speak(sound.text, sound.first_language, slower)
        self._cache.write(key, octets, sound.text)
        return octets

    def _octets(self, recordings: Recordings, language: str, sound: Sound, slower: bool) -> bytes | None:
        match sound:
            case Pause():
                return _SILENCE * (sound.milliseconds * SAMPLES_PER_SECOND // 1000)
            case Tone():
                return _MILLIWATT * int(_TONE_SECONDS * SAMPLES_PER_SECOND / len(_MILLIWATT))
            case Clip():
                recorded = recordings.get((language, sound.name))
                return recorded.octets if recorded else None
            case Spoken():
                try:
                    return self.speak(sound, slower)
                except (SpeechUnavailable, OSError) as exc:
                    self._log.warn("{fault}", fault=str(exc)[:200])
                    return None

    def _key(self, sound: Spoken, slower: bool) -> str:
        said = repr((self._synthesis.identity, sound, slower))
        return f"name-{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _text(sound: Sound) -> str:
    match sound:
        case Clip() | Spoken():
            return sound.text
        case Pause():
            return " "
        case Tone():
            return " (tone)"
