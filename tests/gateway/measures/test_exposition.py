"""/metrics, read by Prometheus's own parsers."""

from __future__ import annotations

import re

import pytest
from prometheus_client import parser
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics

from gateway.measures.distribution import BOUNDS
from gateway.measures.exposition import BUCKETS, SnapshotCollector, exposition
from smpp import LinkState
from tests.gateway.measures.readings import full_snapshot, snapshot

_LABELS = {"carrier", "link", "channel", "verdict", "state", "command_status", "trunk", "le"}
_UNITLESS = re.compile(r"(_ms|_millis|_minutes|_percent|_kb|_mb)(_|$)")
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def _families(accept: str) -> dict[str, Metric]:
    octets, content_type = exposition(full_snapshot(), accept)
    text = octets.decode()
    read = openmetrics.text_string_to_metric_families if "openmetrics" in content_type else None
    return {family.name: family for family in (read or parser.text_string_to_metric_families)(text)}


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_what_is_written_is_what_prometheus_reads(accept: str) -> None:
    families = _families(accept)
    (bound, unbound) = families["zhenma_link_bound"].samples
    assert (bound.labels, bound.value) == ({"carrier": "mobile", "link": "m1"}, 1.0)
    assert unbound.value == 0.0
    errors = {s.labels["command_status"]: s.value for s in families["zhenma_link_errors"].samples}
    assert errors == {"ESME_RTHROTTLED": 1.0, "other": 2.0}
    (refused,) = families["zhenma_link_mo_refused"].samples
    assert (refused.labels, refused.value) == (
        {"carrier": "mobile", "link": "m1", "command_status": "ESME_RX_T_APPN"}, 2.0,
    )  # fmt: skip
    verdicts = {s.labels["verdict"]: s.value for s in families["zhenma_queries"].samples}
    assert verdicts == {"first": 3.0, "unknown": 1.0}
    trunks = {s.labels["trunk"]: s.value for s in families["zhenma_trunk_up"].samples}
    assert trunks == {"mobile-1": 1.0, "mobile-2": 0.0}
    assert [s.value for s in families["zhenma_backend_up"].samples] == [0.0]
    assert families["process_resident_memory_bytes"].samples


def test_a_latency_is_a_histogram_with_every_bucket() -> None:
    samples = _families("")["zhenma_reply_latency_seconds"].samples
    mobile = [s for s in samples if s.labels["carrier"] == "mobile"]
    buckets = {s.labels["le"]: s.value for s in mobile if s.name.endswith("_bucket")}
    assert len(buckets) == len(BUCKETS) + 1
    assert [buckets[le] for le in ("0.01", "0.025", "2.5", "5.0", "+Inf")] == [0.0, 2.0, 2.0, 3.0, 3.0]
    assert next(s.value for s in mobile if s.name.endswith("_sum")) == pytest.approx(4.04)
    assert set(BUCKETS) <= set(BOUNDS)


def test_a_link_is_in_one_state() -> None:
    samples = _families("")["zhenma_link_state"].samples
    assert {s.labels["state"] for s in samples} == {state.name.lower() for state in LinkState}
    assert [s.labels["state"] for s in samples if s.value and s.labels["link"] == "u1"] == ["refused"]


def test_only_what_is_configured_or_enumerated_is_a_label() -> None:
    for family in SnapshotCollector(full_snapshot()).collect():
        for sample in family.samples:
            assert set(sample.labels) <= _LABELS, family.name
            assert not any(re.search(r"\d{5,}", value) for value in sample.labels.values())


def test_names_are_prefixed_and_in_base_units_with_a_text_of_help() -> None:
    for family in SnapshotCollector(full_snapshot()).collect():
        assert family.name.startswith("zhenma_")
        assert family.documentation.endswith(".")
        assert not _UNITLESS.search(family.name)


def test_without_redis_and_hotline_nothing_is_told_of_them() -> None:
    names = {family.name for family in SnapshotCollector(snapshot()).collect()}
    assert not {name for name in names if "redis" in name or "calls" in name}
