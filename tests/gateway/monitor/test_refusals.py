"""Whatever the registry refuses can be said on the pages in every language, with the words it gives."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import gateway.registry
from gateway.core.registration import CodeState
from gateway.monitor.refusals import refusal_text
from gateway.monitor.texts import load
from gateway.registry.faults import NotRegistered, Outdated, Refused, RequestFault
from gateway.registry.life.life_cycle import ApplicationState
from tests.gateway.monitor.served import TEMPLATES

REGISTRY = Path(gateway.registry.__file__).parent
ALWAYS_KEYED = {each.__name__ for each in (Refused, NotRegistered, Outdated)}
KEYED_WHERE_PAGES_ASK = (REGISTRY / "life", REGISTRY / "service" / "fields.py")
TEXTS = load(TEMPLATES / "texts", "zh")


@dataclass(frozen=True, slots=True)
class Raised:
    """A refusal as the source has it."""

    where: str
    sentence: str
    key: str
    words: frozenset[str]


def raised() -> Iterator[Raised]:
    """Every refusal in the registry's source that a page may be given."""
    for path in sorted(REGISTRY.rglob("*.py")):
        asked = any(path == each or each in path.parents for each in KEYED_WHERE_PAGES_ASK)
        names = ALWAYS_KEYED | ({RequestFault.__name__} if asked else set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                sentence, key = (
                    [each.value if isinstance(each, ast.Constant) else "" for each in node.args] + ["", ""]
                )[:2]
                yield Raised(
                    f"{path.relative_to(REGISTRY)}:{node.lineno}",
                    str(sentence),
                    str(key),
                    frozenset(each.arg or "" for each in node.keywords),
                )


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


EVERY = list(raised())


def test_the_refusals_are_found_in_the_source() -> None:
    assert len(EVERY) > 50
    assert {each.where.partition("/")[0] for each in EVERY} >= {"life", "service"}


@pytest.mark.parametrize("language", TEXTS.languages)
def test_every_refusal_has_a_text_that_needs_no_other_words_than_it_gives(language: str) -> None:
    faults = []
    for each in EVERY:
        if f"refusals.{each.key}" not in TEXTS.keys:
            faults.append(f"{each.where}: no text refusals.{each.key}")
            continue
        text = TEXTS.text(language, f"refusals.{each.key}", **dict.fromkeys(each.words, 7))
        if not text.strip() or braces(each.sentence) != each.words:
            faults.append(f"{each.where}: {each.sentence} has other words in braces than it is given")
    assert faults == []


def test_no_text_is_kept_for_a_refusal_that_is_gone() -> None:
    keys = {key.removeprefix("refusals.") for key in TEXTS.keys if key.startswith("refusals.")}
    assert keys - {each.key for each in EVERY} == {"or"}


def test_the_same_key_is_the_same_sentence() -> None:
    said: dict[str, str] = {}
    assert all(said.setdefault(each.key, each.sentence) == each.sentence for each in EVERY)


def test_chinese_texts_are_chinese() -> None:
    own = {each.key: TEXTS.text("zh", f"refusals.{each.key}", **dict.fromkeys(each.words, 7)) for each in EVERY}
    assert [key for key, text in own.items() if not any("\u4e00" <= character <= "\u9fff" for character in text)] == []


def test_every_state_that_a_refusal_may_name_is_called_something_on_the_pages() -> None:
    wanted = {f"registry.state_{state}" for state in CodeState if state is not CodeState.UNKNOWN}
    wanted |= {f"registry.application_{state}" for state in ApplicationState}
    assert wanted <= TEXTS.keys


def test_a_refusal_is_said_with_the_names_that_the_page_has_for_states_and_fields() -> None:
    words = {"target": "activated", "state": "expired", "before": ["printed", "issued"]}
    assert refusal_text(TEXTS, "zh", "comes_later", words, "") == (
        "这些码不能变为“已激活”：目前是“已过期”，只有“已印刷或已赋码”的码才能变为“已激活”。"
    )
    assert refusal_text(TEXTS, "zh", "write_digits", {"field": "codes.first", "count": 20}, "") == (
        "首码：请填写 20 位数字。"
    )
    assert refusal_text(TEXTS, "en", "not_approved", {"number": 7, "application_state": "refused"}, "").startswith(
        "Application 7 is “Refused”"
    )


def test_a_field_that_no_page_has_keeps_its_own_name() -> None:
    assert refusal_text(TEXTS, "zh", "write_flag", {"field": "in_catalogue"}, "").startswith("in_catalogue：")


def test_a_refusal_without_a_key_is_said_as_the_registry_says_it() -> None:
    assert refusal_text(TEXTS, "zh", "", {}, "this Idempotency-Key came with another request") == (
        "this Idempotency-Key came with another request"
    )
