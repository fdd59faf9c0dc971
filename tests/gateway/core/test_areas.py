from __future__ import annotations

import pytest

from gateway.core.areas import AreaAlias, Areas, is_prefecture, province_of
from gateway.core.errors import SettingsFault

NAMES = {
    "110000": "北京市",
    "110101": "东城区",
    "350000": "福建省",
    "350100": "福州市",
    "350112": "长乐区",
    "350900": "宁德市",
    "420000": "湖北省",
    "429005": "潜江市",
}
AREAS = Areas(NAMES, [AreaAlias("福建", "榕城", "350100")])


@pytest.mark.parametrize(
    ("province", "city", "code"),
    [
        ("福建", "福州", "350100"),
        ("福建省", "宁德市", "350900"),
        ("福建", "榕城", "350100"),
        ("湖北", "潜江", "429005"),
        ("北京", "北京", "110000"),
        ("福建", "不知道", "350000"),
        ("福建", "", "350000"),
        ("福建", "长乐", "350000"),
        ("海外", "福州", ""),
        ("", "福州", ""),
    ],
)
def test_names_without_their_endings_find_the_prefecture_or_else_the_province(
    province: str, city: str, code: str
) -> None:
    assert AREAS.find(province, city) == code


def test_a_path_goes_from_province_to_county_and_skips_what_the_standard_lacks() -> None:
    assert AREAS.path("350112") == ("350000", "350100", "350112")
    assert AREAS.path("350100") == ("350000", "350100")
    assert AREAS.path("429005") == ("420000", "429005")
    assert AREAS.path("350000") == ("350000",)
    assert AREAS.path("999999") == ()


def test_an_unknown_code_has_no_name() -> None:
    assert AREAS.name("350112") == "长乐区"
    assert AREAS.name("350182") == ""


def test_a_municipality_and_a_county_right_under_its_province_count_as_prefectures() -> None:
    assert [code for code in NAMES if is_prefecture(code)] == ["110000", "350100", "350900", "429005"]


def test_an_area_belongs_to_one_province() -> None:
    assert province_of("350112") == "350000"
    assert province_of("") == ""


@pytest.mark.parametrize("code", ["35", "35010a", "３５０１００"])
def test_a_code_of_another_shape_is_refused(code: str) -> None:
    with pytest.raises(SettingsFault, match="six digits"):
        Areas({code: "福州市"})


def test_an_alias_of_an_unknown_area_is_refused() -> None:
    with pytest.raises(SettingsFault, match="榕城"):
        Areas(NAMES, [AreaAlias("福建", "榕城", "350199")])


@pytest.mark.parametrize(
    ("code", "name"),
    [("350100", "Fuzhou"), ("350112", "Fuzhou 长乐区"), ("110101", "Beijing 东城区"), ("350900", "宁德市"), ("1", "")],
)
def test_an_english_name_is_the_areas_own_or_its_prefectures_before_it(code: str, name: str) -> None:
    areas = Areas(NAMES, english={"350100": "Fuzhou", "110000": "Beijing"})
    assert areas.name(code, "en") == name
    assert areas.name(code) == NAMES.get(code, "")
