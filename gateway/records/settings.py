"""The settings of journal, query log and pseudonyms."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RecordsSettings:
    """[records] of gateway.toml."""

    path: Path = Path("../var/journal.sqlite")
    """The journal and query log: one SQLite file on a local disk, for this gateway alone."""
    pseudonym_keys: dict[str, Path] = field(default_factory=dict)
    """Key ids (1 to 8 of a-z and 0-9) and the files of their keys, newest first; `openssl rand -hex 32` makes one."""
    receipt_seconds: float = 604_800.0
    """How long the delivery receipt of a message is waited for; one that comes later matches nothing."""
    close_after_seconds: float = 21_600.0
    """When a day's account is closed, after the midnight in China that ended the day, if none of its queries is open.
    What is known of a closed day only later, receipts above all, is booked late, in a later day's account."""
    close_deadline_seconds: float = 172_800.0
    """When it is closed even though queries of that day are open."""

    def __post_init__(self) -> None:
        if not 0 < self.close_after_seconds <= self.close_deadline_seconds:
            raise ValueError("close_after_seconds must be above 0 and at most close_deadline_seconds")
        if self.receipt_seconds < 60.0:
            raise ValueError("receipt_seconds must be at least 60")
        if not self.pseudonym_keys:
            raise ValueError(
                'pseudonym_keys: name a key, as in pseudonym_keys = { k1 = "k1.key" }; `openssl rand -hex 32` makes one'
            )
