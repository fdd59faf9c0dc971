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

    def __post_init__(self) -> None:
        if not self.pseudonym_keys:
            raise ValueError(
                'pseudonym_keys: name a key, as in pseudonym_keys = { k1 = "k1.key" }; `openssl rand -hex 32` makes one'
            )
