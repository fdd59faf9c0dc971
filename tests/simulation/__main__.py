"""python -m tests.simulation --seeds A-B: as many seeds as there is time for."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.simulation.simulation import Result, simulate


def run(seed: int) -> Result:
    """One seed in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return simulate(seed, Path(folder))


def main() -> int:
    """Print what breaks; exit status 1 if anything does."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="0-199", help="one seed, or the first and the last as in 0-9999")
    first, _, last = parser.parse_args().seeds.partition("-")
    began_at = time.monotonic()
    results = []
    for seed in range(int(first), int(last or first) + 1):
        results.append(run(seed))
        for breach in results[-1].breaches:
            print(f"seed {seed}: {breach}", flush=True)
    broken = [result.seed for result in results if result.breaches]
    print(
        f"{len(results)} seeds, {sum(r.kills for r in results)} kills, {sum(r.lives for r in results)} lives,"
        f" {sum(r.extra_replies for r in results)} extra replies, {len(broken)} broken seeds,"
        f" {time.monotonic() - began_at:.1f} s"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
