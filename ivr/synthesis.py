"""Words into 8 kHz mu-law by commands of the system: espeak-ng and sox, or whatever the configuration names.

Blocking: run it in a worker thread.  Debian 12's espeak-ng reads pinyin as English unless the voice is
`cmn-latn-pinyin`, fed with pinyin and tone numbers.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from ivr.loudness import evened
from ivr.settings import SpeechSettings

SAMPLES_PER_SECOND = 8000
TEXT_LIMIT = 400
_MAKING = 2  # counts changes in how speech is made here

_RUNS = re.compile(r"[\u3400-\u9fff，。！？、；：]+|[^\u3400-\u9fff，。！？、；：]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")


class SpeechUnavailable(Exception):
    """The words could not be made into sound: install espeak-ng and sox, or record the prompt."""


def language_runs(text: str, first_language: str) -> list[tuple[str, str]]:
    """(language, words) in order; digits and signs go with the run before them, or are in `first_language`.

    >>> language_runs("福建玉泉 Spring 500", "zh")
    [('zh', '福建玉泉'), ('en', 'Spring 500')]
    """
    runs: list[tuple[str, str]] = []
    for run in _RUNS.findall(text):
        if _HAN.search(run):
            language = "zh"
        elif _LETTER.search(run):
            language = "en"
        else:
            language = runs[-1][0] if runs else first_language
        if runs and runs[-1][0] == language:
            runs[-1] = (language, runs[-1][1] + run)
        elif run.strip():
            runs.append((language, run.strip()))
    return runs


def pinyin(text: str) -> str:
    """Chinese as pinyin with tone numbers; what is not Chinese stays."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - an optional dependency, and slow to import

    syllables = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    return " ".join(syllables).translate(str.maketrans("，。！？、；：", ",.!?,;:"))


def read_lexicon(text: str) -> tuple[tuple[str, str], ...]:
    """Lines `word<TAB>how to say it`, the longest words first; `#` begins a comment."""
    rows = [line.split("\t", 1) for line in text.splitlines() if "\t" in line and not line.startswith("#")]
    return tuple(sorted(((word, said.strip()) for word, said in rows), key=lambda row: -len(row[0])))


def missing_commands(settings: SpeechSettings) -> list[str]:
    """The programs among the configured commands that are not to be found on PATH."""
    engines = [engine for engine in (settings.engine_zh, settings.engine_en) if engine]
    programs = [shlex.split(command)[0] for command in (*engines, settings.convert)] if engines else []
    return [program for program in dict.fromkeys(programs) if shutil.which(program) is None]


class Synthesis:
    """The configured engines.  `lexicon` replaces words before they are spoken."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._settings = settings
        lexicon = settings.lexicon.read_text("utf-8") if settings.lexicon else ""
        self._lexicon = read_lexicon(lexicon)
        self.identity = repr((_MAKING, settings, self._lexicon))  # a changed voice must not find the old one's cache

    def speak(self, text: str, first_language: str, slower: bool = False) -> bytes:
        """The sound of `text`.  Raises SpeechUnavailable."""
        for word, said in self._lexicon:
            text = text.replace(word, said)
        runs = language_runs(text[:TEXT_LIMIT], first_language)
        return b"".join(self._run(language, words, slower) for language, words in runs)

    def _run(self, language: str, words: str, slower: bool) -> bytes:
        settings = self._settings
        engine = settings.engine_zh if language == "zh" else settings.engine_en
        rate = settings.rate_zh if language == "zh" else settings.rate_en
        if not engine:
            raise SpeechUnavailable(f"no engine is configured for {language}")
        said = pinyin(words) if language == "zh" and settings.pinyin else words
        with tempfile.TemporaryDirectory(prefix="zhenma-speech-") as folder:
            wav, raw = str(Path(folder, "said.wav")), str(Path(folder, "said.ulaw"))
            fill = {"text": f" {said}", "rate": str(rate * 3 // 4 if slower else rate)}
            self._command(engine, {**fill, "out": wav})
            self._command(settings.convert, {"in": wav, "out": raw})
            return evened(Path(raw).read_bytes())

    def _command(self, template: str, fill: dict[str, str]) -> None:
        # split first, filled in afterwards: a name can be no option and no second command
        words = [re.sub(r"\{(\w+)\}", lambda hole: fill.get(hole[1], hole[0]), word) for word in shlex.split(template)]
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=self._settings.deadline_seconds * 10)
        except (OSError, subprocess.SubprocessError, ValueError) as exc:
            raise SpeechUnavailable(f"{words[0]} failed: {exc}") from exc
