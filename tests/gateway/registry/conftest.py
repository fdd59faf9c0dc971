"""Databases that the registry's tests share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.registry.database.store import open_store
from gateway.registry.samples.making import make_samples
from tests.gateway.registry import small_registry
from tests.gateway.registry.databases import new_database

TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """The small registry, for one test."""
    opened = open_store(new_database(tmp_path), create=True)
    small_registry.fill(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="package")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The sample registry, only to be read."""
    opened = open_store(new_database(tmp_path_factory.mktemp("samples")), create=True)
    make_samples(opened, seed=1, today=TODAY)
    yield opened
    opened.dispose()
