"""`python -m gateway understand`: what the parser makes of texts, line by line."""

from __future__ import annotations

import json
from typing import TextIO

from gateway.core.inbound import understand


def understand_lines(source: TextIO, sink: TextIO) -> int:
    """Answer each JSON line {"text": string} of `source` with one line {"intent", "codes", "error"} on `sink`.

    A line that is not such an object gets the same keys with intent and error null and a `message` that says what is
    wrong with it.  Each answer is flushed, so that a program can wait for it.  Returns the exit status: 0, or 1 if
    any line could not be read.
    """
    status = 0
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        answer, readable = _answered(line, number)
        status = status if readable else 1
        sink.write(json.dumps(answer, ensure_ascii=True) + "\n")
        sink.flush()
    return status


def _answered(line: str, number: int) -> tuple[dict[str, object], bool]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as fault:
        return _refusal(f'line {number} is not JSON ({fault}); write {{"text": "..."}} on one line'), False
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        return _refusal(f'line {number} is not an object with a string "text"; write {{"text": "..."}}'), False
    said = understand(asked["text"])
    return {"intent": said.intent, "codes": list(said.codes), "error": said.error}, True


def _refusal(message: str) -> dict[str, object]:
    return {"intent": None, "codes": [], "error": None, "message": message}
