"""What a run of telephone keys means: in the entry of a code, and where one key is asked for.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Heard(StrEnum):
    """Everything that the dialogue can be told.  The columns of its table."""

    # entry of a code
    CODE = "code"
    SHORT = "short"
    LONG = "long"
    CLEARED = "cleared"
    # one key
    ONE = "1"
    TWO = "2"
    THREE = "3"
    NINE = "9"
    OTHER = "other key"
    # both
    SILENCE = "silence"
    HASH = "#"
    STAR = "*"
    ZERO = "0"
    # from the desk and the recorder
    KNOWN = "known"
    MISSED = "missed"
    FAILED = "failed"
    RECORDED = "recorded"
    NOTHING = "nothing recorded"
    DONE = "done"
    # at any time
    TIME_UP = "time up"
    HUNG_UP = "hung up"


@dataclass(frozen=True, slots=True)
class Keyed:
    """Keys that the caller pressed; `finished`: by `#`, or by as many keys as were asked for, and not by silence."""

    keys: str
    finished: bool


def clear(keys: str) -> str:
    """What stands after the last `*`, which clears."""
    return keys.rpartition("*")[2]


_ALONE = {"0": Heard.ZERO, "9": Heard.NINE}


def read_entry(keyed: Keyed, code_lengths: tuple[int, ...]) -> Heard:
    """Classify an entry.  A lone `*` changes the language, a lone 0 asks for a person, a lone 9 is to report."""
    digits = clear(keyed.keys)
    if not digits:
        if keyed.keys == "*":
            return Heard.STAR
        if keyed.keys:
            return Heard.CLEARED
        return Heard.HASH if keyed.finished else Heard.SILENCE
    if digits in _ALONE:
        return _ALONE[digits]
    if len(digits) in code_lengths:
        return Heard.CODE
    return Heard.LONG if len(digits) > max(code_lengths) else Heard.SHORT


_KEYS = {"1": Heard.ONE, "2": Heard.TWO, "3": Heard.THREE, "9": Heard.NINE, "0": Heard.ZERO, "*": Heard.STAR}


def read_key(keyed: Keyed) -> Heard:
    """Classify one key of a menu."""
    if not keyed.keys:
        return Heard.HASH if keyed.finished else Heard.SILENCE
    return _KEYS.get(keyed.keys[0], Heard.OTHER)
