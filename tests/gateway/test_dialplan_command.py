"""`python -m gateway dialplan`: from a file of settings to files for Asterisk, or a word on what is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.dialplan_command import read_settings
from ivr.dialplan import DialplanSettings

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "config" / "dialplan.toml"


def test_the_sample_is_the_defaults_and_tells_every_setting() -> None:
    defaults = DialplanSettings()
    read = read_settings(SAMPLE)
    assert read.prompts_folder.resolve() == ROOT / "templates" / "voice"
    told = tomllib.loads(re.sub(r"^#([a-z_]+ = )", r"\1", SAMPLE.read_text("utf-8"), flags=re.MULTILINE))
    for name in DialplanSettings.__slots__:
        if name not in ("prompts_folder", "lines", "trunks"):
            value = getattr(defaults, name)
            assert told[name] == (list(value) if isinstance(value, tuple) else value)
        assert name == "prompts_folder" or getattr(read, name) == getattr(defaults, name)


def test_the_command_writes_what_the_settings_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "dialplan.toml"
    settings.write_text('calls_limit = 7\nprompts_folder = "voice"\n[[lines]]\nnumber = "12345"\nlanguage = "en"\n')
    assert main(["dialplan", "--out", str(tmp_path / "etc"), "--settings", str(settings)]) == 0
    written = (tmp_path / "etc" / "extensions_hotline.conf").read_text("utf-8")
    assert "exten => 12345,1,Set(HOTLINE_LANGUAGE=en)" in written
    assert "> 7]?busy" in written
    assert f"Playback({tmp_path}/voice/" in written
    assert len(capsys.readouterr().out.splitlines()) == len(list((tmp_path / "etc").iterdir())) == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("calls_limit = 'many'", "dialplan.toml: calls_limit: must be a whole number"),
        ("call_limit = 3", "dialplan.toml: call_limit: unknown setting"),
        ('gateways = ["a:1)\\nexten"]', "dialplan.toml: gateways:"),
        ("gateways = []", "at least one number and one gateway"),
        ("= 1", "dialplan.toml: is not TOML"),
    ],
)
def test_a_setting_that_cannot_be_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, fault: str
) -> None:
    (tmp_path / "dialplan.toml").write_text(text)
    assert main(["dialplan", "--out", str(tmp_path), "--settings", str(tmp_path / "dialplan.toml")]) == 78
    assert fault in capsys.readouterr().err


def test_settings_that_are_not_there_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dialplan", "--out", str(tmp_path), "--settings", str(tmp_path / "none.toml")]) == 74
    assert "none.toml" in capsys.readouterr().err
