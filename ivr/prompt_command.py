"""Make the shipped prompts from the scripts, or say which are missing: `python -m ivr.prompt_command make`."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from ivr.prompts import Clip
from ivr.settings import SpeechSettings
from ivr.speech import load_scripts
from ivr.synthesis import SpeechUnavailable, Synthesis

_MADE = "made.txt"  # name and hash of the text that each prompt was made from
_DIGIT = "digit_"  # of a code that is read back, to be compared with a label
_RATES_ZH = (200, 150)  # words a minute, of sentences and of such digits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", choices=["make", "check"], help="make prompts whose text changed, or list them")
    parser.add_argument("--folder", type=Path, default=Path("templates/voice"), help="where <language>/script.toml is")
    parser.add_argument("--all", action="store_true", help="make every prompt again")


def run(arguments: argparse.Namespace) -> int:
    """0 if every prompt is there and up to date, else 1."""
    folder: Path = arguments.folder
    stale = [
        (language, clip) for language, clip in _clips(folder) if arguments.all or _is_stale(folder, language, clip)
    ]
    if arguments.what == "check":
        for language, clip in stale:
            sys.stdout.write(f"{folder}/{language}/{clip.name}.ulaw is missing or older than its text: {clip.text}\n")
        return 1 if stale else 0
    fluent, dictated = (Synthesis(SpeechSettings(rate_zh=rate, deadline_seconds=3.0)) for rate in _RATES_ZH)
    try:
        for language, clip in stale:
            voice = dictated if clip.name.startswith(_DIGIT) else fluent
            (folder / language / f"{clip.name}.ulaw").write_bytes(voice.speak(clip.text, language))
    except SpeechUnavailable as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    for language in {language for language, _ in _clips(folder)}:
        rows = [f"{clip.name} {_hash(clip)}" for owner, clip in _clips(folder) if owner == language]
        _forget(folder / language, {row.split()[0] for row in rows})
        (folder / language / _MADE).write_text("\n".join(sorted(rows)) + "\n", "utf-8")
    sys.stdout.write(f"{len(stale)} prompts made in {folder}\n")
    return 0


def _clips(folder: Path) -> list[tuple[str, Clip]]:
    return [(language, clip) for language, script in load_scripts(folder).items() for clip in script.clips()]


def _forget(folder: Path, said: set[str]) -> None:
    """Remove what was made for a text that is not said any more; somebody's own recordings stay."""
    made = folder / _MADE
    for row in made.read_text("utf-8").splitlines() if made.exists() else ():
        name = row.split()[0]
        if name not in said:
            (folder / f"{name}.ulaw").unlink(missing_ok=True)


def _is_stale(folder: Path, language: str, clip: Clip) -> bool:
    made = folder / language / _MADE
    rows = set(made.read_text("utf-8").splitlines()) if made.exists() else set()
    return not (folder / language / f"{clip.name}.ulaw").exists() or f"{clip.name} {_hash(clip)}" not in rows


def _hash(clip: Clip) -> str:
    return hashlib.sha256(clip.text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    command = argparse.ArgumentParser(description=__doc__)
    add_arguments(command)
    sys.exit(run(command.parse_args()))
