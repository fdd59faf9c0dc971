"""Runs of digits in a folded text, and the chains that separators make of them.

One pass: a regular expression of a single character class finds the runs, and what lies between two runs either
joins them (separators only) or parts them (a word, a bracket, an emoji).  Nothing here backtracks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.codes import CODE_DIGITS, LEGACY_DIGITS, is_code
from gateway.core.inbound.scripts import CHINESE, ROUND, UNREADABLE, read_digits

_RUN = re.compile(rf"[0-9{CHINESE}OolI|?xX{ROUND}{UNREADABLE}]+")
_PLAIN = re.compile(r"[0-9]+")
_UNSTROKED = re.compile(r"[^|]+")
_REAL_DIGIT = re.compile(rf"[0-9{CHINESE}]")
_SEPARATORS = frozenset(" \t\r\n-~.,;:/\\_·#+|")
_LETTERS_OF_RUNS = "OolIxX"
_QUANTITY = re.compile(
    r"\s?(?:元|块|角|分钱|毫升|升|克|千克|公斤|斤|两|瓶|盒|箱|袋|支|包|件|年|月|日|号楼|个|%|％|°|℃|度"
    r"|(?:ml|kg|g|mg|cm|mm|pcs|rmb|yuan|usd)(?![a-z]))",
    re.IGNORECASE,
)
_WORD_NUMERALS = 3  # so many Chinese numerals beside a word may be part of it: 查一下, 三一五
LETTER = "letter"
_BLANKS = frozenset(" \t")
STRENGTH = "\n;,|#+~: /\\_-·."  # of separators, the one that divides most first


@dataclass(frozen=True, slots=True)
class Piece:
    """Digits without a gap.  `digits` has `*` for what cannot be read; `start` and `end` are places in the text.

    `joint` is what stands before the piece: "" where a word or nothing parts it from what came before, LETTER for
    one letter between two digits, otherwise the strongest separator in between.
    """

    start: int
    end: int
    digits: str
    joint: str = ""
    chinese: bool = False  # Chinese numerals only
    marks: bool = False  # nothing but letters and unreadable places: a piece only between others


Chain = list[Piece]


def chains_of(text: str) -> list[Chain]:
    """The chains of a folded text, in order; each piece but the first is joined to the one before it."""
    chains: list[Chain] = []
    end_of_last = -1
    for start, end in _runs(text):
        joint = _joint(text, end_of_last, start) if chains else ""
        piece = _piece(text, start, end, joint)
        if piece is None:
            continue
        if not piece.joint or not chains:
            chains.append([piece])
        elif _is_quantity(text, piece):
            whole_part = [chains[-1].pop()] if piece.joint == "." else []
            chains.append([*whole_part, piece])
        else:
            chains[-1].append(piece)
        end_of_last = piece.end
    return [kept for chain in chains if chain and (kept := _without_edge_marks(chain))]


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Places of runs; a run with a stroke in it (8123|4567) is several unless the strokes are read as ones.

    So is a run of unbroken codes between letters or Chinese numerals (①8123…②8123…), which belong to no code.
    """
    for match in _RUN.finditer(text):
        start, end = match.span()
        run = match[0]
        if run.isdigit() or end - start in (CODE_DIGITS, LEGACY_DIGITS):
            yield start, end
        elif _holds_only_codes(run):
            yield from ((start + part.start(), start + part.end()) for part in _PLAIN.finditer(run))
        elif "|" in run:
            yield from ((start + part.start(), start + part.end()) for part in _UNSTROKED.finditer(run))
        else:
            yield start, end


def _holds_only_codes(run: str) -> bool:
    parts = _PLAIN.findall(run) if len(run) > LEGACY_DIGITS else ()
    return bool(parts) and all(map(is_code, parts))


def _piece(text: str, start: int, end: int, joint: str) -> Piece | None:
    """The run as a piece, without the letters that belong to a word beside it; None if it is part of a word."""
    if text[start:end].isdigit():
        return Piece(start, end, text[start:end], joint)
    trimmed = start
    if start and _is_latin(text[start - 1]):
        while trimmed < end and text[trimmed] in _LETTERS_OF_RUNS:
            trimmed += 1
    kept = end
    if end < len(text) and _is_latin(text[end]):
        while kept > trimmed and text[kept - 1] in _LETTERS_OF_RUNS:
            kept -= 1
    run = text[trimmed:kept]
    if not run:
        return None
    if trimmed > start:
        joint = ""
    chinese = all(character in CHINESE for character in run)
    if chinese and len(run) <= _WORD_NUMERALS and kept < len(text) and _is_word(text[kept]):
        return None
    if (
        chinese
        and len(run) == 1
        and not joint
        and trimmed
        and _is_word(text[trimmed - 1])
        and text[kept:].strip() == ""
    ):
        return None
    return Piece(trimmed, kept, read_digits(run), joint, chinese, not _REAL_DIGIT.search(run))


def _joint(text: str, start: int, end: int) -> str:
    gap = text[start:end]
    if len(gap) == 1 and _is_latin(gap):
        return LETTER
    present = _SEPARATORS.intersection(gap)
    if not gap or len(present) < len(set(gap)):
        return ""
    if "\n" in present or "\r" in present:
        return "\n"
    return min(present - _BLANKS or " ", key=STRENGTH.index)


def _is_quantity(text: str, piece: Piece) -> bool:
    """500ml, 12元, 2008年: a number with its unit, which ends what was before it."""
    return len(piece.digits) <= 4 and _QUANTITY.match(text, piece.end) is not None


def _without_edge_marks(chain: Chain) -> Chain:
    """Letters and marks that stand alone count between digits, or where they complete the length of a code."""
    if all(piece.marks for piece in chain):
        return []
    if not chain[0].marks and not chain[-1].marks:
        return chain
    if sum(len(piece.digits) for piece in chain) in (CODE_DIGITS, LEGACY_DIGITS):
        return chain
    real = [at for at, piece in enumerate(chain) if not piece.marks]
    return chain[real[0] : real[-1] + 1]


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _is_word(character: str) -> bool:
    return character.isalpha()
