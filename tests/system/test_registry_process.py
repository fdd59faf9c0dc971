"""The registry as a process of its own: it comes up, answers, leaves cleanly on SIGTERM, and keeps its contract."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from tests.system.gateway_process import CHECKOUT
from tests.system.registry_server import TOKEN, served

EXAMPLES = "12"


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
    listen = "127.0.0.1:0" if transport == "tcp" else f"unix:{tmp_path}/s"
    with served(tmp_path, listen) as registry:
        connection: http.client.HTTPConnection = UnixConnection(f"{tmp_path}/s")
        if transport == "tcp":
            connection = http.client.HTTPConnection(registry.address.removeprefix("http://"), timeout=10)
        body = json.dumps({"codes": [registry.active_code]})
        connection.request("POST", "/v1/lookups", body, {"Authorization": f"Bearer {TOKEN}"})
        answer = json.loads(connection.getresponse().read())
        assert answer["registrations"][0]["state"] == "activated"
        connection.close()


def description(folder: Path) -> Path:
    """The published one, but for the keys of repetition: drawn at random they repeat, and are refused for that."""
    told = json.loads(resources.files("gateway.registry.service").joinpath("openapi.json").read_bytes())
    for operation in (each for methods in told["paths"].values() for each in methods.values()):
        kept = [each for each in operation.get("parameters", []) if "IdempotencyKey" not in each.get("$ref", "")]
        operation["parameters"] = kept
    path = folder / "openapi.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


@pytest.mark.system
@pytest.mark.parametrize(
    ("role", "paths", "phases"),
    [
        ("gateway", "lookups|v1/codes|changes|healthz|openapi", "coverage,fuzzing"),
        ("operator", "products|v1/steps|enterprises|applications", "fuzzing"),
        ("operator", "printings|activations|shipments|packings|recalls|expiries|cancellations|thefts", "fuzzing"),
    ],
)
def test_no_request_makes_the_registry_break_its_published_contract(
    tmp_path: Path, role: str, paths: str, phases: str
) -> None:
    with served(tmp_path, "127.0.0.1:0") as registry:
        token = TOKEN if role == "gateway" else registry.operator_token
        header = ("--header", f"Authorization: Bearer {token}")
        words = ["run", str(description(tmp_path)), "--url", registry.address, *header]
        limits = ["--include-path-regex", paths, "--phases", phases, "--max-examples", EXAMPLES, "--seed", "1"]
        finished = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *words, *limits],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.system.fuzzing_hooks", "PYTHONPATH": str(CHECKOUT)},
        )
    assert finished.returncode == 0, finished.stdout[-4_000:]
