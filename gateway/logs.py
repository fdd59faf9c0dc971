"""The log: Python's and Twisted's into one stream, a line for each event, as JSON or for people to read.

A line says what happened in words; what a machine wants to find it by is beside them (`FACTS`): give it as `extra` to
Python's loggers, as fields to Twisted's.  Callers are named by their pseudonyms only, and codes not at all.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogBeginner
from zope.interface import provider

from gateway.settings import LoggingSettings

FACTS = (
    "event",
    "uid",
    "channel",
    "carrier",
    "link",
    "state",
    "verdict",
    "reason",
    "command_status",
    "seconds",
    "caller",
)
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), 127)}  # a peer's words must not look like our lines
_LEVELS = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}


class JsonLines(logging.Formatter):
    """An object a line: at, level, logger, message, what is given of FACTS, and a traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        given = record.__dict__
        line |= {name: given[name] for name in FACTS if given.get(name) not in (None, "")}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """A line for people; tracebacks take more."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.translate(_CONTROLS)
        return super().formatMessage(record)


def begin_logging(settings: LoggingSettings) -> None:
    """Log as configured, to the file or to standard error."""
    destination: logging.Handler = logging.StreamHandler()
    if settings.file:
        destination = logging.FileHandler(settings.file, encoding="utf-8", errors="backslashreplace")
    destination.setFormatter(_formatter(settings, sys.stderr.isatty()))
    logging.basicConfig(level=settings.level, handlers=[destination], force=True)
    globalLogBeginner.beginLoggingTo([observe], redirectStandardIO=False)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def _formatter(settings: LoggingSettings, at_terminal: bool) -> logging.Formatter:
    form = settings.form
    if form == "auto":
        form = "text" if at_terminal and not settings.file else "json"
    return JsonLines() if form == "json" else TextLines()


@provider(ILogObserver)
def observe(event: LogEvent) -> None:
    """Hand an event of Twisted's log on to Python's, under the name of the module that it comes from."""
    logger = logging.getLogger(event.get("log_namespace", "twisted"))
    level = _LEVELS.get(event.get("log_level", LogLevel.info), logging.INFO)
    if logger.isEnabledFor(level):
        failure = event.get("log_failure")
        raised = None if failure is None else (failure.type, failure.value, failure.getTracebackObject())
        facts = {name: event[name] for name in FACTS if name in event}
        logger.log(level, "%s", formatEvent(event), exc_info=raised, extra=facts)
