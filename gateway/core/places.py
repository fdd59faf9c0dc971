"""Callers' numbers: their normal form, and where they are at home.  Pure.

A number tells the home of its subscription: the prefecture at best, never the county.  `phonenumbers` judges whether a
number is one (its own area table is years old: it puts all of 173 into Beijing); mobiles go by their seven-digit
prefix, landlines by their trunk prefix.  Short numbers have no home and never meet the parser, which would take
95001111 for a subscriber's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import phonenumbers

from gateway.core.areas import NumberingPlan, is_prefecture
from gateway.core.query import Certainty, Place

FIRST_PREFIX = 1_300_000
LAST_PREFIX = 1_999_999
MAX_DIGITS = 15  # E.164, 6.1
_MAX_REMEMBERED = 10_000
_PUNCTUATION = re.compile(r"[\s().\-/]+")
# Service numbers of China's numbering plan: 10x and 106x (up to 20 digits), 11x, 12x, 95x, 96x; and all short ones.
_SERVICE = re.compile(r"(?:86)?(?:1[0-2]\d{1,18}|9[56]\d{3,6})|\d{0,9}", re.ASCII)

_NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Origin:
    """A caller's number in its normal form (E.164 digits without +, or as received where that is impossible), whether
    it is a subscriber's, and its place."""

    number: str = field(repr=False)
    subscriber: bool
    place: Place = _NOWHERE


class Places:
    """Numbers to origins by a numbering plan."""

    def __init__(self, plan: NumberingPlan) -> None:
        self._mobile_areas = plan.mobile_areas
        self._places = tuple(_place(area) for area in plan.areas)
        self._landlines = {trunk: _place(area) for trunk, area in plan.landlines.items()}
        self._remembered: dict[tuple[str, bool], Origin] = {}

    def origin(self, address: str, international: bool = False) -> Origin:
        """The origin of an address as received; `international`: its type of number says so (SMPP 3.4, 5.2.5)."""
        if len(address) == 13 and address.startswith("861"):  # the common case, without the parser
            national = address[2:]
        elif len(address) == 11 and address.startswith("1") and not international:
            national = address
        else:
            return self._rare(address, international)
        if national.isdecimal() and national.isascii():
            prefix = int(national[:7])
            if prefix >= FIRST_PREFIX and (index := self._mobile_areas[prefix - FIRST_PREFIX]):
                return Origin("86" + national, True, self._places[index])
        return self._rare(address, international)

    def _rare(self, address: str, international: bool) -> Origin:
        key = (address, international)
        origin = self._remembered.get(key)
        if origin is None:
            origin = self._parsed(address, international)
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = origin
        return origin

    def _parsed(self, address: str, international: bool) -> Origin:
        as_received = Origin(address, False)
        digits = _PUNCTUATION.sub("", address)
        international = international or digits.startswith(("+", "00"))
        digits = digits.removeprefix("+").removeprefix("00")
        if not (digits.isascii() and digits.isdecimal()) or _SERVICE.fullmatch(digits):
            return as_received
        if not international:
            international = digits.startswith("86") and len(digits) > 11
        if len(digits) > MAX_DIGITS:
            return as_received
        try:
            number = phonenumbers.parse(f"+{digits}" if international else digits, "CN")
        except phonenumbers.NumberParseException:
            return as_received
        if not phonenumbers.is_valid_number(number):
            return as_received
        normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
        return Origin(normal, True, self._home(normal) if normal.startswith("86") else _NOWHERE)

    def _home(self, normal: str) -> Place:
        national = normal[2:]
        prefix = int(national[:7])
        if len(national) == 11 and FIRST_PREFIX <= prefix <= LAST_PREFIX:
            return self._places[self._mobile_areas[prefix - FIRST_PREFIX]]
        return self._landlines.get(national[:3]) or self._landlines.get(national[:2]) or _NOWHERE


def _place(area: str) -> Place:
    if not area:
        return _NOWHERE
    return Place(area, Certainty.PREFIX if is_prefecture(area) else Certainty.PROVINCE)
