"""The log's lines: objects for machines, one line each for people, and no more than was said."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from gateway.logs import JsonLines, TextLines, _formatter, observe
from gateway.settings import LoggingSettings


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What a logger named as this fixture writes as JSON."""
    written: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    keeper = Keeper()
    keeper.setFormatter(JsonLines())
    logger = logging.getLogger("lines")
    logger.addHandler(keeper)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(keeper)


def _last(lines: list[str]) -> dict[str, Any]:
    assert "\n" not in lines[-1]
    read: dict[str, Any] = json.loads(lines[-1])
    return read


def test_a_line_is_an_object_with_the_facts_that_were_given(lines: list[str]) -> None:
    facts = {"event": "query_failed", "uid": 7, "carrier": "mobile", "link": "", "secret": "x"}
    logging.getLogger("lines").warning("query %d\nended", 7, extra=facts)
    line = _last(lines)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "lines",
        "message": "query 7\nended",
        "event": "query_failed",
        "uid": 7,
        "carrier": "mobile",
    }


def test_a_traceback_is_part_of_its_line(lines: list[str]) -> None:
    try:
        raise ValueError("odd")
    except ValueError:
        logging.getLogger("lines").exception("failed")
    assert "ValueError: odd" in _last(lines)["traceback"]


def test_what_twisted_logs_has_its_facts_and_its_module(lines: list[str]) -> None:
    log = Logger("lines", observer=observe)
    log.error("{link}: {reason}", event="link_down", carrier="mobile", link="m1", reason="closed", other="x")
    line = _last(lines)
    assert (line["message"], line["logger"], line["level"]) == ("m1: closed", "lines", "ERROR")
    assert (line["event"], line["carrier"], line["link"], line["reason"]) == ("link_down", "mobile", "m1", "closed")
    log.failure("failed", failure=Failure(ValueError("odd")), level=LogLevel.critical)
    assert "odd" in _last(lines)["traceback"]
    log.debug("nobody wants to know")
    assert len(lines) == 2


def test_a_peer_cannot_write_lines_of_its_own() -> None:
    record = logging.LogRecord(
        "smpp", logging.INFO, "", 0, "closed: %s", ("bye\n2026 CRITICAL all is lost\x1b[2J",), None
    )
    text = TextLines().format(record)
    assert "\n" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("settings", "at_terminal", "form"),
    [
        (LoggingSettings(), True, TextLines),
        (LoggingSettings(), False, JsonLines),
        (LoggingSettings(file=Path("gateway.log")), True, JsonLines),
        (LoggingSettings(form="json"), True, JsonLines),
        (LoggingSettings(form="text"), False, TextLines),
    ],
)
def test_people_read_at_terminals_and_machines_elsewhere(
    settings: LoggingSettings, at_terminal: bool, form: type[logging.Formatter]
) -> None:
    assert type(_formatter(settings, at_terminal)) is form


@pytest.mark.parametrize("wrong", [{"form": "xml"}, {"queries": "some"}, {"level": "LOUD"}])
def test_a_wrong_setting_is_told(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        LoggingSettings(**wrong)  # type: ignore[arg-type]  # what a file could say
