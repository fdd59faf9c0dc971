"""Templates: faults are told at the start, whatever is filled in is quoted, and nothing stands inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.core.errors import TemplateFault
from gateway.monitor.look import Look, Surface, count, moment
from tests.gateway.monitor.served import TEMPLATES

SURFACE = Surface("/x", ())


def look_of(folder: Path, **templates: str) -> Look:
    (folder / "texts" / "zh").mkdir(parents=True)
    (folder / "texts" / "zh" / "base.toml").write_text('language = "中文"\nhello = "你好{name}"', encoding="utf-8")
    for name, text in templates.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return Look(folder, "zh")


def faults(folder: Path, template: str) -> list[str]:
    with pytest.raises(TemplateFault) as caught:
        look_of(folder, page=template)
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def test_a_template_is_filled_and_quoted(tmp_path: Path) -> None:
    look = look_of(tmp_path, page='<p title="{{ x }}">{{ t("base.hello", name=x) }}</p>')
    page = look.page("page.html", SURFACE, "zh", {"x": '"><script>'})
    assert page == '<p title="&#34;&gt;&lt;script&gt;">你好&#34;&gt;&lt;script&gt;</p>'


def test_the_form_token_is_quoted_too(tmp_path: Path) -> None:
    look = look_of(tmp_path, page="{{ form_field }}")
    page = look.page("page.html", Surface("/x", (), form_token='"<'), "zh", {})
    assert page == '<input type="hidden" name="form_token" value="&#34;&lt;">'


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{% if %}", "page.html: Expected an expression, got 'end of statement block'"),
        ('\n{{ t("base.none") }}', "page.html:2: there is no text base.none"),
        ('{{ asset("none.js") }}', "page.html:1: there is no file static/none.js"),
    ],
)
def test_a_faulty_template_is_told_with_its_place(tmp_path: Path, template: str, fault: str) -> None:
    assert faults(tmp_path, template) == [fault]


def test_a_template_that_is_no_text_is_told(tmp_path: Path) -> None:
    look_of(tmp_path)
    (tmp_path / "page.html").write_bytes(b"\xff")
    with pytest.raises(TemplateFault, match=r"page\.html"):
        Look(tmp_path, "zh")


def test_links_to_other_languages_keep_what_was_asked_for() -> None:
    look = Look(TEMPLATES, "zh")
    values = {"fault": "", "next": "/"}
    asked = look.page("sign_in.html", Surface("/x", (("day", "2026-05-01"),)), "zh", values)
    assert 'href="/x?day=2026-05-01&amp;lang=en" lang="en"' in asked
    assert "lang=en" not in look.page("sign_in.html", Surface("/x", None), "zh", values)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_nothing_stands_inline_and_nothing_is_fetched_from_outside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", text)
    for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
        assert ('method="post"' in form) == ("form_field" in form)


def test_an_instant_is_shown_as_people_in_china_read_it() -> None:
    assert moment(1_800_000_000.7) == '<time datetime="2027-01-15T08:00:00Z">2027-01-15 16:00:00</time>'


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (999, "999"), (1234567, "1\u202f234\u202f567")])
def test_digits_are_in_groups_of_three(number: int, shown: str) -> None:
    assert count(number) == shown
