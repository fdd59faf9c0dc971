"""Rendered Asterisk configuration: whole, and closed to values that would break out of a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.dialplan import DialplanFault, DialplanSettings, HotlineNumber, Trunk, render

TEMPLATES = Path(__file__).resolve().parents[2] / "dialplans"


def text(settings: DialplanSettings, name: str = "extensions_hotline.conf") -> str:
    return next(file.text for file in render(settings, TEMPLATES) if file.name == name)


def test_gateways_are_tried_in_order_and_each_ones_last_word_is_checked() -> None:
    rendered = text(DialplanSettings(gateways=("a:1", "b:2")))
    assert rendered.index("agi://a:1/") < rendered.index("agi://b:2/") < rendered.index("service_unavailable")
    assert rendered.count('"${HOTLINE_DONE}" = "1"') == 2


def test_blocked_callers_are_refused_on_every_number() -> None:
    lines = (HotlineNumber("95001111"), HotlineNumber("95001112", "en"))
    rendered = text(DialplanSettings(lines=lines, blocked_callers=("_95.",)))
    assert "exten => 95001111/_95.,1,Hangup(21)" in rendered
    assert "exten => 95001112/_95.,1,Hangup(21)" in rendered


def test_agents_are_dialled_within_their_hours_only() -> None:
    rendered = text(DialplanSettings(agents_dial="PJSIP/100", agents_hours=("09:00-17:00,mon-fri,*,*",)))
    assert "ExecIfTime(09:00-17:00,mon-fri,*,*?Set(HOTLINE_AGENTS=open))" in rendered
    assert "Dial(PJSIP/100,45)" in rendered
    assert "Dial(" not in text(DialplanSettings())


def test_two_carriers_are_known_by_their_addresses() -> None:
    rendered = text(DialplanSettings(), "pjsip_trunks.conf")
    assert rendered.count("type=identify") == 2
    assert "password=" not in rendered.replace(";   password=", "")


@pytest.mark.parametrize(
    "settings",
    [
        DialplanSettings(gateways=("a:1)\nexten => x",)),
        DialplanSettings(lines=(HotlineNumber("1;2"),)),
        DialplanSettings(trunks=(Trunk("a", "b", "h${EVIL}", ()),)),
        DialplanSettings(gateways=()),
        DialplanSettings(prompts_folder=Path("/a,b;c")),
    ],
)
def test_a_value_that_means_something_to_asterisk_is_refused(settings: DialplanSettings) -> None:
    with pytest.raises(DialplanFault):
        render(settings, TEMPLATES)
