"""A real PostgreSQL on a unix socket in a temporary folder, with nothing on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# Nothing of a test has to survive a power cut.
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=40")


def as_owner(*words: str) -> None:
    """PostgreSQL refuses to run as root: take the account that its package made."""
    account = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    finished = subprocess.run([*account, *words], capture_output=True, text=True, check=False, cwd="/")
    assert finished.returncode == 0, finished.stdout + finished.stderr


@contextmanager
def postgresql_server() -> Iterator[str]:
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
