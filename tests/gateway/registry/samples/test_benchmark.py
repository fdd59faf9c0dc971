"""The benchmark asks only for codes that are on record, in as many ranges as wanted."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.registry.database.store import open_store
from gateway.registry.faults import DatabaseFault
from gateway.registry.samples import benchmark
from tests.gateway.registry.test_command import run


def test_a_small_benchmark_tells_what_it_saw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bench", "--database", str(tmp_path / "bench.db"), "--ranges", "20", "--batches", "2") == 0
    assert "20 ranges" in capsys.readouterr().out


def test_ranges_beyond_a_products_billion_codes_go_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "_RANGES_PER_PRODUCT", 8)
    store = open_store(str(tmp_path / "bench.db"), create=True)
    benchmark.fill(store, 20)
    assert benchmark.measure(store, 1, 50).ranges == 20
    store.dispose()


def test_a_registry_in_use_is_never_filled(store: Engine) -> None:
    with pytest.raises(DatabaseFault, match="for the benchmark"):
        benchmark.fill(store, 1)
