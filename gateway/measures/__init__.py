"""What the gateway measures of itself, for pages and metrics.

For whoever shows it, `Measures` is all there is to know:

    snapshot = measures.snapshot()                      # everything now; `snapshot` documents every field
    for link in snapshot.links_of("mobile"):
        link.status.state, link.status.why_lost, link.queries.latency.quantile(0.99)

    found = await measures.series(["mo", "latency.p99"], Subject("mobile", "m1"), Span.HOUR)
    found[0].times, found[0].values                     # even steps; None is a gap, to be shown as one

    with measures.subscribe("mobile") as subscription:  # "" for everything; a carrier must only be given its own
        async for news in subscription:                 # one JSON document a second (see `live`), already encoded
            await response.write(b"data: " + news + b"\\n\\n")

`subscribe` raises `Full` above `feed.LIMIT` subscribers (answer 503).  The subscription ends when its reader takes
nothing for a minute, or when the gateway stops.  `Subject(carrier, link)`, `Subject(carrier)` and `GATEWAY` say of
what; `Span.HOUR`, `DAY`, `YEAR` how far back, at 1 s, 1 min and 1 h; the names of measures are in `sample`.

How it comes about: the journal and the backend are wrapped (`watched`), and what passes is counted (`meters`, into
`distribution`s).  Each second `Measures` takes a `snapshot`, `sampling` tells what happened since the one before, and
the samples go to `series` (an SQLite file of their own, written by a thread every ten seconds) and to the `feed`.
`exposition` writes a snapshot as Prometheus reads it.
"""

from gateway.measures.feed import Full, Subscription
from gateway.measures.measures import Measures, Sources
from gateway.measures.sample import GATEWAY, Sample, Subject
from gateway.measures.series import Series, SeriesStore
from gateway.measures.series_file import Span
from gateway.measures.snapshot import Snapshot

__all__ = [
    "GATEWAY",
    "Full",
    "Measures",
    "Sample",
    "Series",
    "SeriesStore",
    "Snapshot",
    "Sources",
    "Span",
    "Subject",
    "Subscription",
]
