"""Where areas lie: their centres by GB/T 2260 code, from the table that is made with the map."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.core.statistics import prefecture_of

EARTH_RADIUS_KM = 6_371.0088  # IUGG mean radius

Centre = tuple[float, float]
"""Longitude and latitude, in degrees."""


def read_centres(path: Path) -> dict[str, Centre]:
    """The centres of prefectures (columns code, longitude, latitude).  Raises SettingsFault."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            return {row["code"]: (float(row["longitude"]), float(row["latitude"])) for row in rows}
    except (OSError, ValueError, KeyError, csv.Error) as exc:
        raise SettingsFault(f"{path}: the centres of areas cannot be read ({exc!r}): restore the file") from exc


def reach_km(areas: Iterable[str], centres: Mapping[str, Centre]) -> float:
    """The greatest distance between any two of these areas; those that lie nobody knows where do not count."""
    known = sorted({centres[own] for area in areas if (own := prefecture_of(area)) in centres})
    return max((distance_km(a, b) for number, a in enumerate(known) for b in known[number + 1 :]), default=0.0)


def distance_km(a: Centre, b: Centre) -> float:
    """Along the great circle (haversine)."""
    (long_a, lat_a), (long_b, lat_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((long_b - long_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))
