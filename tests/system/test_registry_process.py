"""The registry as a process of its own: it comes up, answers, and leaves cleanly on SIGTERM."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.registry.sample_codes import codes_to_try
from gateway.registry.samples import make_samples
from gateway.registry.store import open_store
from tests.gateway.registry.conftest import TODAY

TOKEN = "a-token-for-tests-only"
PROGRAM = """
import argparse, sys
from gateway.registry import command
parser = argparse.ArgumentParser()
command.add_arguments(parser.add_subparsers(required=True))
sys.exit(command.run(parser.parse_args()))
"""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


@pytest.mark.system
@pytest.mark.parametrize("transport", ["tcp", "unix"])
def test_the_registry_answers_until_it_is_told_to_stop(tmp_path: Path, transport: str) -> None:
    database = str(tmp_path / "registry.db")
    store = open_store(database, create=True)
    make_samples(store, seed=1, today=TODAY)
    with store.connect() as connection:
        code = codes_to_try(connection, TODAY.isoformat())[0].code
    store.dispose()
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    listen = "127.0.0.1:0" if transport == "tcp" else f"unix:{tmp_path}/s"
    words = ["registry", "serve", "--database", database, "--listen", listen, "--token-file", str(token_file)]
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().strip().removeprefix("registry ready: ")
            connection = UnixConnection(f"{tmp_path}/s")
            if transport == "tcp":
                connection = http.client.HTTPConnection(ready.removeprefix("http://"), timeout=10)
            connection.request(
                "POST", "/v1/lookups", json.dumps({"codes": [code]}), {"Authorization": f"Bearer {TOKEN}"}
            )
            answer = json.loads(connection.getresponse().read())
            assert answer["registrations"][0]["state"] == "activated"
            connection.close()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
