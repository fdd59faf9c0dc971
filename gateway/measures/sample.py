"""What happened in an interval, as a value that merges with those before and after it.  Pure.

The measures that a sample of a link, of a carrier or of the whole gateway has, as `Sample.value` knows them:

* per second: `mo`, `mt` (whole replies), `segments`, `receipts`, `throttles`, `in_doubt`, `resent`, `sessions` (binds),
  `accepted`, `errors` (of submit_sm) and `errors.<command_status's name>`, `mo_refused` (deliver_sm, by us) and
  `mo_refused.<command_status's name>`, `verdicts.<verdict>`, `endings.<ending>`;
  of a carrier also `receipt_states.<state>`; of the gateway also `redelivered`, `refused`, `backend_requests`,
  `backend_failures`, `redis_losses`, `journal_refusals`, `calls_begun`, `calls_finished`, `calls_hung_up`,
  `calls_silent`, `calls_timed_out`, `calls_failed`, `calls_refused`;
* a share of the time (of a carrier: links on average): `bound`; of the gateway also `backend_up`, `redis_up`;
* the most at one time: `window`, `window_in_use`, `outstanding`, `waiting`, `unanswered`, `open`, `oldest_seconds`
  (of the oldest open query), `unanswered_seconds` (of the oldest message without a response);
  of the gateway also `calls`, `journal_octets`;
* seconds, nothing where there was nothing: `latency.p50`, `.p95`, `.p99`, `.max`, `.mean`; of the gateway also
  `backend.p50` and so on.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from gateway.measures.distribution import NOTHING, Distribution

PEAKS = frozenset({
    "window", "window_in_use", "outstanding", "waiting", "unanswered", "unanswered_seconds", "open", "oldest_seconds",
    "calls", "journal_octets",
})  # fmt: skip
LATENCIES = frozenset({"latency", "backend"})
_QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Of what something is measured: a link, a carrier (`link` is then ""), or the whole gateway (both are "")."""

    carrier: str = ""
    link: str = ""


GATEWAY = Subject()


@dataclass(frozen=True, slots=True)
class Sample:
    """`seconds` is the time that was watched; counts of 0 and distributions of nothing are left out."""

    seconds: float
    counts: Mapping[str, float] = field(default_factory=dict)
    peaks: Mapping[str, float] = field(default_factory=dict)
    latencies: Mapping[str, Distribution] = field(default_factory=dict)

    def merged(self, other: Sample) -> Sample:
        """Both intervals as one."""
        counts, peaks, latencies = dict(self.counts), dict(self.peaks), dict(self.latencies)
        for name, count in other.counts.items():
            counts[name] = counts.get(name, 0) + count
        for name, peak in other.peaks.items():
            peaks[name] = max(peaks.get(name, 0), peak)
        for name, latency in other.latencies.items():
            latencies[name] = latencies[name].plus(latency) if name in latencies else latency
        return Sample(self.seconds + other.seconds, counts, peaks, latencies)

    def value(self, name: str) -> float | None:
        """A measure by its name (see above); a count that did not happen is 0."""
        kind, _, detail = name.partition(".")
        if kind in LATENCIES:
            return _of_latency(self.latencies.get(kind, NOTHING), detail)
        if name in PEAKS:
            return self.peaks.get(name, 0.0)
        return self.counts.get(name, 0.0) / self.seconds if self.seconds > 0 else None


def _of_latency(latency: Distribution, detail: str) -> float | None:
    if not latency.counts:
        return None
    if detail in _QUANTILES:
        return latency.quantile(_QUANTILES[detail])
    return latency.max_seconds if detail == "max" else latency.sum_seconds / latency.total


def encoded(sample: Sample) -> bytes:
    """A sample as compressed JSON, the buckets of its distributions each as the step from the one before."""
    latencies = {name: _numbers(latency) for name, latency in sample.latencies.items()}
    text = json.dumps([sample.seconds, sample.counts, sample.peaks, latencies], separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def decoded(octets: bytes) -> Sample:
    """The inverse of `encoded`.  Raises ValueError for anything else."""
    try:
        seconds, counts, peaks, latencies = json.loads(zlib.decompress(octets))
        return Sample(
            float(seconds), counts, peaks, {name: _distribution(numbers) for name, numbers in latencies.items()}
        )
    except (zlib.error, TypeError, AttributeError, IndexError, KeyError) as exc:
        raise ValueError(f"not a sample: {octets[:20]!r}") from exc


def _numbers(latency: Distribution) -> list[float]:
    numbers, last = [latency.sum_seconds, latency.max_seconds], 0
    for bucket, count in latency.counts:
        numbers += (bucket - last, count)
        last = bucket
    return numbers


def _distribution(numbers: list[float]) -> Distribution:
    sum_seconds, max_seconds, *pairs = numbers
    buckets = accumulate(int(step) for step in pairs[::2])
    return Distribution(tuple(zip(buckets, map(int, pairs[1::2]), strict=True)), sum_seconds, max_seconds)
