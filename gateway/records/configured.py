"""The [records] of gateway.toml for commands that need no secrets: nothing else in the file is looked at."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.records.settings import RecordsSettings

_SECONDS = ("receipt_seconds", "close_after_seconds", "close_deadline_seconds")


def configured(file: Path) -> RecordsSettings:
    """What `file` says of the journal, its path resolved; of the keys only that there are some.

    Raises SettingsFault.
    """
    try:
        records = tomllib.loads(file.read_text(encoding="utf-8")).get("records", {})
    except OSError as exc:
        raise SettingsFault(f"{file}: cannot be read ({exc.strerror}): name the journal with --journal") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsFault(f"{file}: is not TOML: {exc}") from exc
    if not isinstance(records, dict):
        records = {"path": None}
    given = {name: records[name] for name in _SECONDS if name in records}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingsFault(f"{file}: records.{name}: must be a number")
    path = records.get("path", str(RecordsSettings.__dataclass_fields__["path"].default))
    if not isinstance(path, str):
        raise SettingsFault(f"{file}: records.path: must be a path")
    try:
        return RecordsSettings(path=file.parent / path, pseudonym_keys={"unread": Path()}, **given)
    except ValueError as exc:
        raise SettingsFault(f"{file}: records: {exc}") from exc
