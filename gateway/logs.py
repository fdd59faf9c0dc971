"""Logging: Python's and Twisted's into one stream."""

from __future__ import annotations

import logging

from twisted.logger import STDLibLogObserver, globalLogBeginner

from gateway.settings import LoggingSettings

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def begin_logging(settings: LoggingSettings) -> None:
    """Log as configured, to the file or to standard error.  Callers appear only as pseudonyms."""
    logging.basicConfig(
        level=settings.level, format=_FORMAT, filename=str(settings.file) if settings.file else None, force=True
    )
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
