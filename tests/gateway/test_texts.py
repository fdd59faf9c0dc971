"""Templates: all there, within one part, and unable to do anything but speak."""

from pathlib import Path

import pytest

from gateway.core.errors import TemplateFault
from gateway.texts import NAMES, WORDS, load, overrun

TEMPLATES = Path(__file__).parents[2] / "templates" / "sms"
LANGUAGES = ("zh", "en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        path = tmp_path / "zh" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{name}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_reply_with_ordinary_names_is_one_part_in_either_language(language: str, name: str) -> None:
    names = {"zh": {}, "en": {"product": "Yuquan aged liquor", "enterprise": "Fuqing Yuquan Distillery", "reason": ""}}
    words = {**WORDS, **names[language], **({"lines": "..1974 first query, valid"} if language == "en" else {})}
    text = load(TEMPLATES).reply(language, name, words)
    assert text.strip()
    assert overrun(text) <= 0, (len(text), text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_sixty_characters_leave_every_verdict_within_one_part(language: str) -> None:
    words = {**WORDS, "product": "长" * 60, "enterprise": "名" * 60, "specification": "500ml×12", "reason": "由" * 40}
    texts = load(TEMPLATES)
    for name in ("first", "repeated_same", "repeated_other", "not_activated", "expired", "recalled", "cancelled"):
        if language == "zh":
            assert overrun(texts.reply(language, name, words)) <= 0, name


def test_no_reply_promises_that_a_product_is_genuine() -> None:
    texts = load(TEMPLATES)
    for name in ("first", "line_first", "repeated_same"):
        said = texts.render("zh", name, WORDS) + texts.render("en", name, WORDS)
        assert not any(word in said for word in ("正品", "保证", "genuine", "guarantee", "authentic"))


def test_the_outage_is_never_worded_as_not_found() -> None:
    texts = load(TEMPLATES)
    said = texts.render("zh", "unavailable", WORDS) + texts.render("en", "unavailable", WORDS)
    assert not any(word in said for word in ("未查到", "不存在", "not found", "unknown"))


def test_a_language_without_templates_is_answered_in_the_default_one() -> None:
    texts = load(TEMPLATES)
    assert texts.render("fr", "help", WORDS) == texts.render("zh", "help", WORDS)


def test_a_missing_template_is_named_with_its_path(folder: Path) -> None:
    (folder / "zh" / "recalled.txt").unlink()
    with pytest.raises(TemplateFault, match=r"zh/recalled\.txt"):
        load(folder)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ('%' + '999999999' + 'd') % 1 }}",
        "{{ tail.__class__ }}",
        "{{ tail|upper }}",
        "{% for x in lines %}{{ x }}{% endfor %}",
        "{{ self }}",
        "{% include 'other' %}",
        "{{ [1] * 99999999 }}",
        "{{ range(9) }}",
        "{% set tail = 1 %}",
    ],
)
def test_what_a_template_may_not_do_is_refused_with_file_and_line(folder: Path, source: str) -> None:
    (folder / "zh" / "first.txt").write_text(f"【监管网】\n{source}\n", encoding="utf-8")
    with pytest.raises(TemplateFault, match=r"zh/first\.txt:2: "):
        load(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    (folder / "zh" / "help.txt").write_text("{{ unclosed", encoding="utf-8")
    (folder / "zh" / "stop.txt").write_text("\n", encoding="utf-8")
    (folder / "zh" / "surplus.txt").write_text("x", encoding="utf-8")
    (folder / "zh" / "report.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateFault) as caught:
        load(folder)
    assert [line.split("/")[-1].split(".")[0] for line in sorted(str(caught.value).splitlines())] == [
        "help",
        "report",
        "stop",
        "surplus",
    ]


def test_a_folder_without_the_default_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match="default language"):
        load(tmp_path / "nothing")


def test_what_people_text_is_only_a_value() -> None:
    text = load(TEMPLATES).render("zh", "first", {**WORDS, "product": "{{ 7 * 7 }}"})
    assert "{{ 7 * 7 }}" in text
