"""How far a long command has come, told on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Counted = TypeVar("Counted")
EVERY_ROWS = 1_000
EVERY_CODES = 100_000
_MEBIOCTETS = 1_048_576
_EVERY_OCTETS = 16 * _MEBIOCTETS


def told(counted: Iterable[Counted], noun: str, every: int = EVERY_ROWS) -> Iterator[Counted]:
    """The same things, with a line after each `every` of them."""
    for number, each in enumerate(counted, 1):
        yield each
        if number % every == 0:
            print(f"{number:,} {noun}", file=sys.stderr)


def told_octets(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same pieces, with a line after each 16 MiB."""
    passed, said = 0, 0
    for piece in pieces:
        yield piece
        passed += len(piece)
        if passed - said >= _EVERY_OCTETS:
            said = passed
            print(f"{passed // _MEBIOCTETS} MiB", file=sys.stderr)
