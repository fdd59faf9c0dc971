"""The registry as a process of its own, with the samples in it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from gateway.registry.database.schema import products
from gateway.registry.database.store import open_store, writing
from gateway.registry.life.access import Role, issue_token
from gateway.registry.life.applications import apply
from gateway.registry.life.steps import Step
from gateway.registry.samples.codes_to_try import codes_to_try
from gateway.registry.samples.making import make_samples
from tests.gateway.registry.conftest import TODAY

TOKEN = "a-token-for-tests-only"
_STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Served:
    """Where the registry listens, a code that it knows as active, and an operator's token."""

    address: str
    active_code: str
    operator_token: str


@contextmanager
def served(folder: Path, listen: str) -> Iterator[Served]:
    """Serve until the block ends; then SIGTERM has to end it cleanly."""
    database = str(folder / "registry.db")
    store = open_store(database, create=True)
    make_samples(store, seed=1, today=TODAY)
    with store.connect() as connection:
        code = codes_to_try(connection, TODAY.isoformat())[0].code
    with writing(store) as connection:
        step = Step("tests", 1_700_000_000.0, "to be let in")
        (product,) = connection.execute(select(products.c.resource_code).limit(1)).scalars()
        apply(connection, product, 5, 1, step)
        operator_token = issue_token(connection, Role.OPERATOR, "tests", None, step)
    store.dispose()
    token_file = folder / "token"
    token_file.write_text(TOKEN)
    words = ["registry", "serve", "--database", database, "--listen", listen, "--token-file", str(token_file)]
    with subprocess.Popen([sys.executable, "-m", "gateway", *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip().removeprefix("registry ready: ")
            yield Served(address, code, operator_token)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(_STOP_SECONDS) == 0
