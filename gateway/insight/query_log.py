"""The replay format: regions.csv, products.csv and queries.csv of one folder, read strictly.

Every fault is one line that names the file and, where there is one, the line.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

VERDICTS = ("genuine_first", "genuine_repeat", "unknown", "not_activated", "expired")
_REGION_COLUMNS = ("region", "province", "lat", "lon", "population")
_PRODUCT_COLUMNS = ("product", "resource_code", "sales_provinces")
_QUERY_COLUMNS = ("ts", "region", "product", "code", "caller", "verdict")
_LONGEST_FIELD = 1_000
_NOWHERE = ("", "unknown", "?")


class ReplayFault(Exception):
    """A log that cannot be replayed; the text says where it is wrong and what is wanted."""


@dataclass(frozen=True, slots=True)
class Region:
    """A prefecture; `latitude_deg` and `longitude_deg` of its centre."""

    name: str
    province: str
    latitude_deg: float
    longitude_deg: float
    population: float


@dataclass(frozen=True, slots=True)
class Product:
    """A supervised product and the provinces that it is sold in (none: not known)."""

    name: str
    resource_code: str
    sales_provinces: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """One answered query.  `at` is in seconds since 1970; an unknown region is an empty string."""

    at: float
    region: str
    product: str
    code: str
    caller: str
    verdict: str
    destination: str


@dataclass(frozen=True, slots=True)
class Geography:
    """The regions and products that a log refers to, in the order of their files."""

    regions: tuple[Region, ...]
    products: tuple[Product, ...]


def _rows(path: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in wanted if name not in header]
            if missing:
                raise ReplayFault(f"{path.name}:1: the column {missing[0]} is missing; wanted are {','.join(wanted)}")
            for row in reader:
                where = f"{path.name}:{reader.line_num}"
                if not row:
                    continue
                if len(row) != len(header):
                    raise ReplayFault(f"{where}: {len(row)} fields where the header has {len(header)}")
                yield where, dict(zip(header, row, strict=True))
    except OSError as exc:
        raise ReplayFault(f"{path.name}: cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ReplayFault(f"{path.name}: is not UTF-8 (byte {exc.start})") from exc
    except csv.Error as exc:
        raise ReplayFault(f"{path.name}:{reader.line_num}: {exc}") from exc


def _number(text: str, where: str, name: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ReplayFault(f"{where}: {name} is not a number from {low:g} to {high:g}: {text[:40]!r}")
    return value


def _instant(text: str, where: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _number(text, where, "ts, neither an ISO 8601 time nor Unix seconds,", 0, 4e9)
    return moment.replace(tzinfo=UTC).timestamp()  # the offset, if any, is dropped: days are local days


def read_geography(folder: Path) -> Geography:
    """The regions and products of `folder`.  Raises ReplayFault."""
    regions: dict[str, Region] = {}
    for where, row in _rows(folder / "regions.csv", _REGION_COLUMNS):
        name = row["region"]
        if not name or name in regions:
            raise ReplayFault(f"{where}: the region {name[:40]!r} is empty or there twice")
        latitude = _number(row["lat"], where, "lat", -90, 90)
        longitude = _number(row["lon"], where, "lon", -180, 180)
        population = _number(row["population"], where, "population", 0, 1e10)
        regions[name] = Region(name, row["province"], latitude, longitude, population)
    if not regions:
        raise ReplayFault("regions.csv: holds no region")
    products: dict[str, Product] = {}
    for where, row in _rows(folder / "products.csv", _PRODUCT_COLUMNS):
        name = row["product"]
        if not name or name in products:
            raise ReplayFault(f"{where}: the product {name[:40]!r} is empty or there twice")
        provinces = frozenset(filter(None, (part.strip() for part in row["sales_provinces"].split("|"))))
        products[name] = Product(name, row["resource_code"], provinces)
    return Geography(tuple(regions.values()), tuple(products.values()))


def read_queries(folder: Path, geography: Geography) -> Iterator[Seen]:
    """The queries of `folder`, one after the other.  Raises ReplayFault at the first faulty line."""
    known = {region.name for region in geography.regions}
    products = {product.name for product in geography.products}
    by_code = {product.resource_code: product.name for product in geography.products}
    latest = -math.inf
    for where, row in _rows(folder / "queries.csv", _QUERY_COLUMNS):
        at, region, product, verdict = _instant(row["ts"], where), row["region"], row["product"], row["verdict"]
        if at < latest:
            raise ReplayFault(f"{where}: earlier than the line before; sort queries.csv by ts")
        latest = at
        if region not in known:
            if region.lower() not in _NOWHERE:
                raise ReplayFault(f"{where}: the region {region[:40]!r} is not in regions.csv")
            region = ""
        if verdict not in VERDICTS:
            raise ReplayFault(f"{where}: the verdict {verdict[:40]!r} is none of {', '.join(VERDICTS)}")
        if product not in products:
            product = by_code.get(product, product if verdict != "unknown" else "")
            if product and product not in products:
                raise ReplayFault(f"{where}: the product {product[:40]!r} is not in products.csv")
        if not row["code"] or not row["caller"]:
            raise ReplayFault(f"{where}: {'code' if not row['code'] else 'caller'} is empty")
        yield Seen(at, region, product, row["code"], row["caller"], verdict, row.get("dest_province", ""))


def first_time(folder: Path) -> str:
    """The first query's time as the log writes it; empty when there is none.  Raises ReplayFault."""
    return next((row["ts"] for _, row in _rows(folder / "queries.csv", _QUERY_COLUMNS)), "")
