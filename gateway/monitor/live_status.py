"""A snapshot as a carrier's or operator's program reads it."""

from __future__ import annotations

import math
from dataclasses import asdict

from gateway.measures import Snapshot
from gateway.measures.snapshot import LinkReading

_COUNTED = ("messages", "receipts", "sent", "segments", "throttles", "in_doubt", "sessions", "window",
            "window_in_use", "outstanding", "waiting", "unanswered", "oldest_unanswered_seconds")  # fmt: skip


def status(snapshot: Snapshot, carrier: str = "") -> dict[str, object]:
    """The gateway's condition; of one carrier's links only if `carrier` is given.

    Counts are since the gateway began (`started_at`, Unix time in seconds); latencies are in seconds.
    """
    links = snapshot.links_of(carrier) if carrier else snapshot.links
    told: dict[str, object] = {
        "at": snapshot.at,
        "started_at": snapshot.started_at,
        "links": [_link(link) for link in links],
        "receipts": [asdict(each) for each in snapshot.receipts if carrier in ("", each.carrier)],
    }
    if not carrier:
        told |= {
            "backend": {"available": snapshot.backend.available},
            "redis": asdict(snapshot.redis) if snapshot.redis else None,
            "journal": asdict(snapshot.journal),
            "voice": asdict(snapshot.voice) if snapshot.voice else None,
            "asterisk": asdict(snapshot.asterisk) if snapshot.asterisk else None,
        }
    return told


def _link(link: LinkReading) -> dict[str, object]:
    seen, latency = link.status, link.queries.latency
    return {
        "carrier": seen.account,
        "link": seen.name,
        "state": seen.state.value,
        "in_state_seconds": round(seen.in_state_seconds, 3),
        "why_lost": seen.why_lost,
        "unbound_seconds": round(seen.unbound_seconds, 3),
        "lost": asdict(seen.lost) if seen.lost else None,
        "failed": asdict(seen.failed) if seen.failed else None,
        "segments_per_second_limit": seen.segments_per_second if math.isfinite(seen.segments_per_second) else None,
        **{name: getattr(seen, name) for name in _COUNTED},
        "errors": dict(link.errors),
        "mo_refusals": dict(link.mo_refusals),
        "latency_seconds": {f"p{round(share * 100)}": latency.quantile(share) for share in (0.5, 0.95, 0.99)},
    }
