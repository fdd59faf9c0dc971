"""The JSON body of a request, field by field: each is of its form, or is told with what to write.  Pure."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence

from gateway.registry.codes.minting import CODE_DIGITS, RESOURCE_CODE_DIGITS
from gateway.registry.faults import RequestFault

# No control characters, no private ones, nothing that is half a character; the first one is no space.
_FIRST = "!-~\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff\uf900-\U0003ffff"
MAX_WORDS_CHARACTERS = 200
_WORDS = re.compile(f"[{_FIRST}][ \u3000{_FIRST}]*")
_AREA = re.compile(r"[0-9]{6}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fields:
    """The named values of one JSON object.  Every reading raises RequestFault."""

    def __init__(self, values: object, known: Sequence[str], where: str = "") -> None:
        if not isinstance(values, Mapping):
            raise RequestFault(
                "{field}: send a JSON object with {known}",
                "send_object",
                field=where.rstrip(".") or "the body",
                known=", ".join(known),
            )
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise RequestFault(
                "{where}{name} is not known here: there are {known}",
                "field_not_known",
                where=where,
                name=ascii(unknown[0][:40]),
                known=", ".join(known),
            )
        self._values = values
        self._where = where

    def has(self, name: str) -> bool:
        """Whether it was sent."""
        return name in self._values

    def inner(self, name: str, known: Sequence[str]) -> Fields:
        """The object in a field."""
        return Fields(self._values.get(name), known, f"{self._where}{name}.")

    def words(self, name: str, most: int = MAX_WORDS_CHARACTERS) -> str:
        """Text that says something."""
        text = self._values.get(name)
        if not isinstance(text, str) or len(text) > most or not _WORDS.fullmatch(text):
            raise RequestFault(
                "{field}: write 1 to {most} characters of text", "write_text", field=self._at(name), most=most
            )
        return text

    def optional_words(self, name: str, most: int = MAX_WORDS_CHARACTERS) -> str:
        """Text, "" where it was left out or empty."""
        return "" if self._values.get(name, "") == "" else self.words(name, most)

    def number(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number."""
        value = self._values.get(name, default)
        if isinstance(value, float) and value.is_integer():  # 1.0 is an integer in JSON Schema
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise RequestFault(
                "{field}: write a whole number, {least} to {most}",
                "write_number",
                field=self._at(name),
                least=least,
                most=most,
            )
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it was left out."""
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise RequestFault("{field}: write true or false", "write_flag", field=self._at(name))
        return value

    def choices(self, name: str, known: Sequence[str]) -> list[str]:
        """A list of some of the words `known`, empty where it was left out."""
        values = self._values.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value in known for value in values):
            raise RequestFault(
                "{field}: write a list of {known}", "write_list", field=self._at(name), known=", ".join(known)
            )
        return values

    def day(self, name: str) -> str:
        """An ISO 8601 day that exists."""
        fault = RequestFault("{field}: write a day, such as 2026-11-01", "write_day", field=self._at(name))
        text = self._matching(name, _DAY, fault)
        try:
            dt.date.fromisoformat(text)
        except ValueError as exc:
            raise RequestFault("{field}: there is no such day", "no_such_day", field=self._at(name)) from exc
        return text

    def area(self, name: str) -> str:
        """Six digits of GB/T 2260."""
        fault = RequestFault(
            "{field}: write six digits (GB/T 2260), such as 350181", "write_area", field=self._at(name)
        )
        return self._matching(name, _AREA, fault)

    def digits(self, name: str, count: int) -> str:
        """So many ASCII digits: a resource code, or a code."""
        fault = RequestFault("{field}: write {count} digits", "write_digits", field=self._at(name), count=count)
        return self._matching(name, re.compile(rf"[0-9]{{{count}}}"), fault)

    def code(self, name: str) -> str:
        """A code of 20 digits."""
        return self.digits(name, CODE_DIGITS)

    def resource_code(self, name: str) -> str:
        """A product's resource code."""
        return self.digits(name, RESOURCE_CODE_DIGITS)

    def octets(self, name: str, count: int) -> bytes:
        """So many octets as lower-case hexadecimal digits."""
        pattern = re.compile(rf"[0-9a-f]{{{2 * count}}}")
        fault = RequestFault(
            "{field}: write {count} lower-case hexadecimal digits",
            "write_hexadecimal",
            field=self._at(name),
            count=2 * count,
        )
        return bytes.fromhex(self._matching(name, pattern, fault))

    def _matching(self, name: str, pattern: re.Pattern[str], fault: RequestFault) -> str:
        text = self._values.get(name)
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise fault
        return text

    def _at(self, name: str) -> str:
        return f"{self._where}{name}"


def json_object(body: bytes) -> object:
    """The body's value.  Raises RequestFault."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise RequestFault("the body is not JSON", "not_json") from exc
