"""What `check` says of [insight]: faults one by one, and nothing where the desk is not in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.check import check
from gateway.insight.receivers import MailSettings, WebhookSettings
from gateway.insight.settings import InsightSettings
from gateway.insight.soundness import about, faults_of, is_in_use
from tests.gateway.configured import CONFIG, GATEWAY, configured

HOOK = WebhookSettings("desk", "https://desk.example.cn/", "0123456789abcdef")


@pytest.fixture
def sound(tmp_path: Path) -> InsightSettings:
    return InsightSettings(
        cases_path=tmp_path / "cases.sqlite", statistics_path=tmp_path / "sums.sqlite",
        centres_path=CONFIG / "map" / "area_centres.csv", area_names_path=CONFIG / "area_names_en.csv",
        map_path=CONFIG / "map" / "china.geojson", scan_state_path=tmp_path / "state", webhooks=(HOOK,),
    )  # fmt: skip


def test_what_is_shipped_has_no_fault_and_is_told_without_secrets(sound: InsightSettings) -> None:
    assert list(faults_of(sound)) == []
    assert about(sound).endswith("cases.sqlite; hot-spots every 300 s; alerts to desk")
    off = replace(sound, webhooks=(), scan_every_seconds=0.0, cases_url="postgresql://u:secret@h/cases")
    assert about(off) == "desk: cases in a database; no scan for hot-spots; alerts to nobody"


@pytest.mark.parametrize("name", ["centres_path", "map_path", "area_names_path", "figures_path"])
def test_a_table_that_is_not_there_is_told(sound: InsightSettings, name: str, tmp_path: Path) -> None:
    assert [key for key, _ in faults_of(replace(sound, **{name: tmp_path / "none"}))] == [name]


@pytest.mark.parametrize("name", ["cases_path", "statistics_path", "scan_state_path"])
def test_a_folder_that_is_not_there_is_told(sound: InsightSettings, name: str, tmp_path: Path) -> None:
    spoilt = replace(sound, **{name: tmp_path / "none" / "file"})
    assert [key for key, _ in faults_of(spoilt)] == [name]
    if name == "scan_state_path":
        assert list(faults_of(replace(spoilt, scan_every_seconds=0.0))) == []


def test_a_mail_servers_authority_that_is_not_there_is_told(sound: InsightSettings, tmp_path: Path) -> None:
    mail = MailSettings("smtp.example.cn", ("a@example.cn",), "z@example.cn", ca_file=str(tmp_path / "none"))
    assert [key for key, _ in faults_of(replace(sound, mail=mail))] == ["mail.ca_file"]


def test_the_desk_is_in_use_once_there_is_a_case_book_or_a_receiver(sound: InsightSettings, tmp_path: Path) -> None:
    assert is_in_use(sound)
    alone = replace(sound, webhooks=())
    assert not is_in_use(alone)
    (tmp_path / "cases.sqlite").touch()
    assert is_in_use(alone)


def test_check_tells_the_faults_of_the_desk_under_their_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_PASSWORD", "s3cret")
    (tmp_path / "hook").write_text("0123456789abcdef", encoding="utf-8")
    hook = '[[insight.webhooks]]\nname = "desk"\nurl = "https://desk.example.cn/"\nsecret_file = "hook"\n'
    findings = check(configured(tmp_path, f"{GATEWAY}\n{hook}"))
    assert any(line.startswith("desk: cases in ") for line in findings.lines)
    assert any("insight.centres_path: " in fault for fault in findings.faults)
