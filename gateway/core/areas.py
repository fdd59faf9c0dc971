"""Areas by their GB/T 2260 codes: six digits, two each for province, prefecture and county.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.core.errors import SettingsFault

_NO_NAMES: Mapping[str, str] = MappingProxyType({})
MUNICIPALITIES = ("11", "12", "31", "50")  # 北京, 天津, 上海, 重庆: their prefecture is the whole


@dataclass(frozen=True, slots=True)
class AreaAlias:
    """A name in use for an area that the standard names otherwise; `province` as in "福建" or "福建省"."""

    province: str
    name: str
    code: str


class Areas:
    """The table of areas; `english` are names of provinces and prefectures.

    Raises SettingsFault for a code that is not six digits or an alias of an unknown area.
    """

    def __init__(
        self, names: Mapping[str, str], aliases: Iterable[AreaAlias] = (), english: Mapping[str, str] = _NO_NAMES
    ) -> None:
        for code in names:
            if len(code) != 6 or not (code.isascii() and code.isdigit()):
                raise SettingsFault(f"area code {code!r}: GB/T 2260 codes have six digits")
        self._names = dict(names)
        self._english = dict(english)
        self._provinces = [(name, code) for code, name in names.items() if code.endswith("0000")]
        self._aliases: dict[tuple[str, str], str] = {}
        for alias in aliases:
            if alias.code not in self._names:
                raise SettingsFault(f"area alias {alias.province} {alias.name}: no area has the code {alias.code}")
            self._aliases[alias.province, alias.name] = alias.code

    def name(self, code: str, language: str = "zh") -> str:
        """The area's name, "" if there is no such area; in English a county's own name follows its prefecture's."""
        own = self._names.get(code, "")
        if language != "en" or not own:
            return own
        above = self._english.get(f"{code[:4]}00") or self._english.get(f"{code[:2]}0000", "")
        return self._english.get(code) or f"{above} {own}".lstrip()

    def path(self, code: str) -> tuple[str, ...]:
        """Province, prefecture and county of the area as codes, as many as it has; () if there is no such area."""
        steps = (f"{code[:2]}0000", f"{code[:4]}00", code)
        return tuple(step for step in dict.fromkeys(steps) if step in self._names) if code in self._names else ()

    def find(self, province: str, city: str) -> str:
        """The code of a prefecture (or a county right under its province) by names that may lack their ending.

        The province's code if only that is known, "" if not even that.
        """
        alias = self._aliases.get((province, city))
        if alias is not None:
            return alias
        found = next((code for name, code in self._provinces if province and name.startswith(province)), "")
        if not found or found[:2] in MUNICIPALITIES:
            return found
        for code, name in self._names.items():
            if code[:2] == found[:2] and code != found and city and name.startswith(city) and is_prefecture(code):
                return code
        return found


def is_prefecture(code: str) -> bool:
    """Whether the code is of prefecture level: a prefecture, a municipality, or a county right under its province."""
    if code.endswith("0000"):
        return code[:2] in MUNICIPALITIES
    return code.endswith("00") or code[2:4] == "90"


def province_of(code: str) -> str:
    """The code of the province that an area is in; "" for ""."""
    return f"{code[:2]}0000" if code else ""


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """Where numbers come from: the tables behind `places.Places`.

    `mobile_areas[prefix - FIRST_PREFIX]` is an index into `areas` for each seven-digit mobile prefix, 0 for unknown;
    `areas` holds area codes, "" first; `landlines` are area codes by trunk prefix without its 0 ("591").
    """

    mobile_areas: memoryview = field(repr=False)
    areas: tuple[str, ...] = field(repr=False)
    landlines: Mapping[str, str] = field(repr=False)
