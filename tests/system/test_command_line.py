"""The command line as a shell sees it: exit statuses, and pipes that end early."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

_CHECKOUT = Path(__file__).resolve().parents[2]
_GATEWAY = (sys.executable, "-m", "gateway")


def test_a_gateway_with_faulty_settings_tells_them_and_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("nodf = 1\n[redis]\nurl = 5\n", encoding="utf-8")
    done = subprocess.run(
        [*_GATEWAY, "run", "--config", str(tmp_path)], cwd=_CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert done.stderr.splitlines() == [
        f"{tmp_path}/gateway.toml: redis.url: must be a string, not 5",
        f"{tmp_path}/gateway.toml: nodf: unknown setting; did you mean node?",
        f"{tmp_path}/carriers: no carrier is here: copy example.toml.sample to NAME.toml and fill it in",
    ]


def test_a_reader_that_has_enough_ends_the_command_without_a_word() -> None:
    with subprocess.Popen(
        [*_GATEWAY, "understand"],
        cwd=_CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdin is not None
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdin.write('{"text": "help"}\n')
        command.stdin.flush()
        assert command.stdout.readline()
        command.stdout.close()
        command.stdin.write('{"text": "help"}\n')
        command.stdin.close()
        assert (command.stderr.read(), command.wait()) == ("", 0)
