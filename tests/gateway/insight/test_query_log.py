"""The replay format: what is read, and how faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.insight.query_log import ReplayFault, Seen, read_geography, read_queries

_REGIONS = "region,province,lat,lon,population,counties\nFuzhou,Fujian,26.07,119.3,8000000,13\n"
_PRODUCTS = "product,resource_code,sales_provinces\nwine,8000001,Fujian|Zhejiang\n"
_HEADER = "ts,region,county,product,code,caller,channel,verdict,dest_province\n"
_LINE = "2025-01-01T08:00:00,Fuzhou,,wine,80000010000000011234,c1,sms,genuine_first,Fujian\n"


def _folder(path: Path, queries: str = _HEADER + _LINE, regions: str = _REGIONS, products: str = _PRODUCTS) -> Path:
    for name, text in (("regions", regions), ("products", products), ("queries", queries)):
        (path / f"{name}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def _read(folder: Path) -> list[Seen]:
    return list(read_queries(folder, read_geography(folder)))


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    (seen,) = _read(_folder(tmp_path))
    assert (seen.region, seen.product, seen.verdict, seen.destination) == ("Fuzhou", "wine", "genuine_first", "Fujian")
    assert seen.at == 1_735_718_400.0


@pytest.mark.parametrize(
    "ts", ["2025-01-01 08:00:00", "2025-01-01T08:00:00+08:00", "2025-01-01T08:00:00Z", "1735718400"]
)
def test_times_are_iso_or_unix_seconds_and_days_are_local(tmp_path: Path, ts: str) -> None:
    (seen,) = _read(_folder(tmp_path, _HEADER + _LINE.replace("2025-01-01T08:00:00", ts)))
    assert seen.at == 1_735_718_400.0


def test_a_mark_of_byte_order_blank_lines_and_other_columns_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeff" + _HEADER.strip() + ",more\n\n" + _LINE.strip() + ",x\n"
    assert len(_read(_folder(tmp_path, text))) == 1


def test_an_unknown_place_and_a_resource_code_in_place_of_a_product_are_accepted(tmp_path: Path) -> None:
    line = _LINE.replace("Fuzhou", "unknown").replace("wine", "8000001")
    (seen,) = _read(_folder(tmp_path, _HEADER + line))
    assert (seen.region, seen.product) == ("", "wine")


def test_a_missed_code_of_no_listed_product_has_no_product(tmp_path: Path) -> None:
    line = _LINE.replace("wine", "9999999").replace("genuine_first", "unknown")
    assert _read(_folder(tmp_path, _HEADER + line))[0].product == ""


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        ("", "queries.csv:1: the column ts is missing"),
        (_HEADER.replace("caller", "who") + _LINE, "queries.csv:1: the column caller is missing"),
        (_HEADER + _LINE.replace("sms,", ""), "queries.csv:2: 8 fields where the header has 9"),
        (_HEADER + _LINE.replace("2025-01-01T08:00:00", "yesterday"), "queries.csv:2: ts, neither"),
        (_HEADER + _LINE.replace("Fuzhou", "Atlantis"), "queries.csv:2: the region 'Atlantis' is not in regions.csv"),
        (_HEADER + _LINE.replace("wine", "gold"), "queries.csv:2: the product 'gold' is not in products.csv"),
        (_HEADER + _LINE.replace("genuine_first", "maybe"), "queries.csv:2: the verdict 'maybe' is none of"),
        (_HEADER + _LINE.replace("80000010000000011234", ""), "queries.csv:2: code is empty"),
        (_HEADER + _LINE.replace("c1", ""), "queries.csv:2: caller is empty"),
        (_HEADER + _LINE + _LINE.replace("2025", "2024"), "queries.csv:3: earlier than the line before"),
        (_HEADER + _LINE.replace("c1", "x" * 2000), "queries.csv:2: field larger than field limit"),
        (_HEADER + _LINE.replace("c1", '"x'), "queries.csv:2: unexpected end of data"),
        (_HEADER + "\udcff\udcfe" + _LINE, "queries.csv: is not UTF-8"),
    ],
)
def test_a_faulty_query_is_told_with_its_line(tmp_path: Path, queries: str, told: str) -> None:
    with pytest.raises(ReplayFault) as fault:
        _read(_folder(tmp_path, queries))
    assert str(fault.value).startswith(told)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("regions", "told"),
    [
        (_REGIONS.splitlines()[0] + "\n", "regions.csv: holds no region"),
        (_REGIONS.replace("26.07", "126"), "regions.csv:2: lat is not a number from -90 to 90: '126'"),
        (_REGIONS.replace("8000000", "nan"), "regions.csv:2: population is not a number"),
        (_REGIONS + _REGIONS.splitlines()[1] + "\n", "regions.csv:3: the region 'Fuzhou' is empty or there twice"),
    ],
)
def test_a_faulty_region_is_told_with_its_line(tmp_path: Path, regions: str, told: str) -> None:
    with pytest.raises(ReplayFault) as fault:
        read_geography(_folder(tmp_path, regions=regions))
    assert str(fault.value).startswith(told)


def test_a_product_that_is_there_twice_and_a_missing_file_are_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, products=_PRODUCTS + _PRODUCTS.splitlines()[1] + "\n")
    with pytest.raises(ReplayFault, match=r"products\.csv:3: the product 'wine' is empty or there twice"):
        read_geography(folder)
    (folder / "regions.csv").unlink()
    with pytest.raises(ReplayFault, match=r"regions\.csv: cannot be read: No such file"):
        read_geography(folder)
