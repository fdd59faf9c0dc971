"""Every text can be read: the contrast of its colour against its ground, by WCAG 2.2, 1.4.3 and 1.4.11."""

from __future__ import annotations

import re

import pytest

from tests.gateway.monitor.served import TEMPLATES

_RULE = re.compile(r"(--[\w-]+):\s*(#[0-9a-f]{3,6})\b")
_TEXTS = [
    *((text, ground) for text in ("text", "quiet", "accent", "good", "warn", "bad") for ground in ("ground", "panel")),
    ("on-accent", "accent"),
    ("good", "good-ground"),
    ("warn", "warn-ground"),
    ("bad", "bad-ground"),
    ("text", "bad-ground"),
    ("accent", "bad-ground"),
    ("text", "warn-ground"),
    ("text", "good-ground"),
    ("ground", "bad"),  # numbers on the map's spots
]
_LINES = [(f"line{number}", "panel") for number in range(1, 5)]


def colours(sheet: str, scheme: str) -> dict[str, str]:
    """The variables of :root, in light or in dark."""
    text = (TEMPLATES / "static" / sheet).read_text(encoding="utf-8")
    light, _, rest = text.partition("@media (prefers-color-scheme: dark)")
    dark = rest.partition("\n}")[0]
    found = dict(_RULE.findall(light)) | (dict(_RULE.findall(dark)) if scheme == "dark" else {})
    return {name.removeprefix("--"): colour for name, colour in found.items()}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_greatest_contrast_there_is() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    known = colours("monitor.css", scheme)
    faint = {pair: contrast(known[pair[0]], known[pair[1]]) for pair in _TEXTS}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_line_of_a_chart_and_every_frame_of_a_field_stands_out(scheme: str) -> None:
    known = colours("monitor.css", scheme) | colours("live.css", scheme)
    pairs = [*_LINES, ("quiet", "ground"), ("quiet", "panel")]
    assert {pair: contrast(known[pair[0]], known[pair[1]]) >= 3 for pair in pairs} == dict.fromkeys(pairs, True)


@pytest.mark.parametrize("sheet", ["monitor.css", "live.css", "cases.css"])
def test_colours_are_named_once_and_used_by_their_purpose(sheet: str) -> None:
    text = (TEMPLATES / "static" / sheet).read_text(encoding="utf-8")
    rules = re.sub(r":root \{[^}]*\}", "", text)
    assert re.findall(r"#[0-9a-f]{3,8}\b", rules) == []
