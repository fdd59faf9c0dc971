"""The plan's numbers: how many enterprises of a class or area are suitable for the network, from a CSV."""

from __future__ import annotations

import csv
from pathlib import Path

from gateway.core.errors import SettingsFault


def read_targets(path: Path) -> dict[str, int]:
    """Columns `group` (a class, or a GB/T 2260 area) and `suitable`.  Raises SettingsFault."""
    targets: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                group, suitable = row.get("group") or "", row.get("suitable") or ""
                if not group or not (suitable.isascii() and suitable.isdecimal()):
                    raise SettingsFault(
                        f"{path}:{reader.line_num}: write a group and a whole number, columns group,suitable"
                    )
                targets[group] = int(suitable)
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise SettingsFault(f"the plan {path} cannot be read: {exc}") from exc
    return targets
