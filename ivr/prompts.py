"""The script of a language: from a sentence and its values to the sounds that say it.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.desk import Count, Digits, Moment, Name, Slot, Value
from ivr.numbers import Word, count_words, digit_words, moment_words

GAP_MILLISECONDS = 250

_PIECE = re.compile(r"\{(\w+)\}")
_GROUP = re.compile(r"\[([^\[\]]*)\]")
_SOUNDLESS = re.compile(r"[\W_]*")
_MARKS = "，。：；,.:;"  # a breath


class ScriptFault(Exception):
    """A script cannot be used: mend the sentence that the text names."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recorded piece of the script: `name` is its file, `text` what it says."""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that are made when they are needed.  `first_language` is preferred where a word could be either."""

    text: str
    first_language: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    milliseconds: int = GAP_MILLISECONDS


@dataclass(frozen=True, slots=True)
class Tone:
    """The tone after which a recording begins: `{tone}` in a script."""


Sound = Clip | Spoken | Pause | Tone


def spoken_name(name: Name, language: str) -> Spoken | None:
    """A name as it is said in a language: its own words for it, else the other's; None if there are none."""
    preferred = (name.zh or name.en) if language == "zh" else (name.en or name.zh)
    return Spoken(preferred, language) if preferred else None


@dataclass(frozen=True, slots=True)
class _Hole:
    name: str


@dataclass(frozen=True, slots=True)
class _Group:
    pieces: tuple[Clip | Pause | _Hole, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Script:
    """One language's sentences, ready to be said."""

    language: str
    sentences: Mapping[str, tuple[_Group, ...]]
    words: Mapping[str, Clip]

    def clips(self) -> tuple[Clip, ...]:
        """Every recorded piece, by name."""
        pieces = [piece for groups in self.sentences.values() for group in groups for piece in group.pieces]
        found = [piece for piece in pieces if isinstance(piece, Clip)] + list(self.words.values())
        return tuple(sorted(found, key=lambda clip: clip.name))

    def sounds(self, key: str, slots: tuple[Slot, ...] = ()) -> tuple[Sound, ...]:
        """The sounds of a sentence.  An unknown value leaves its optional group out, or itself.

        Raises ScriptFault for a sentence that the script does not have.
        """
        groups = self.sentences.get(key)
        if groups is None:
            raise ScriptFault(f"{self.language}: the script has no sentence {key!r}")
        values = {slot.name: slot.value for slot in slots}
        sounds: list[Sound] = []
        for group in groups:
            holes = [piece.name for piece in group.pieces if isinstance(piece, _Hole)]
            if group.optional and not all(self._sayable(values.get(name)) for name in holes):
                continue
            for piece in group.pieces:
                if isinstance(piece, Pause) and sounds and isinstance(sounds[-1], Pause):
                    continue
                if not isinstance(piece, _Hole):
                    sounds.append(piece)
                elif piece.name == "tone":
                    sounds.append(Tone())
                elif self._sayable(values.get(piece.name)):
                    sounds.extend(self._value(values[piece.name]))
        while sounds and isinstance(sounds[-1], Pause):
            sounds.pop()
        return tuple(sounds)

    def _sayable(self, value: Value | None) -> bool:
        return bool(value.zh or value.en) if isinstance(value, Name) else value is not None

    def _value(self, value: Value) -> list[Sound]:
        match value:
            case Digits():
                return self._words(digit_words(value.digits))
            case Count():
                return self._words(count_words(value.number, self.language))
            case Moment():
                return self._words(moment_words(value, self.language))
            case Name():
                spoken = spoken_name(value, self.language)
                return [spoken] if spoken else []

    def _words(self, words: tuple[Word, ...]) -> list[Sound]:
        return [Pause() if word is None else self.words[word] for word in words]


def read_script(language: str, table: Mapping[str, object]) -> Script:
    """A parsed script.toml as a Script.  Raises ScriptFault with the sentence that is wrong."""
    sentences = {key: _sentence(language, key, text) for key, text in _section(language, table, "sentences").items()}
    words = {key: Clip(key, text) for key, text in _section(language, table, "words").items()}
    clash = sorted({clip.name for groups in sentences.values() for g in groups for clip in _clips(g)} & set(words))
    if clash:
        raise ScriptFault(f"{language}: {', '.join(clash)} is both a sentence and a word")
    return Script(language, sentences, words)


def _clips(group: _Group) -> list[Clip]:
    return [piece for piece in group.pieces if isinstance(piece, Clip)]


def _section(language: str, table: Mapping[str, object], name: str) -> dict[str, str]:
    section = table.get(name)
    if not isinstance(section, dict) or not all(isinstance(text, str) and text for text in section.values()):
        raise ScriptFault(f"{language}: [{name}] must be a table of texts")
    return section


def _sentence(language: str, key: str, text: str) -> tuple[_Group, ...]:
    parts = _GROUP.split(text)
    if any(mark in part for part in parts for mark in "[]"):
        raise ScriptFault(f"{language}: {key}: brackets must be closed and not nested")
    texts = [run for part in parts for run in _PIECE.split(part)[::2] if not _SOUNDLESS.fullmatch(run)]
    numbered = len(texts) > 1 or bool(_PIECE.search(text))
    taken = 0
    groups = []
    for index, part in enumerate(parts):
        pieces: list[Clip | Pause | _Hole] = []
        for place, run in enumerate(_PIECE.split(part)):
            if place % 2:
                pieces.append(_Hole(run))
            elif "{" in run or "}" in run:
                raise ScriptFault(f"{language}: {key}: a placeholder is {{name}}, in letters, digits and _")
            elif not _SOUNDLESS.fullmatch(run):
                taken += 1
                if run.strip()[0] in _MARKS:
                    pieces.append(Pause())
                pieces.append(Clip(f"{key}-{taken}" if numbered else key, run.strip("，。：, ").lstrip(". ")))
                if run.strip()[-1] in _MARKS:
                    pieces.append(Pause())
            elif run.strip():
                pieces.append(Pause())
        if pieces:
            groups.append(_Group(tuple(pieces), optional=bool(index % 2)))
    return tuple(groups)
