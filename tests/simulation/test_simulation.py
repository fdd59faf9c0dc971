"""The guarantees under every seed, and the proof that a broken one would be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.plants import PLANTS
from tests.simulation.simulation import Result, simulate

SEEDS = 200
_BATCH = 25
_TRIES = 60


def _run(seed: int, folder: Path) -> Result:
    own = folder / f"{seed}"
    own.mkdir()
    return simulate(seed, own)


@pytest.mark.parametrize("first", range(0, SEEDS, _BATCH))
def test_what_is_acknowledged_is_logged_once_and_answered_whatever_breaks(first: int, tmp_path: Path) -> None:
    results = [_run(seed, tmp_path) for seed in range(first, first + _BATCH)]
    assert {result.seed: result.breaches for result in results if result.breaches} == {}
    assert sum(result.kills for result in results) > 0  # else this proves little


@pytest.mark.parametrize("seed", [3, 139])
def test_the_same_seed_leaves_the_same_trace(seed: int, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    once, again = _run(seed, tmp_path / "a"), _run(seed, tmp_path / "b")
    assert once == again
    assert once.trace != _run(seed + 1, tmp_path).trace


@pytest.mark.parametrize("plant", list(PLANTS))
def test_a_planted_bug_is_caught(plant: str, tmp_path: Path) -> None:
    with PLANTS[plant]():
        assert any(_run(seed, tmp_path).breaches for seed in range(_TRIES))
