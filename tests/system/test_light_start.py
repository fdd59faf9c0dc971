"""What is not configured is not loaded: a gateway without monitor and nodes starts without their libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_LOADED = """
import sys
from gateway.reactor import install
install()
import gateway.daemon
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.system
def test_the_daemon_alone_loads_neither_sql_nor_migrations_nor_redis_py() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", _LOADED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(finished.stdout.split())
    assert "gateway" in loaded
    assert not loaded & {"sqlalchemy", "alembic", "redis", "argon2", "numpy", "numba"}
