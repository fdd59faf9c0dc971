"""The registry's statements on a real PostgreSQL: the tests of its rooms, run once more."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.gateway.registry.databases import SERVER_VARIABLE
from tests.system.postgresql_server import postgresql_server

ROOMS = (
    "views/test_lookups",
    "views/test_batches",
    "views/test_changes",
    "views/test_epcis",
    "life/test_enrolment",
    "life/test_applications",
    "life/test_circulation",
    "life/test_moving",
    "life/test_singles",
    "life/test_packing",
    "life/test_access",
    "service/test_steps_over_http",
    "service/test_event_page",
    "service/test_repetition",
    "service/test_who_may",
    "samples/test_making",
    "commands/test_path_commands",
    "commands/test_lists",
    "commands/test_reading_out",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.mark.system
def test_the_registry_is_the_same_on_postgresql(server: str) -> None:
    rooms = [f"tests/gateway/registry/{room}.py" for room in ROOMS]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *rooms],
        env={**os.environ, SERVER_VARIABLE: server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-4_000:]
