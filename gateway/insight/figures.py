"""What the registry says of the products, from a table that it wrote: words, and how many items were activated."""

from __future__ import annotations

import csv
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.core.statistics import ProductFigures

_NEEDED = ("resource_code", "activated")


def read_figures(path: Path) -> dict[str, ProductFigures]:
    """Products by resource code, from CSV with the columns resource_code, activated, and, if known, name, category and
    enterprise; as `registry products` writes it.  Raises SettingsFault.
    """
    found: dict[str, ProductFigures] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise SettingsFault(f"{path}: the column {missing[0]} is missing: `registry products` writes it")
            for row in reader:
                code, activated = row["resource_code"] or "", row["activated"] or ""
                if not (activated.isascii() and activated.isdecimal()):
                    raise SettingsFault(
                        f"{path}:{reader.line_num}: activated must be a whole number: {activated[:40]!r}"
                    )
                words = (row.get(name) or "" for name in ("name", "category", "enterprise"))
                found[code] = ProductFigures(code, int(activated), *words)
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise SettingsFault(f"{path}: the products' figures cannot be read: {exc}") from exc
    return found
