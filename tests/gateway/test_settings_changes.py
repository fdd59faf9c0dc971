from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.answering import AnsweringSettings
from gateway.channels.sms import SmsSettings
from gateway.records.settings import RecordsSettings
from gateway.settings import Carrier, CarrierSettings, GatewaySettings, LoggingSettings, Settings
from gateway.settings_changes import Changes, changes
from ivr.settings import VoiceSettings
from smpp.settings import AccountSettings, LinkSettings

GATEWAY = GatewaySettings(records=RecordsSettings(Path("journal"), {"k1": Path("k1")}), voice=VoiceSettings())


def carrier(name: str, window: int = 10) -> Carrier:
    link = LinkSettings("link", "localhost", 2775, "us", window=window)
    return Carrier(name, CarrierSettings(("95001111",)), AccountSettings(name, (link,)))


OLD = Settings(GATEWAY, (carrier("one"), carrier("two")))


def test_the_same_settings_change_nothing() -> None:
    assert changes(OLD, OLD) == Changes((), (), (), ())


def test_carriers_are_added_changed_and_removed_by_name() -> None:
    new = Settings(GATEWAY, (carrier("two", window=3), carrier("three")))
    assert changes(OLD, new) == Changes((carrier("three"),), (carrier("two", window=3),), ("one",), ())


@pytest.mark.parametrize(
    "new",
    [
        replace(GATEWAY, answering=AnsweringSettings(code_limit=1)),
        replace(GATEWAY, templates_path=Path("elsewhere")),
        replace(GATEWAY, logging=LoggingSettings(level="DEBUG")),
        replace(GATEWAY, voice=VoiceSettings(calls_limit=7)),
    ],
)
def test_what_may_change_is_not_refused(new: GatewaySettings) -> None:
    assert changes(OLD, replace(OLD, gateway=new)).refused == ()


@pytest.mark.parametrize(
    ("new", "refused"),
    [
        (replace(GATEWAY, node=7), ("node",)),
        (replace(GATEWAY, sms=SmsSettings(open_limit=7), node=7), ("node", "sms")),
        (replace(GATEWAY, logging=LoggingSettings(file=Path("log"))), ("logging",)),
        (replace(GATEWAY, voice=None), ("voice",)),
        (replace(GATEWAY, voice=VoiceSettings(listen_port=7)), ("voice.listen_port",)),
    ],
)
def test_what_needs_a_restart_is_refused_by_name(new: GatewaySettings, refused: tuple[str, ...]) -> None:
    assert changes(OLD, replace(OLD, gateway=new)).refused == refused


def test_the_carrier_that_texts_results_cannot_change_under_the_hotline() -> None:
    old = replace(OLD, gateway=replace(GATEWAY, voice_texting_carrier="two"))
    for carriers in ((carrier("one"),), (carrier("one"), carrier("two", window=3))):
        assert "carriers/two.toml" in changes(old, replace(old, carriers=carriers)).refused[0]
    assert changes(old, replace(old, carriers=(carrier("two"),))).refused == ()
