"""The registry's statements on a real PostgreSQL: the tests of its rooms, run once more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.registry.databases import SERVER_VARIABLE

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
ROOMS = (
    "lookups",
    "enrolment",
    "applications",
    "circulation",
    "packing",
    "changes",
    "access",
    "steps_over_http",
    "samples",
    "path_commands",
)
# Nothing of a test has to survive a power cut.
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=40")


def as_owner(*words: str) -> None:
    """PostgreSQL refuses to run as root: take the account that its package made."""
    account = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    finished = subprocess.run([*account, *words], capture_output=True, text=True, check=False, cwd="/")
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server with nothing on it, stopped and removed afterwards."""
    assert PROGRAMS, "PostgreSQL is missing: apt-get install postgresql"
    # A socket's path has little more than a hundred characters: not pytest's deep folders.
    folder = Path(tempfile.mkdtemp(prefix="zhenma-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    control = (str(PROGRAMS[-1] / "pg_ctl"), "-D", str(folder / "cluster"), "-w")
    as_owner(*control, "initdb", "-o", "--auth=trust --username=postgres --no-sync --encoding=UTF8 --locale=C.UTF-8")
    options = " ".join(f"-c {setting}" for setting in SETTINGS)
    as_owner(*control, "start", "-l", str(folder / "log"), "-o", f"-k {folder} {options}")
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        as_owner(*control, "stop", "-m", "immediate")
        shutil.rmtree(folder)


@pytest.mark.system
def test_the_registry_is_the_same_on_postgresql(server: str) -> None:
    rooms = [f"tests/gateway/registry/test_{room}.py" for room in ROOMS]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *rooms],
        env={**os.environ, SERVER_VARIABLE: server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-4_000:]
