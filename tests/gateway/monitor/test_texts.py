"""The words of the pages: every language has every text, and a browser gets the language that it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import TemplateFault
from gateway.monitor.texts import Texts, load
from tests.gateway.monitor.served import TEMPLATES


def folder_of(folder: Path, **languages: str) -> Path:
    """Texts of one section, `links`."""
    for language, text in languages.items():
        (folder / language).mkdir()
        (folder / language / "links.toml").write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(TemplateFault) as caught:
        load(folder, "zh")
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def test_every_text_of_the_monitor_is_there_in_every_language() -> None:
    texts = load(TEMPLATES / "texts", "zh")
    assert set(texts.languages) >= {"zh", "en"}
    assert "base.language" in texts.keys


def test_a_text_is_filled_with_its_words(tmp_path: Path) -> None:
    texts = load(folder_of(tmp_path, zh='since = "自 {when}"', en='since = "since {when}"'), "zh")
    assert texts.text("en", "links.since", when="noon") == "since noon"
    assert texts.text("fr", "links.since", when="noon") == "自 noon"
    with pytest.raises(KeyError):
        texts.text("en", "links.since")
    with pytest.raises(KeyError):
        texts.text("en", "links.until")


def test_a_language_that_lacks_a_text_is_told(tmp_path: Path) -> None:
    assert faults(folder_of(tmp_path, zh='a = "甲"\nb = "乙"', en='a = "A"\nc = "C"')) == [
        "en: the text links.b is missing",
        "zh: the text links.c is missing",
    ]


def test_texts_with_other_words_in_braces_are_told(tmp_path: Path) -> None:
    assert faults(folder_of(tmp_path, zh='a = "{x}"', en='a = "{y}"')) == [
        "en: the text links.a has other words in braces than in zh"
    ]


@pytest.mark.parametrize("text", ["a = 5", 'a = ""', 'a = "{"', 'a = "{}"', 'a = "{0}"', 'a = "{x.y}"', "[a]\nb = 'c'"])
def test_what_is_no_text_is_told(tmp_path: Path, text: str) -> None:
    assert faults(folder_of(tmp_path, zh=text)) == ["zh/links.toml: a must be a text, its braces around words"]


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    (fault,) = faults(folder_of(tmp_path, zh="a = ["))
    assert fault.startswith("zh/links.toml: ")


def test_the_default_language_must_have_texts(tmp_path: Path) -> None:
    assert faults(folder_of(tmp_path, en='a = "A"')) == ["zh: there are no texts in the default language"]


@pytest.mark.parametrize(
    ("wanted", "accepted", "chosen"),
    [
        ([], "", "zh"),
        ([], "en", "en"),
        ([], "en-GB,en;q=0.9", "en"),
        ([], "fr, en;q=0.5, zh;q=0.7", "zh"),
        ([], "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ([], "en;q=0", "zh"),
        ([], "en;q=x", "zh"),
        ([], "*", "zh"),
        ([], ",;q=1,,", "zh"),
        (["en"], "zh", "en"),
        (["", "", "en"], "zh", "en"),
        (["fr", "en"], "", "en"),
        (["../../etc"], "", "zh"),
    ],
)
def test_the_language_is_the_first_wanted_that_there_is(wanted: list[str], accepted: str, chosen: str) -> None:
    assert Texts({"zh": {}, "en": {}}, "zh").choose(wanted, accepted) == chosen
