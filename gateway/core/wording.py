"""The words of a reply: which template, with which facts, and how it is made to fit one part.

Pure: what renders and what measures are passed in.  Names of products and enterprises are shortened to fit;
warnings, counts and times never are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from gateway.core.answer import Finding
from gateway.core.registration import Registration
from gateway.core.verdicts import CodeHistory, Verdict

_CHINA_SECONDS = 8 * 3600  # UTC+8 all year
Words = Mapping[str, str | int]
Render = Callable[[str, Words], str]

SHORTENED = ("enterprise", "product", "specification", "reason")  # in this order of worth, the first cut last
_SHORTEST_NAME = 4

JUDGED = (
    Verdict.FIRST,
    Verdict.REPEATED_SAME,
    Verdict.REPEATED_OTHER,
    Verdict.OVER_LIMIT,
    Verdict.NOT_ACTIVATED,
    Verdict.EXPIRED,
    Verdict.RECALLED,
    Verdict.CANCELLED,
    Verdict.UNKNOWN,
)
WARNINGS = frozenset(JUDGED) - {Verdict.FIRST, Verdict.REPEATED_SAME}


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with what it was judged by; `registration` and `history` are None where they say nothing."""

    finding: Finding
    registration: Registration | None
    history: CodeHistory | None


def words_of(judged: Judged, language: str) -> dict[str, str | int]:
    """Everything that a template may say of one code.  Times are China's (GB/T 7408: MM-DD hh:mm)."""
    code = judged.finding.code
    words: dict[str, str | int] = {"tail": code[-4:], "length": 20 if code.startswith("8") else len(code)}
    if judged.registration is not None:
        words |= _words_of_registration(judged.registration, language)
    if judged.history is not None:
        words |= _words_of_history(judged.history)
    return words


def _words_of_registration(registration: Registration, language: str) -> dict[str, str | int]:
    product = registration.product
    return {
        "product": in_language(product.name, language) if product else "",
        "enterprise": in_language(product.enterprise, language) if product else "",
        "specification": product.specification if product else "",
        "produced": registration.produced_on.replace("-", ""),
        "expires": registration.expires_on,
        "level": registration.level,
        "reason": registration.reason,
    }


def _words_of_history(history: CodeHistory) -> dict[str, str | int]:
    return {
        "first_time": china_time(history.first_at),
        "earlier": history.queries - 1,
        "callers": history.callers,
        "others": history.callers - 1,
        "mine": history.mine_before + 1,
    }


def in_language(names: Mapping[str, str], language: str) -> str:
    """The name in `language`, else the Chinese one, else whichever there is."""
    return names.get(language) or names.get("zh") or next(iter(names.values()), "")


def china_time(at: float) -> str:
    """`at` (Unix time, seconds) as month, day and minute in China."""
    return _minute(int(at // 60))


def china_day(at: float) -> str:
    """The ISO 8601 day in China at `at` (Unix time, seconds)."""
    return _day(int((at + _CHINA_SECONDS) // 86_400))


@lru_cache(maxsize=4096)
def _minute(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60 + _CHINA_SECONDS, UTC).strftime("%m-%d %H:%M")


@lru_cache(maxsize=64)
def _day(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def fit(render: Render, template: str, words: dict[str, str | int], overrun: Callable[[str], int]) -> str:
    """Render `template`, its names cut as far as needed for `overrun(text)` to be 0 or less.

    `overrun` counts the characters beyond one part.  Where even the shortest names do not fit, the text stays too
    long: a second part is better than a warning that is cut.
    """
    text = render(template, words)
    excess = overrun(text)
    for name in reversed(SHORTENED):
        if excess <= 0:
            break
        value = str(words.get(name, ""))
        if value and value in text:
            words = {**words, name: shortened(value, excess)}
            text = render(template, words)
            excess = overrun(text)
    return text


def shortened(name: str, excess: int) -> str:
    """`name` less `excess` characters, the mark of omission included, down to four characters and the mark."""
    mark = ".." if name.isascii() else "…"  # GSM 03.38 has no ellipsis: it would double the cost of an English text
    keep = max(_SHORTEST_NAME, len(name) - excess - len(mark))
    return name if keep >= len(name) - len(mark) else name[:keep] + mark
