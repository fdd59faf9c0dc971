from __future__ import annotations

import importlib.util
import struct
from pathlib import Path

import pytest

from gateway.core.areas import Areas
from gateway.core.errors import SettingsFault
from gateway.core.query import Certainty, Place
from gateway.records import place_tables
from gateway.records.place_tables import numbering_plan, packaged_prefixes, read_areas, read_places

CONFIG = Path(__file__).parents[3] / "config"
HEADER = "code,name\n"
AREAS = Areas({"350000": "福建省", "350100": "福州市", "350200": "厦门市", "420000": "湖北省"})


@pytest.fixture(scope="module")
def areas() -> Areas:
    return read_areas(CONFIG / "areas.csv", CONFIG / "area_aliases.csv")


def table(*records: str, prefixes: tuple[tuple[int, int], ...] = ()) -> bytes:
    """A prefix file of these records; each prefix names its record by position."""
    texts = [record.encode() + b"\0" for record in records]
    offsets = [8 + sum(map(len, texts[:place])) for place in range(len(texts))]
    head = struct.pack("<4si", b"test", 8 + sum(map(len, texts)))
    return head + b"".join(texts) + b"".join(struct.pack("<iiB", prefix, offsets[at], 1) for prefix, at in prefixes)


def test_prefixes_and_trunk_codes_are_read_from_the_file() -> None:
    content = table(
        "福建|福州|350000|0591",
        "福建|厦门|361000|0592",
        "福建|别处|361000|0592",
        "湖北|别处|430000|00592",
        prefixes=((1_381_234, 0), (1_999_999, 1), (1_200_000, 1)),
    )
    plan = numbering_plan(content, AREAS)
    assert plan.areas == ("", "350100", "350200", "350000", "420000")
    assert [plan.mobile_areas[prefix - 1_300_000] for prefix in (1_381_234, 1_999_999, 1_300_000)] == [1, 2, 0]
    assert plan.landlines == {"591": "350100", "592": ""}


def test_every_name_in_the_packaged_table_has_an_area_of_prefecture_level(areas: Areas) -> None:
    plan = numbering_plan(packaged_prefixes().read_bytes(), areas)
    assert sum(1 for index in plan.mobile_areas if index) == 499_527
    assert [areas.name(area) for area in plan.areas if area.endswith("0000")] == [
        "上海市",
        "北京市",
        "天津市",
        "湖北省",
        "重庆市",
    ]
    assert plan.landlines["29"] == "610000"


def test_the_packaged_tables_place_numbers_that_the_older_ones_got_wrong(areas: Areas) -> None:
    places = read_places(areas)
    assert areas.name(places.origin("17312345678").place.area) == "连云港市"
    assert places.origin("059187654321").place == Place("350100", Certainty.PREFIX)


def test_the_areas_hold_the_revision_in_force(areas: Areas) -> None:
    assert areas.name("350112") == "长乐区"
    assert areas.name("350182") == ""
    assert areas.path("350112") == ("350000", "350100", "350112")


@pytest.mark.parametrize("content", [b"", b"abcd", table("福建|福州|350000|0591") + b"x", table("福建|福州")])
def test_a_file_that_is_no_prefix_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "phone.dat"
    path.write_bytes(content)
    with pytest.raises(SettingsFault, match=r"phone\.dat"):
        read_places(AREAS, path)


def test_a_missing_prefix_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_places(AREAS, tmp_path / "phone.dat")


def test_a_missing_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsFault, match="install"):
        place_tables.packaged_prefixes()


@pytest.mark.parametrize(
    ("rows", "fault"),
    [("350100\n", "row 2 has 1 columns"), ("350,福州\n", "six digits"), ("\x00\ud800", "cannot be read")],
)
def test_a_faulty_table_of_areas_is_refused_with_its_path(tmp_path: Path, rows: str, fault: str) -> None:
    path = tmp_path / "areas.csv"
    path.write_bytes((HEADER + rows).encode(errors="surrogatepass"))
    (tmp_path / "aliases.csv").write_text("province,name,code\n", encoding="utf-8")
    with pytest.raises(SettingsFault, match=fault) as raised:
        read_areas(path, tmp_path / "aliases.csv")
    assert str(path) in str(raised.value)
