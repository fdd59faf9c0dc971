"""Prompts that are heard: by which program, to the end or until a key, and what is told where nothing can be heard."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.player import Player


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a program on a PATH that has nothing else but a shell and sleep."""
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "sleep"):
        (tmp_path / "bin" / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def install(name: str, script: str) -> None:
        program = tmp_path / "bin" / name
        program.write_text(f"#!{tmp_path}/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return install


def test_a_sound_is_given_to_the_first_player_there_is(install: Callable[[str, str], None], tmp_path: Path) -> None:
    install("play", "exit 1")
    install("paplay", f'echo "$@" >> {tmp_path}/played')
    told: list[str] = []
    player = Player(told.append)
    player.play("/p/zh/menu")
    player.play("/p/zh/goodbye")  # after the other
    player.finish()
    options = "--raw --format=ulaw --rate=8000 --channels=1"
    assert (tmp_path / "played").read_text().splitlines() == [
        f"{options} /p/zh/menu.ulaw",
        f"{options} /p/zh/goodbye.ulaw",
    ]
    assert told == []


def test_a_key_stops_the_sound(install: Callable[[str, str], None], tmp_path: Path) -> None:
    install("aplay", f"echo $$ > {tmp_path}/pid.part; mv {tmp_path}/pid.part {tmp_path}/pid; exec sleep 600")
    (tmp_path / "bin" / "mv").symlink_to("/bin/mv")
    told: list[str] = []
    player = Player(told.append)
    player.play("/p/zh/menu")
    deadline = time.monotonic() + 10
    while not (tmp_path / "pid").exists():
        assert time.monotonic() < deadline
    player.hush()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert told == []


def test_a_machine_that_cannot_be_heard_is_told_once(install: Callable[[str, str], None]) -> None:
    install("aplay", "exit 1")
    told: list[str] = []
    player = Player(told.append)
    for _ in range(3):
        player.play("/p/zh/menu")
        player.finish()
    player.hush()
    assert len(told) == 1
    assert "finds no device" in told[0]


def test_a_machine_without_a_player_is_told_what_is_missing(install: Callable[[str, str], None]) -> None:
    told: list[str] = []
    player = Player(told.append)
    player.play("/p/zh/menu")
    player.hush()
    assert told == ["(no sound: none of aplay, paplay, play is installed)"]
