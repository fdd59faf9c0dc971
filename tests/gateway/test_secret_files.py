"""Who else may read a secret's file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.secret_files import exposure


def made(folder: Path, mode: int) -> Path:
    path = folder / "secret"
    path.write_text("s3cret", encoding="ascii")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_is_its_owners_alone_is_well(tmp_path: Path, mode: int) -> None:
    assert exposure(made(tmp_path, mode)) == ""


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o444, 0o666])
def test_a_file_that_others_may_read_or_write_is_told_with_its_mode_and_the_remedy(tmp_path: Path, mode: int) -> None:
    path = made(tmp_path, mode)
    told = exposure(path)
    assert f"{path} (mode {mode:04o}): chmod 600 it" in told
    assert "s3cret" not in told


@pytest.mark.parametrize(
    ("mode", "well"), [(0o440, True), (0o640, True), (0o660, False), (0o444, False), (0o604, False)]
)
def test_somebody_elses_file_may_be_read_by_its_group_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, well: bool
) -> None:
    path = made(tmp_path, mode)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert (exposure(path) == "") is well


def test_a_file_that_is_missing_is_told_by_who_reads_it(tmp_path: Path) -> None:
    assert exposure(tmp_path / "none") == ""
