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
    synthesis = Synthesis(SpeechSettings(rate_zh=200, deadline_seconds=3.0))
    try:
        for language, clip in stale:
            (folder / language / f"{clip.name}.ulaw").write_bytes(synthesis.speak(clip.text, language))
    except SpeechUnavailable as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    for language in {language for language, _ in _clips(folder)}:
        rows = [f"{clip.name} {_hash(clip)}" for owner, clip in _clips(folder) if owner == language]
        (folder / language / _MADE).write_text("\n".join(sorted(rows)) + "\n", "utf-8")
    sys.stdout.write(f"{len(stale)} prompts made in {folder}\n")
    return 0


def _clips(folder: Path) -> list[tuple[str, Clip]]:
    return [(language, clip) for language, script in load_scripts(folder).items() for clip in script.clips()]


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
