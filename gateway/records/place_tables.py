"""The tables of places, read into memory: areas and their aliases from CSV, prefixes from the package `phone`.

The prefix file (https://github.com/ls0f/phone): a four-octet version, the offset of the index as an int32, records
"province|city|postal code|trunk prefix" each ended by a NUL, then the index: int32 prefix, int32 record, uint8 carrier,
all little-endian.
"""

from __future__ import annotations

import csv
import importlib.util
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path

from gateway.core.areas import AreaAlias, Areas, NumberingPlan, province_of
from gateway.core.errors import SettingsFault
from gateway.core.places import FIRST_PREFIX, LAST_PREFIX, Places

_HEAD = struct.Struct("<4si")
_ENTRY = struct.Struct("<iiB")


def read_areas(areas: Path, aliases: Path, english: Path | None = None) -> Areas:
    """The table of areas (columns code, name) with its aliases (province, name, code), and English names (code, name)
    where they are wanted.  Raises SettingsFault."""
    names = {row[0]: row[1] for row in _rows(areas, 2)}
    in_english = {row[0]: row[1] for row in _rows(english, 2)} if english else {}
    try:
        return Areas(names, [AreaAlias(*row) for row in _rows(aliases, 3)], in_english)
    except SettingsFault as exc:
        raise SettingsFault(f"{areas}, {aliases}: {exc}") from exc


def read_places(areas: Areas, prefixes: Path | None = None) -> Places:
    """The numbering plan of the package `phone`, or of `prefixes` in its format.  Raises SettingsFault."""
    path = prefixes or packaged_prefixes()
    try:
        content = path.read_bytes()
        return Places(numbering_plan(content, areas))
    except OSError as exc:
        raise SettingsFault(f"{path}: the mobile prefixes cannot be read ({exc.strerror})") from exc
    except (struct.error, ValueError, KeyError) as exc:
        raise SettingsFault(f"{path}: not a table of mobile prefixes ({exc}): install the package phone again") from exc


def packaged_prefixes() -> Path:
    """Where the package `phone` keeps its table.  Raises SettingsFault if it is not installed."""
    spec = importlib.util.find_spec("phone")
    if spec is None or spec.origin is None:
        raise SettingsFault("the package phone (mobile prefixes) is missing: install the requirements")
    return Path(spec.origin).with_name("phone.dat")


def numbering_plan(content: bytes, areas: Areas) -> NumberingPlan:
    """The prefix file's contents as a numbering plan: 2 octets a prefix.  Raises struct.error, ValueError, KeyError."""
    _, start = _HEAD.unpack_from(content)
    known = [""]
    index_of: dict[str, int] = {"": 0}
    index_at: dict[int, int] = {}
    trunks: dict[str, set[str]] = {}
    offset = _HEAD.size
    for record in content[offset:start].split(b"\0")[:-1]:
        province, city, _, trunk = record.decode().split("|")
        area = areas.find(province, city)
        if area not in index_of:
            index_of[area] = len(known)
            known.append(area)
        index_at[offset] = index_of[area]
        trunks.setdefault(trunk.lstrip("0"), set()).add(area)
        offset += len(record) + 1
    mobile_areas = array("H", bytes(2 * (LAST_PREFIX - FIRST_PREFIX + 1)))
    for prefix, record_at, _ in _ENTRY.iter_unpack(content[start:]):
        if FIRST_PREFIX <= prefix <= LAST_PREFIX:
            mobile_areas[prefix - FIRST_PREFIX] = index_at[record_at]
    landlines = {trunk: _common(found) for trunk, found in trunks.items()}
    return NumberingPlan(memoryview(mobile_areas).toreadonly(), tuple(known), landlines)


def _common(areas: set[str]) -> str:
    """The area that a trunk prefix stands for: where prefectures share it, their province."""
    if len(areas) == 1:
        return next(iter(areas))
    provinces = {province_of(area) for area in areas}
    return provinces.pop() if len(provinces) == 1 else ""


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = (line for line in file if not line.startswith("#"))
            next(lines, None)  # the heading
            for number, row in enumerate(csv.reader(lines), 2):
                if len(row) != columns:
                    raise SettingsFault(f"{path}: row {number} has {len(row)} columns, not {columns}")
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise SettingsFault(f"{path}: this table cannot be read ({exc}): restore it from the distribution") from exc
