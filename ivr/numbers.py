"""Digits, numbers and dates as the words of a script, in Chinese and English.  Pure."""

from __future__ import annotations

from ivr.desk import Moment

Word = str | None  # the name of a word's recording, or None for a pause

COUNT_LIMIT = 99_999


def digit_words(digits: str) -> tuple[Word, ...]:
    """One by one in groups of four: 81234 is 8 1 2 3, pause, 4.

    >>> digit_words("81234")
    ('digit_8', 'digit_1', 'digit_2', 'digit_3', None, 'digit_4')
    """
    words: list[Word] = []
    for index, digit in enumerate(digits):
        if index and index % 4 == 0:
            words.append(None)
        words.append(f"digit_{digit}")
    return tuple(words)


def count_words(number: int, language: str) -> tuple[Word, ...]:
    """A number before a measure word.  Beyond 99,999 it is said as 99,999.

    >>> count_words(2, "zh"), count_words(105, "zh")
    (('number_two',), ('number_1', 'hundred', 'number_0', 'number_5'))
    """
    number = max(0, min(number, COUNT_LIMIT))
    if language == "zh":
        return ("number_two",) if number == 2 else tuple(_chinese(number))
    return tuple(_english(number))


def moment_words(moment: Moment, language: str) -> tuple[Word, ...]:
    """A date, and its time of day if it has one."""
    return tuple(_chinese_moment(moment) if language == "zh" else _english_moment(moment))


def _chinese(number: int) -> list[str]:
    if number < 10:
        return [f"number_{number}"]
    words: list[str] = []
    skipped = False
    for unit, name in ((10_000, "ten_thousand"), (1000, "thousand"), (100, "hundred"), (10, "ten"), (1, "")):
        figure = number // unit % 10
        if not figure:
            skipped = bool(words)
            continue
        if skipped:
            words.append("number_0")
            skipped = False
        if not (unit == 10 and figure == 1 and not words):  # shi, not yi shi
            words.append(f"number_{figure}")
        if name:
            words.append(name)
    return words


def _english(number: int) -> list[str]:
    if number < 20:
        return [f"number_{number}"]
    if number < 100:
        units = [f"number_{number % 10}"] if number % 10 else []
        return [f"number_{number // 10 * 10}", *units]
    if number < 1000:
        return [*_english(number // 100), "hundred", *(_english(number % 100) if number % 100 else [])]
    return [*_english(number // 1000), "thousand", *(_english(number % 1000) if number % 1000 else [])]


def _chinese_moment(moment: Moment) -> list[str]:
    year = [f"number_{digit}" for digit in str(moment.year)]
    words = [*year, "year", *_chinese(moment.month), "month", *_chinese(moment.day), "day"]
    if moment.hour is not None:
        words += ["number_two"] if moment.hour == 2 else _chinese(moment.hour)
        words += ["hour"]
        if moment.minute:
            zero = ["number_0"] if moment.minute < 10 else []
            words += [*zero, *_chinese(moment.minute), "minute"]
    return words


def _english_moment(moment: Moment) -> list[str]:
    century, rest = divmod(moment.year, 100)
    if moment.year % 1000 < 10:  # two thousand eight
        year = _english(moment.year)
    else:
        year = [*_english(century), *(["oh"] if rest < 10 else []), *_english(rest)]
    words = [f"month_{moment.month}", f"day_{moment.day}", *year]
    if moment.hour is not None:
        words += ["at", *_english(moment.hour)]
        if not moment.minute:
            words += ["hours"]
        else:
            words += [*(["oh"] if moment.minute < 10 else []), *_english(moment.minute)]
    return words
