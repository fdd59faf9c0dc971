"""Texts are understood as the tables of examples say."""

from __future__ import annotations

import pytest

from gateway.core.inbound import MAX_CHARACTERS, understand
from gateway.core.query import Intent, TextError
from tests.gateway.core.inbound import beside_codes, dressed_codes, faulty_texts, other_texts

_CODE = "86120084019730281974"
_OTHER = {intent: getattr(other_texts, intent.upper()) for intent in Intent if hasattr(other_texts, intent.upper())}
_FAULTY = {error: getattr(faulty_texts, error.upper()) for error in TextError if hasattr(faulty_texts, error.upper())}


@pytest.mark.parametrize(("text", "codes"), dressed_codes.VERIFY + beside_codes.VERIFY)
def test_codes_are_found(text: str, codes: str) -> None:
    said = understand(text)
    assert (said.intent, list(said.codes), said.error) == (Intent.VERIFY, codes.split(), None)


@pytest.mark.parametrize(("intent", "text", "codes"), [(i, *row) for i, rows in _OTHER.items() for row in rows])
def test_other_intents_are_recognised(intent: Intent, text: str, codes: str) -> None:
    said = understand(text)
    assert (said.intent, list(said.codes), said.error) == (intent, codes.split(), None)


@pytest.mark.parametrize(("error", "text"), [(error, row[0]) for error, rows in _FAULTY.items() for row in rows])
def test_faults_are_named_and_yield_no_code(error: TextError, text: str) -> None:
    said = understand(text)
    assert (said.intent, said.codes, said.error) == (Intent.ERROR, (), error)


@pytest.mark.parametrize("text", ["8" * 1_000_000, "8 " * 2_000, "你好" * 1_500, _CODE + " " * MAX_CHARACTERS])
def test_a_text_over_the_limit_is_not_read(text: str) -> None:
    assert understand(text).error is TextError.TOO_LONG


def test_the_limit_of_codes_is_a_parameter_and_counts_different_codes() -> None:
    text = f"{_CODE} 81234567890123456789 {_CODE}"
    assert understand(text, max_codes=1).error is TextError.TOO_MANY_CODES
    assert len(understand(text, max_codes=2).codes) == 2
    assert understand("举报" + text, max_codes=1).codes == (_CODE,)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (f"举报 {_CODE} 台江区某超市", "台江区某超市"),
        (f"JB+{_CODE}，鼓楼区五四路12号", "鼓楼区五四路12号"),
        (f"I want to report {_CODE} sold in Fuzhou", "I want to sold in Fuzhou"),
        ("投诉：商家不退货", "商家不退货"),
        ("JB", ""),
    ],
)
def test_a_report_keeps_its_words_without_keyword_and_code(text: str, remark: str) -> None:
    assert understand(text).remark == remark


@pytest.mark.parametrize(
    ("text", "fragment"),
    [("8612 0084", "86120084"), ("1974", "1974"), ("86120084019730281", "86120084019730281"), ("13812345678", "")],
)
def test_a_piece_of_a_code_is_kept_for_joining(text: str, fragment: str) -> None:
    assert understand(text).fragment == fragment


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (_CODE, "zh"),
        (f"CX {_CODE}", "zh"),
        (f"http://example.com/check?code={_CODE}", "zh"),
        (f"{_CODE} 500ml", "zh"),
        (f"please check {_CODE}", "en"),
        (f"查 check {_CODE}", "zh"),
        ("HELP", "en"),
        ("JB", "zh"),
        ("hello", "en"),
        ("你好", "zh"),
    ],
)
def test_the_language_is_english_where_the_words_are(text: str, language: str) -> None:
    assert understand(text).language == language
