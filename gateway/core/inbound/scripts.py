"""One alphabet for whatever a phone can type: the same text with every digit, dash and space in its plain form.

Folding is one to one, so that a place in the folded text is the same place in the text it was made from (after the
invisible characters are gone).  Chinese numerals and digits in ornaments (①, ²) become the private-use characters
U+E000 to U+E009: whether 一 is a digit or a word is decided later, by what stands beside it.
"""

from __future__ import annotations

import unicodedata
from itertools import chain

CHINESE_ZERO = "\ue000"
CHINESE = "".join(chr(0xE000 + value) for value in range(10))
ROUND = "○"  # a zero among Chinese numerals (二○○八), an unreadable digit among others
UNREADABLE = "*"

_CHINESE_DIGITS = ("〇零", "一壹幺弌", "二贰貳两兩弍", "三叁參叄弎", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
_PLAIN = {
    "-": "−ーｰ⁃˗﹘─━",  # what is used as a dash without being in the category Pd
    "~": "～〜∼",
    "·": "·•‧・∙⋅･ꞏ",
    ".": "。．｡…﹒",
    ",": "，、､﹐﹑،",
    ";": "；﹔؛",
    ":": "：﹕",
    "/": "／⁄∕",
    "_": "＿",
    "|": "｜│︱",
    " ": "\u2800\u3164\u115f\u1160\uffa0",  # letters by category that show nothing
    "\n": "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
    "?": "？﹖؟",
    UNREADABLE: "＊□■▢▣◻◼◽◾☐●×✕✖✗✘❌\ufffd",
    ROUND: "◯⭕",
    "O": "ОоΟο",  # Cyrillic and Greek
}
_FOLDED_RANGES = ((0x2070, 0x2100), (0x2460, 0x2500), (0xFE50, 0xFFE0), (0x1D400, 0x1D800))
_MARKS = chain(range(0x0300, 0x0370), range(0x20D0, 0x2100), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_KEPT_CONTROLS = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x85"
_LAST_DIGIT = 0x20000  # no digits are assigned above


def _invisible() -> dict[int, None]:
    """Zero-width, bidi and other format characters, controls, and marks that sit on a digit (keycaps, strokes)."""
    unseen = dict.fromkeys(_MARKS)
    for point in chain(range(0x20000), range(0xE0000, 0xE0200)):
        if unicodedata.category(chr(point)) in ("Cf", "Cc") and chr(point) not in _KEPT_CONTROLS:
            unseen[point] = None
    return unseen


def _folding() -> dict[int, str]:
    table: dict[int, str] = {}
    for point in chain.from_iterable(range(*limits) for limits in _FOLDED_RANGES):
        plain = unicodedata.normalize("NFKC", chr(point))
        if len(plain) == 1 and plain.isascii() and not plain.isdigit():
            table[point] = plain
    for point in range(0x80, _LAST_DIGIT):
        character = chr(point)
        category = unicodedata.category(character)
        if category in ("Nd", "No") and (value := unicodedata.digit(character, None)) is not None:
            table[point] = str(value) if category == "Nd" else CHINESE[value]  # ① may count codes instead
        elif category == "Pd":
            table[point] = "-"
        elif category == "Zs":
            table[point] = " "
    table |= dict.fromkeys(range(0xE000, 0xF900), "□")  # private use: ours to give meaning
    for plain, characters in _PLAIN.items():
        table |= {ord(character): plain for character in characters}
    for value, characters in enumerate(_CHINESE_DIGITS):
        table |= {ord(character): CHINESE[value] for character in characters}
    return table


_INVISIBLE = _invisible()
_FOLDING = _folding()
_CHINESE_VALUES = {ord(character): str(value) for value, character in enumerate(CHINESE)}
_LETTERS = str.maketrans("OolI|", "00111")
_READ = _CHINESE_VALUES | _LETTERS | {ord(mark): UNREADABLE for mark in "?xX" + ROUND}


def visible(text: str) -> str:
    """The text without characters that do not show."""
    return text if text.isascii() and text.isprintable() else text.translate(_INVISIBLE)


def folded(text: str) -> str:
    """A visible text in the plain alphabet, character for character."""
    return text if text.isascii() else text.translate(_FOLDING)


def read_digits(run: str) -> str:
    """A folded run as ASCII digits: letters mapped (O, o to 0; l, I, | to 1), unreadable places as `*`."""
    if run.isdigit():
        return run
    if ROUND in run and any(character in CHINESE for character in run):
        run = run.replace(ROUND, CHINESE_ZERO)
    return run.translate(_READ)
