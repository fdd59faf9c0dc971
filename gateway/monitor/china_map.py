"""The map of China as SVG: its outline as a picture of its own, and places on it for what a page shows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import quoteattr

from gateway.core.errors import StateUnavailable
from gateway.core.statistics import prefecture_of

_NO_PLACES: Mapping[str, tuple[float, float]] = MappingProxyType({})
WIDTH, HEIGHT = 1_000, 720
_WEST, _NORTH, _EAST = 73.0, 54.2, 135.5
_TRUE_AT_DEG = 35.0  # equirectangular: lengths are true along this parallel
_X_PER_DEG = WIDTH / (_EAST - _WEST)
_Y_PER_DEG = _X_PER_DEG / math.cos(math.radians(_TRUE_AT_DEG))


@dataclass(frozen=True, slots=True)
class ChinaMap:
    """`paths` are SVG path texts by GB/T 2260 code; `centres` points in the same units; `names` the map's own."""

    paths: dict[str, str]
    centres: dict[str, tuple[float, float]]
    names: dict[str, str]

    def outline(self) -> str:
        """All areas, as an SVG document without colours that would need the page's style."""
        areas = "".join(
            f'<path d="{path}"><title>{self.names[code]}</title></path>' for code, path in self.paths.items()
        )
        label = quoteattr("中国地图 map of China")
        look = 'fill="#8b96a5" fill-opacity=".18" stroke="#8b96a5" stroke-width=".6" stroke-linejoin="round"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label={label}>'
        return f"{head}<g {look}>{areas}</g></svg>"

    def path(self, area: str) -> str:
        """The shape of the prefecture that an area is in, "" if it is not on the map."""
        return self.paths.get(prefecture_of(area), "")

    def centre(self, area: str) -> tuple[float, float] | None:
        """Its middle."""
        return self.centres.get(prefecture_of(area))


def read_map(path: Path, places: Mapping[str, tuple[float, float]] = _NO_PLACES) -> ChinaMap:
    """Read a GeoJSON file of areas with their codes as ids; `places` (degrees) are the middles of areas that it has no
    shape of.  Raises StateUnavailable."""
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        paths = {feature["id"]: _path(feature["geometry"]["coordinates"]) for feature in features}
        centres = {code: _placed(*place) for code, place in places.items()}
        centres |= {feature["id"]: _centre(feature["geometry"]["coordinates"]) for feature in features}
        names = {feature["id"]: str(feature["properties"]["name"]) for feature in features}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StateUnavailable(f"{path}: the map cannot be read ({exc!r}): restore the file") from exc
    return ChinaMap(paths, centres, names)


def _placed(longitude: float, latitude: float) -> tuple[float, float]:
    return round((longitude - _WEST) * _X_PER_DEG, 1), round((_NORTH - latitude) * _Y_PER_DEG, 1)


def _path(polygons: list[Any]) -> str:
    return "".join(_closed([_placed(*point) for point in ring]) for polygon in polygons for ring in polygon)


def _closed(points: list[tuple[float, float]]) -> str:
    """A closed line by steps from point to point (SVG 1.1, 8.3): a third shorter than by places."""
    steps = ((round(x - before_x, 1), round(y - before_y, 1)) for (before_x, before_y), (x, y) in pairwise(points))
    words = (f"{x:g} {y:g}" for x, y in steps if x or y)
    return f"M{points[0][0]:g} {points[0][1]:g}l{' '.join(words)}z".replace(" -", "-")


def _centre(polygons: list[Any]) -> tuple[float, float]:
    """The middle of the largest polygon's box."""
    ring = max((polygon[0] for polygon in polygons), key=len)
    points = [_placed(*point) for point in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2, 1)
