"""What the dialogue remembers and what it can do: its state, its rules and its actions.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ivr.desk import Settlement, Slot, SpokenAnswer

LANGUAGES = ("zh", "en")


class State(StrEnum):
    """Where the conversation is; the step that a call record gives."""

    ENTRY = "entry"
    LOOKING_UP = "looking_up"
    READING_BACK = "reading_back"
    SETTLING = "settling"
    MENU = "menu"
    RECORDING = "recording"
    REPORTING = "reporting"
    TEXTING = "texting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a call may have.  Counts, and seconds for `call_limit_seconds`."""

    code_lengths: tuple[int, ...] = (20, 16)
    tries: int = 3
    menu_tries: int = 3
    queries_per_call: int = 5
    reports_per_call: int = 2
    call_limit_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the script and the values for its placeholders."""

    key: str
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything that the conversation remembers.

    `known` are the final answers of this call, by code; `texted` the codes whose result was sent by SMS.
    """

    rules: Rules
    agents_open: bool = False
    language: str = "zh"
    state: State = State.ENTRY
    tries: int = 0
    code: str = ""
    answer: SpokenAnswer | None = None
    known: tuple[tuple[str, SpokenAnswer], ...] = ()
    texted: tuple[str, ...] = ()
    queries: int = 0
    reports: int = 0
    again: int = 0
    ending: str = ""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Further sentences are in this language."""

    language: str


@dataclass(frozen=True, slots=True)
class Say:
    """Say to the end: keys do not interrupt."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AskCode:
    """Say, interruptible, and listen for a code."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AskKey:
    """Say, interruptible, and listen for one key.  `slower` speaks with longer pauses."""

    lines: tuple[Line, ...]
    slower: bool = False


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the desk about a code."""

    code: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Tell the desk how the read-back of a code ended; `awaited`: its answer is then said."""

    code: str
    settlement: Settlement
    awaited: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Record a report after the beep."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """Hand the recording to the desk."""

    code: str


@dataclass(frozen=True, slots=True)
class TextResult:
    """Ask the desk for an SMS with the result."""

    code: str


@dataclass(frozen=True, slots=True)
class End:
    """The conversation is over; `ending` is finished, agent, capped, no_input or hung_up."""

    ending: str


Action = SetLanguage | Say | AskCode | AskKey | LookUp | Settle | Record | FileReport | TextResult | End
Turn = tuple[Talk, tuple[Action, ...]]
