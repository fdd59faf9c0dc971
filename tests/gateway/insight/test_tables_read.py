"""Tables that others wrote: centres of areas, figures of products; and which case a signal belongs to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.core.statistics import ProductFigures, prefecture_of
from gateway.insight.case_values import Case
from gateway.insight.centres import read_centres
from gateway.insight.figures import read_figures
from gateway.insight.ladder import CaseState
from gateway.insight.merging import belongs
from gateway.insight.signals import Detector
from gateway.records.place_tables import read_areas
from tests.gateway.configured import CONFIG
from tests.gateway.insight.findings import BEIJING, FUZHOU, NOON, signal

CASE = Case(1, Detector.PREFIX, CaseState.SIGNAL, "8000001", "", (FUZHOU,), NOON, NOON, "", None, "")


def test_the_centres_that_are_shipped_cover_every_prefecture() -> None:
    centres = read_centres(CONFIG / "map" / "area_centres.csv")
    assert _prefectures() <= centres.keys()
    assert len({code[:2] for code in centres}) == 34
    assert all(73 < longitude < 136 and 3 < latitude < 54 for longitude, latitude in centres.values())


def test_the_english_names_that_are_shipped_cover_every_prefecture_and_are_no_chinese() -> None:
    areas = read_areas(CONFIG / "areas.csv", CONFIG / "area_aliases.csv", CONFIG / "area_names_en.csv")
    names = {code: areas.name(code, "en") for code in _prefectures()}
    assert all(name and all(ord(letter) < 0x250 for letter in name) for name in names.values())
    assert (names["350100"], names["610100"], names["411100"], names["659012"]) == (
        "Fuzhou",
        "Xi'an",
        "Luohe",
        "Baiyang",
    )


def _prefectures() -> set[str]:
    """Those of the table of areas."""
    lines = (CONFIG / "areas.csv").read_text(encoding="utf-8").splitlines()
    codes = [line[:6] for line in lines if line[:6].isdecimal()]
    whole = {code[:2] for code in codes} - {code[:2] for code in codes if not code.endswith("0000")}  # Taiwan
    return {prefecture_of(code) for code in codes if not code.endswith("0000") or code[:2] in whole}


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "code,longitude,latitude\n350100,x,1\n"])
def test_centres_that_cannot_be_read_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "centres").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault, match="restore"):
        read_centres(tmp_path / "centres")
    with pytest.raises(SettingsFault, match="restore"):
        read_centres(tmp_path / "none")


def test_figures_are_read_with_what_they_have(tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("resource_code,name,issued,activated\n8000001,茶,9,7\n", encoding="utf-8")
    assert read_figures(tmp_path / "figures") == {"8000001": ProductFigures("8000001", 7, "茶")}


@pytest.mark.parametrize(
    ("text", "fault"),
    [("resource_code\n", "activated is missing"), ("resource_code,activated\n8,x\n", "whole number")],
)
def test_figures_that_cannot_be_read_are_told(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "figures").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault, match=fault):
        read_figures(tmp_path / "figures")


@pytest.mark.parametrize(
    ("case_areas", "areas", "product", "together"),
    [
        ((FUZHOU,), (FUZHOU, BEIJING), "8000001", True),
        ((FUZHOU,), (BEIJING,), "8000001", False),
        ((), (BEIJING,), "8000001", True),
        ((FUZHOU,), (), "8000001", True),
        ((), (), "", False),
        ((FUZHOU,), (FUZHOU,), "8000002", False),
    ],
)
def test_without_a_code_product_and_place_decide(
    case_areas: tuple[str, ...], areas: tuple[str, ...], product: str, together: bool
) -> None:
    case = replace(CASE, areas=case_areas, product="" if not product else CASE.product)
    found = signal(detector=Detector.PREFIX, code="", areas=areas, product=product)
    assert belongs(found, case) is together
