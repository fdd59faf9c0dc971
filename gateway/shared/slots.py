"""Redis Cluster's map: which of the 16,384 slots a command belongs to, and which master serves it.

By the Redis Cluster specification ("Key distribution model", "Hash tags", "MOVED Redirection", "ASK redirection").
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SLOTS = 16_384

Address = tuple[str, int]
"""Host and port."""


def slot_of(key: str) -> int:
    """The slot of a key: of its hash tag, if it has one that is not empty."""
    start = key.find("{") + 1
    if start and (end := key.find("}", start)) > start:
        key = key[start:end]
    return crc_hqx(key.encode(), 0) % SLOTS  # CRC-16/XMODEM


def key_of(command: Sequence[str | bytes | int | float]) -> str:
    """The first key of one of our commands: behind its name, or behind script and number of keys.

    All keys of a script share a hash tag.
    """
    return str(command[3] if command[0] == "EVALSHA" else command[1])


class Way(StrEnum):
    """What a refused command can do next."""

    MOVED = "moved"  # the slot is served there from now on
    ASK = "ask"  # the slot is on its way there; this command goes there now, the next one does not
    LATER = "later"  # keys of one script are parted while their slot is on its way
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where a refused command goes."""

    way: Way
    address: Address = ("", 0)


def redirection(refusal: str, asked: Address) -> Redirection:
    """What Redis's error text tells to do; `asked` is who said it, and stands in for a host that is left out."""
    word, _, rest = refusal.partition(" ")
    if word in ("MOVED", "ASK"):
        host, _, port = rest.rpartition(" ")[2].rpartition(":")
        if port.isdigit():
            return Redirection(Way(word.lower()), (host or asked[0], int(port)))
    return Redirection(Way.LATER if word == "TRYAGAIN" else Way.NONE)


def owners(reply: Any, asked: Address) -> list[Address | None]:
    """Who serves each slot, by the reply to CLUSTER SLOTS; None where nobody does.  Raises ValueError."""
    found: list[Address | None] = [None] * SLOTS
    try:
        for first, last, (host, port, *_), *_replicas in reply:
            name = host.decode() if host else ""
            address = (name if name not in ("", "?") else asked[0], int(port))
            found[first : last + 1] = [address] * (last + 1 - first)
    except (TypeError, ValueError, AttributeError) as exc:
        raise ValueError(f"what {asked[0]}:{asked[1]} says of its slots cannot be read: {exc}") from exc
    if len(found) != SLOTS:
        raise ValueError(f"{asked[0]}:{asked[1]} names slots that do not exist")
    return found
