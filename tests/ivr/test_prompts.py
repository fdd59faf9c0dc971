"""Scripts, numbers and dates: what is said for which value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.desk import Count, Digits, Moment, Name, Slot
from ivr.numbers import count_words, digit_words, moment_words
from ivr.prompts import Clip, Pause, ScriptFault, Spoken, Tone, read_script
from ivr.speech import load_scripts
from ivr.talk import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = load_scripts(ROOT / "templates" / "voice")
CHINESE = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def spoken(words: tuple[str | None, ...], language: str) -> str:
    texts = [SCRIPTS[language].words[word].text for word in words if word]
    return "".join(texts) if language == "zh" else " ".join(texts)


@pytest.mark.parametrize(
    ("number", "chinese", "english"),
    [
        (0, "零", "zero"),
        (2, "两", "two"),
        (10, "十", "ten"),
        (15, "十五", "fifteen"),
        (20, "二十", "twenty"),
        (101, "一百零一", "one hundred one"),
        (110, "一百一十", "one hundred ten"),
        (1008, "一千零八", "one thousand eight"),
        (99_999, "九万九千九百九十九", "ninety nine thousand nine hundred ninety nine"),
        (20_050, "二万零五十", "twenty thousand fifty"),
        (1_000_000, "九万九千九百九十九", "ninety nine thousand nine hundred ninety nine"),
    ],
)
def test_numbers_are_said_as_people_say_them(number: int, chinese: str, english: str) -> None:
    assert spoken(count_words(number, "zh"), "zh") == chinese
    assert spoken(count_words(number, "en"), "en") == english


@pytest.mark.parametrize(
    ("moment", "chinese", "english"),
    [
        (Moment(2026, 5, 3, 10, 21), "二零二六年五月三日十点二十一分", "May third twenty twenty six at ten twenty one"),
        (Moment(2008, 12, 31), "二零零八年十二月三十一日", "December thirty-first two thousand eight"),
        (Moment(2010, 1, 10, 2, 5), "二零一零年一月十日两点零五分", "January tenth twenty ten at two oh five"),
        (Moment(2105, 1, 1, 0, 0), "二一零五年一月一日零点", "January first twenty one oh five at zero hundred hours"),
    ],
)
def test_dates_are_said_as_people_say_them(moment: Moment, chinese: str, english: str) -> None:
    assert spoken(moment_words(moment, "zh"), "zh") == chinese
    assert spoken(moment_words(moment, "en"), "en") == english


@given(st.integers(0, 99_999), st.sampled_from(LANGUAGES))
def test_every_count_has_its_recordings(number: int, language: str) -> None:
    assert set(count_words(number, language)) <= set(SCRIPTS[language].words)


@given(st.datetimes(), st.sampled_from(LANGUAGES))
def test_every_moment_has_its_recordings(at: object, language: str) -> None:
    moment = Moment(at.year, at.month, at.day, at.hour, at.minute)  # type: ignore[attr-defined] # hypothesis' datetime
    assert set(moment_words(moment, language)) <= set(SCRIPTS[language].words)


def test_digits_are_grouped_in_fours() -> None:
    assert digit_words("8123456") == (
        "digit_8", "digit_1", "digit_2", "digit_3", None, "digit_4", "digit_5", "digit_6",
    )  # fmt: skip


def script(text: str) -> object:
    return read_script("zh", {"sentences": {"a": text}, "words": {f"digit_{digit}": digit for digit in "0123456789"}})


def test_an_optional_group_is_left_out_without_its_value() -> None:
    made = read_script("zh", {"sentences": {"a": "头[，{name}，]尾"}, "words": {"x": "y"}})
    assert made.sounds("a") == (Clip("a-1", "头"), Clip("a-2", "尾"))
    with_name = made.sounds("a", (Slot("name", Name("酒")),))
    assert with_name == (Clip("a-1", "头"), Pause(), Spoken("酒", "zh"), Pause(), Clip("a-2", "尾"))


def test_a_mark_between_pieces_is_one_pause_and_none_at_the_end() -> None:
    made = read_script("zh", {"sentences": {"a": "头。[，{name}。]尾。"}, "words": {"x": "y"}})
    assert made.sounds("a") == (Clip("a-1", "头"), Pause(), Clip("a-2", "尾"))
    assert made.sounds("a", (Slot("name", Name("酒")),)) == (
        Clip("a-1", "头"), Pause(), Spoken("酒", "zh"), Pause(), Clip("a-2", "尾"),
    )  # fmt: skip


def test_a_name_falls_back_to_the_other_language_and_may_be_empty() -> None:
    made = SCRIPTS["en"]
    assert Spoken("酒", "en") in made.sounds("verdict_expired", (Slot("product", Name("酒")),))
    assert not [
        sound for sound in made.sounds("verdict_expired", (Slot("product", Name("")),)) if isinstance(sound, Spoken)
    ]


def test_a_sentence_of_one_text_is_one_recording_of_its_name() -> None:
    assert SCRIPTS["zh"].sounds("goodbye") == (Clip("goodbye", "感谢您的来电，再见"),)


def test_values_become_words_and_the_tone_ends_the_notice() -> None:
    sounds = SCRIPTS["zh"].sounds("verdict_repeated_other", (Slot("count", Count(2)), Slot("ending", Digits("19"))))
    names = [sound.name for sound in sounds if isinstance(sound, Clip)]
    assert names[:5] == ["verdict_repeated_other-1", "digit_1", "digit_9", "verdict_repeated_other-2", "number_two"]
    assert SCRIPTS["en"].sounds("recording_notice")[-1] == Tone()


@pytest.mark.parametrize("text", ["[a", "a]", "[[a]]", "{a", "a}", "{a b}"])
def test_an_unclosed_mark_names_its_sentence(text: str) -> None:
    with pytest.raises(ScriptFault, match="a:"):
        script(text)


@pytest.mark.parametrize("table", [{}, {"sentences": {"a": 1}, "words": {}}, {"sentences": {"a": ""}, "words": {}}])
def test_a_script_without_texts_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ScriptFault):
        read_script("zh", table)


def test_a_name_may_not_be_both_sentence_and_word() -> None:
    with pytest.raises(ScriptFault, match="both"):
        read_script("zh", {"sentences": {"a": "b"}, "words": {"a": "b"}})


def test_an_unknown_sentence_is_a_fault() -> None:
    with pytest.raises(ScriptFault):
        SCRIPTS["zh"].sounds("no_such_sentence")
