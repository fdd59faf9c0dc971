"""JSON lines in, JSON lines out."""

from __future__ import annotations

import io
import json

from gateway.understand_command import understand_lines


def _answers(lines: str) -> tuple[int, list[dict[str, object]]]:
    sink = io.StringIO()
    status = understand_lines(io.StringIO(lines), sink)
    return status, [json.loads(line) for line in sink.getvalue().splitlines()]


def test_each_text_gets_its_answer_in_order() -> None:
    status, answers = _answers('{"text": "查询86120084019730281974"}\n\n{"text": "8612"}\n')
    assert status == 0
    assert answers == [
        {"intent": "verify", "codes": ["86120084019730281974"], "error": None},
        {"intent": "error", "codes": [], "error": "partial"},
    ]


def test_a_bad_line_is_named_and_the_next_is_answered() -> None:
    status, answers = _answers('nonsense\n{"text": 5}\n[]\n' + "[" * 100_000 + '\n{"text": ""}\n')
    assert status == 1
    assert [answer["intent"] for answer in answers] == [None, None, None, None, "empty"]
    assert "line 1" in str(answers[0]["message"])
    assert 'string "text"' in str(answers[1]["message"])


def test_lone_surrogates_and_nul_are_only_characters() -> None:
    status, answers = _answers('{"text": "\\ud800 86120084019730281974\\u0000"}\n')
    assert (status, answers[0]["codes"]) == (0, ["86120084019730281974"])
