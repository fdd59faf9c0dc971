"""Makes china.geojson and area_centres.csv from the maps of Apache ECharts 4.9.0 (npm, Apache-2.0).

    npm pack echarts@4.9.0 && tar xzf echarts-4.9.0.tgz && python make_map.py package

Prefectures, the municipalities, Hong Kong, Macao and Taiwan are the map's areas, each with its GB/T 2260 code; the
islands and the boundary in the South China Sea stand in a framed inset, and Diaoyu Dao with Taiwan, as ECharts adds
them (nanhai.js, diaoyuIsland.js).  Points are snapped to a grid, so that neighbours keep their common border.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

GRID_DEG = 0.06
# Codes that changed since the map was drawn; 莱芜 (371200) became part of 济南.
RENAMED = {"371200": "370100", "469003": "460400", "542200": "540500", "542400": "540600", "542600": "540400",
           "652100": "650400", "652200": "650500"}  # fmt: skip
SANSHA, SANSHA_AT = "460300", (112.333, 16.833)
# Cities that were founded after the map was drawn: their centres alone, roughly (a tenth of a degree).
FOUNDED = [("659008", 81.04, 43.94), ("659009", 79.28, 37.22), ("659010", 84.83, 44.69), ("659011", 93.75, 42.80),
           ("659012", 82.9, 46.72)]  # fmt: skip
INSET_AT = (126, 25)  # nanhai.js: where the inset's origin goes, and its scale
INSET_SCALE = (1 / 10.5, -0.75 / 10.5)


def decoded(text: str, offset: list[int]) -> list[list[float]]:
    """ECharts' compressed line (coord/geo/parseGeoJson): zigzag differences in 1/1024 of a degree, each + 64."""
    x, y = offset
    points = []
    for first, second in zip(text[::2], text[1::2], strict=True):
        steps = [ord(character) - 64 for character in (first, second)]
        x, y = (value + ((step >> 1) ^ -(step & 1)) for value, step in zip((x, y), steps, strict=True))
        points.append([x / 1024, y / 1024])
    return points


def rings(geometry: dict) -> list[list[list[list[float]]]]:
    """The polygons of a geometry, decoded where its file is compressed."""
    many = geometry["type"] == "MultiPolygon"
    polygons = geometry["coordinates"] if many else [geometry["coordinates"]]
    offsets = geometry.get("encodeOffsets")
    if offsets is None:
        return polygons
    offsets = offsets if many else [offsets]
    return [
        [decoded(ring, offset) if isinstance(ring, str) else ring for ring, offset in zip(polygon, own, strict=True)]
        for polygon, own in zip(polygons, offsets, strict=True)
    ]


def snapped(ring: list[list[float]], grid: float) -> list[list[float]]:
    """The ring on the grid, closed, without points that repeat or that it turns back at."""
    points: list[list[float]] = []
    for x, y in ring:
        point = [round(round(x / grid) * grid, 2), round(round(y / grid) * grid, 2)]
        if points and points[-1] == point:
            continue
        if len(points) > 1 and points[-2] == point:
            points.pop()
        else:
            points.append(point)
    if points and points[0] != points[-1]:
        points.append(points[0])
    return points


def feature_of(code: str, name: str, polygons: list) -> dict:
    """One area of the map."""
    shape = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "id": code, "properties": {"name": name}, "geometry": shape}


def simplified(polygons: list) -> list:
    """Polygons on the grid; of one whose every ring vanishes the largest stays, on a finer grid."""
    kept = [own for polygon in polygons if (own := [r for ring in polygon if len(r := snapped(ring, GRID_DEG)) > 3])]
    if not kept:
        largest = max(polygons, key=lambda polygon: len(polygon[0]))
        kept = [[snapped(largest[0], 0.01)]]
    return kept


def main() -> None:
    package, folder = Path(sys.argv[1]), Path(__file__).parent
    features, centres = [], []
    cities = json.loads((package / "map/json/china-cities.json").read_text("utf-8"))["features"]
    provinces = json.loads((package / "map/json/china.json").read_text("utf-8"))["features"]
    whole = [each for each in provinces if each["id"][:2] in ("11", "12", "31", "50", "71", "81", "82")]
    seen = {each["id"] for each in whole}
    parts = [e for e in cities if e["id"] not in seen and e["id"][:2] not in {c[:2] for c in seen}]
    for feature in sorted([*parts, *whole], key=lambda each: each["id"]):
        polygons = rings(feature["geometry"])
        code = RENAMED.get(feature["id"], feature["id"])
        known = next((each for each in features if each["id"] == code), None)
        if known is not None:
            known["geometry"]["coordinates"] += simplified(polygons)
            continue
        features.append(feature_of(code, feature["properties"]["name"], simplified(polygons)))
        centre = feature["properties"].get("cp") or middle(polygons)
        centres.append((code, round(centre[0], 3), round(centre[1], 3)))
    additions = package / "lib/coord/geo/fix"
    south = [[inset(ring)] for ring in points_of((additions / "nanhai.js").read_text("utf-8"))]
    features.append(feature_of(SANSHA, "三沙（南海诸岛）", south))
    centres += [(SANSHA, *SANSHA_AT), *FOUNDED]
    diaoyu = [snapped(ring, 0.01) for ring in points_of((additions / "diaoyuIsland.js").read_text("utf-8"))]
    next(each for each in features if each["id"] == "710000")["geometry"]["coordinates"].append(diaoyu)
    written = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    (folder / "china.geojson").write_text(written + "\n", "utf-8")
    with (folder / "area_centres.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(
            "# Centres of areas in degrees, from the maps of Apache ECharts 4.9.0 (Apache-2.0), by make_map.py\n"
        )
        csv.writer(file, lineterminator="\n").writerows([("code", "longitude", "latitude"), *sorted(centres)])


def middle(polygons: list) -> tuple[float, float]:
    """The mean of the outer rings' points."""
    points = [point for polygon in polygons for point in polygon[0]]
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def points_of(source: str) -> list:
    """The rings that one of ECharts' additions to its map holds."""
    found = re.search(r"points = (\[.*?\]);", source, re.DOTALL)
    if not found:
        raise SystemExit("no points where ECharts 4.9.0 has some")
    return json.loads(found.group(1))


def inset(ring: list) -> list:
    """A ring of the inset, in degrees."""
    axes = list(zip(INSET_AT, INSET_SCALE, strict=True))
    return [[round(at + value * scale, 2) for value, (at, scale) in zip(point, axes, strict=True)] for point in ring]


if __name__ == "__main__":
    main()
