"""A spoken report as the log tells it: the name of its recording and its length.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOLD = re.compile(r"recording ([a-z0-9]{16,64}\.wav), (\d{1,5}) s", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recorded:
    """`file` is a name without a folder, of letters and digits and .wav."""

    file: str
    length_seconds: int

    def __str__(self) -> str:
        """The text of the report; what was said is in the recording alone."""
        return f"recording {self.file}, {self.length_seconds} s"


def recorded_in(text: str) -> Recorded | None:
    """What a report's text tells; None for a report that was written.

    >>> recorded_in("recording abcdefghijklmnop.wav, 12 s")
    Recorded(file='abcdefghijklmnop.wav', length_seconds=12)
    """
    told = _TOLD.fullmatch(text)
    return Recorded(told[1], int(told[2])) if told else None
