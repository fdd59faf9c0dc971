"""Alert rules and dashboard speak of metrics that exist, with labels that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.measures.exposition import exposition
from tests.gateway.measures.readings import full_snapshot

_FOLDER = Path(__file__).resolve().parents[3] / "config" / "monitoring"
_METRIC = re.compile(r"\b(?:zhenma|process)_[a-z_]+\b")
_SELECTOR = re.compile(r"\b((?:zhenma|process)_[a-z_]+)\{([^}]*)\}")
_FROM_PROMETHEUS = {"instance", "job"}


def _exported() -> dict[str, set[str]]:
    """The labels of each sample that /metrics has."""
    found: dict[str, set[str]] = {}
    for line in exposition(full_snapshot())[0].decode().splitlines():
        if not line.startswith("#"):
            name = re.split(r"[{ ]", line, maxsplit=1)[0]
            found.setdefault(name, set()).update(re.findall(r"([a-z_]+)=\"", line))
    return found


def _dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((_FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    return read


def _expressions() -> Iterator[str]:
    dashboard = _dashboard()
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (
        variable["query"]["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"
    )
    for line in (_FOLDER / "alerts.yml").read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("expr:"):
            yield line.partition("expr:")[2].strip()


def test_every_metric_of_rules_and_dashboard_is_exported() -> None:
    named = {name for expression in _expressions() for name in _METRIC.findall(expression)}
    assert len(named) > 30
    assert named - set(_exported()) == set()


def test_every_label_that_is_asked_for_is_there() -> None:
    exported = _exported()
    for expression in _expressions():
        for name, selector in _SELECTOR.findall(expression):
            asked = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selector))
            assert asked <= exported[name] | _FROM_PROMETHEUS, expression


def test_every_alert_has_its_test_a_severity_and_a_text_in_both_languages() -> None:
    rules, tests = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("alerts.yml", "alerts_test.yml"))
    alerts = re.findall(r"- alert: (\w+)\n(.*?)(?=\n\n|\Z)", rules, re.DOTALL)
    assert len(alerts) >= 9
    for name, text in alerts:
        assert name in tests
        assert re.search(r"severity: (page|ticket)\b", text)
        assert re.search(r"summary: .* / .*[一-鿿]", text)


@pytest.mark.parametrize("key", ["id", "gridPos"])
def test_no_two_panels_share_an_id_or_a_place(key: str) -> None:
    values = [json.dumps(panel[key]) for panel in _dashboard()["panels"]]
    assert len(set(values)) == len(values)
