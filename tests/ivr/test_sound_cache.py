"""The cache of sounds: bounded, the least recently used first to go, and whole whatever happens to its folder."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr.sound_cache import SoundCache


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_least_recently_used_goes_first_with_its_text(tmp_path: Path) -> None:
    cache = SoundCache(tmp_path, 30)
    for key in "abc":
        cache.write(key, b"0123456789", f"text of {key}")
    assert cache.read("a") == b"0123456789"
    cache.write("d", b"0123456789", "d")
    assert names(tmp_path) == {f"{key}.{kind}" for key in "acd" for kind in ("ulaw", "txt")}
    assert cache.read("b") is None
    assert (tmp_path / "a.txt").read_text() == "text of a"


def test_what_an_earlier_process_left_is_kept_and_bounded_too(tmp_path: Path) -> None:
    for age, key in enumerate(("new", "old")):
        (tmp_path / f"{key}.ulaw").write_bytes(b"0123456789")
        os.utime(tmp_path / f"{key}.ulaw", (1000 - age, 1000 - age))
    (tmp_path / "broken.ulaw.7.7.part").touch()
    cache = SoundCache(tmp_path, 15)
    assert (cache.read("new"), cache.read("old")) == (b"0123456789", None)
    assert names(tmp_path) == {"new.ulaw"}


def test_a_sound_larger_than_the_cache_is_there_until_the_next(tmp_path: Path) -> None:
    cache = SoundCache(tmp_path, 5)
    assert cache.write("large", bytes(8000), "") == 1.0
    assert cache.seconds("large") == 1.0
    cache.write("next", b"1", "")
    assert cache.seconds("large") is None


def test_a_file_that_somebody_removed_is_not_promised(tmp_path: Path) -> None:
    cache = SoundCache(tmp_path, 100)
    cache.write("a", b"1", "")
    (tmp_path / "a.ulaw").unlink()
    assert cache.seconds("a") is None
    assert cache.read("a") is None


@given(steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40)), max_size=40))
def test_the_folder_never_holds_more_than_the_limit_but_for_the_newest(
    tmp_path_factory: object, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("sounds")  # type: ignore[attr-defined]  # pytest's own
    cache = SoundCache(folder, 60)
    for key, size in steps:
        cache.write(key, bytes(size), "")
        assert sum(path.stat().st_size for path in folder.glob("*.ulaw")) <= 60
        assert cache.seconds(key) == size / 8000
