"""From a text to what it says: see the package's docstring for the table of decisions."""

from __future__ import annotations

import re

from gateway.core.codes import CODE_DIGITS, FIRST_DIGIT
from gateway.core.inbound.faults import fault_of, gravest, may_be_piece
from gateway.core.inbound.keywords import spoken_intent, whole_intent
from gateway.core.inbound.language import language_of, without_addresses
from gateway.core.inbound.reading import Found, Reading, read_chain
from gateway.core.inbound.runs import chains_of
from gateway.core.inbound.scripts import CHINESE, folded, visible
from gateway.core.query import Intent, TextError, Understanding

MAX_CHARACTERS = 1_600
"""Longer than the ten parts that phones will send (10 x 153 septets); what is longer is not read."""
MAX_CODES = 5

_DIGIT = re.compile(rf"[0-9{CHINESE}]")
_WORD_CHARACTER = re.compile(r"[^\W\d_]")
_FEW_WORD_CHARACTERS = 6
_TOLD_WITHOUT_DOUBT = frozenset({Intent.REPORT, Intent.COMPLAINT})
_SERIOUS = frozenset({TextError.ILLEGIBLE, TextError.BAD_PREFIX, TextError.INVALID_LENGTH})


def understand(text: str, max_codes: int = MAX_CODES) -> Understanding:
    """What `text` says; at most `max_codes` codes are taken.  Linear in the text's length, and never raises."""
    if len(text) == CODE_DIGITS and text.isascii() and text.isdigit() and text[0] == FIRST_DIGIT:
        return Understanding(Intent.VERIFY, (text,))
    if len(text) > MAX_CHARACTERS:
        return Understanding(Intent.ERROR, error=TextError.TOO_LONG)
    shown = visible(text).strip()
    plain = folded(shown)
    if not plain.strip():
        return Understanding(Intent.EMPTY)
    words = plain.lower()
    whole = whole_intent(words)
    if whole is not None:
        return Understanding(whole, language=language_of(words))
    readings = [read_chain(chain) for chain in chains_of(plain)] if _DIGIT.search(plain) else []
    found = [each for reading in readings for each in reading.found]
    said = _blanked(without_addresses(words), found)
    spoken, start, end = spoken_intent(said, with_code=bool(found))
    language = language_of(said)
    codes = tuple(dict.fromkeys(each.code for each in found))
    if spoken in _TOLD_WITHOUT_DOUBT:
        remark = _remark(shown, [*((each.start, each.end) for each in found), (start, end)])
        return Understanding(spoken, codes[:max_codes], language=language, remark=remark)
    if len(codes) > max_codes:
        return Understanding(Intent.ERROR, error=TextError.TOO_MANY_CODES, language=language)
    if codes:
        return Understanding(Intent.VERIFY, codes, language=language)
    return _without_code(readings, words, spoken, language)


def _without_code(readings: list[Reading], words: str, spoken: Intent | None, language: str) -> Understanding:
    """Help and stop are done as told; digits that seem meant as a code are an error; other words are unknown."""
    loose = [digits for reading in readings for digits in reading.loose if digits]
    letters = len(_WORD_CHARACTER.findall(words))
    certain = [reading.error for reading in readings if reading.error]
    alone = not certain and (spoken is Intent.VERIFY or letters <= _FEW_WORD_CHARACTERS)
    faults = [fault_of(digits, alone=alone) for digits in loose]
    error = gravest(certain + [fault for fault in faults if fault])
    if spoken in (Intent.HELP, Intent.STOP) and error not in _SERIOUS:
        return Understanding(spoken, language=language)
    if error is None and spoken is Intent.VERIFY:
        error = TextError.NO_CODE
    if error is None and readings and not letters:
        error = TextError.INVALID_LENGTH
    if error is None:
        return Understanding(Intent.UNKNOWN, language=language)
    joinable = len(loose) == 1 and may_be_piece(loose[0]) and alone
    return Understanding(Intent.ERROR, error=error, language=language, fragment=loose[0] if joinable else "")


def _blanked(text: str, found: list[Found]) -> str:
    """The text with its codes blanked, place for place."""
    for each in found:
        text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def _remark(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without the parts at `spans`, in single spaces."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(text[at:start])
        at = max(at, end)
    kept.append(text[at:])
    return " ".join(" ".join(kept).split()).strip(" ,，.。:：;；+#-、")
