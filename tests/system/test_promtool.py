"""Prometheus's own tool reads the alert rules, runs their tests, and lints what /metrics says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.measures.exposition import exposition
from tests.gateway.measures.readings import full_snapshot

pytestmark = pytest.mark.system

_CHECKOUT = Path(__file__).resolve().parents[2]
_RULES = _CHECKOUT / "config" / "monitoring"


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool", path=f"{_CHECKOUT / 'build' / 'promtool'}:/usr/local/bin:/usr/bin")
    assert found, "promtool is missing: run .ci/setup test"
    return found


def _run(*command: str, fed: bytes | None = None) -> str:
    done = subprocess.run(command, input=fed, capture_output=True, check=False, timeout=60)
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, told
    return told


def test_every_alert_rule_is_read(promtool: str) -> None:
    assert "SUCCESS" in _run(promtool, "check", "rules", str(_RULES / "alerts.yml"))


def test_every_alert_fires_when_it_should_and_not_otherwise(promtool: str) -> None:
    assert "SUCCESS" in _run(promtool, "test", "rules", str(_RULES / "alerts_test.yml"))


def test_a_rule_that_is_changed_fails_its_test(promtool: str, tmp_path: Path) -> None:
    rules = (_RULES / "alerts.yml").read_text(encoding="utf-8")
    (tmp_path / "alerts.yml").write_text(rules.replace("zhenma_link_bound == 0", "zhenma_link_bound == 2"), "utf-8")
    shutil.copy(_RULES / "alerts_test.yml", tmp_path)
    command = (promtool, "test", "rules", str(tmp_path / "alerts_test.yml"))
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 1


def test_what_metrics_says_passes_the_linter(promtool: str) -> None:
    text, _ = exposition(full_snapshot())
    assert _run(promtool, "check", "metrics", fed=text) == ""
