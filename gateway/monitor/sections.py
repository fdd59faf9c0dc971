"""The sections of the monitor, in the order of the navigation.  The one place where the monitor meets other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.monitor.live_pages import LivePages, Watched
from gateway.monitor.page import Section
from gateway.monitor.reconciliation_pages import ReconciliationPages


@dataclass(frozen=True, slots=True)
class Sources:
    """What the sections read."""

    measures: Watched
    """The gateway as it is now, and its measures over time."""
    journal_path: Path
    """The journal and query log, to be read in threads over read-only connections."""


def sections(sources: Sources) -> list[Section]:
    """Every section but those about the monitor itself (account, audit log), which `Monitor` adds."""
    return [LivePages(sources.measures), ReconciliationPages(sources.journal_path)]
