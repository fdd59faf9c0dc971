"""The sections of the monitor, in the order of the navigation.  The one place where the monitor meets other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.monitor.alert_pages import AlertPages
from gateway.monitor.case_pages import CasePages, CaseRoom
from gateway.monitor.coverage_pages import CoveragePages
from gateway.monitor.enterprise_pages import EnterprisePages
from gateway.monitor.live_pages import LivePages, Watched
from gateway.monitor.page import Section
from gateway.monitor.reconciliation_pages import ReconciliationPages
from gateway.monitor.recording_pages import RecordingPages
from gateway.monitor.statistics_pages import StatisticsPages
from gateway.registry.board import Board


@dataclass(frozen=True, slots=True)
class Sources:
    """What the sections read."""

    measures: Watched
    """The gateway as it is now, and its measures over time."""
    journal_path: Path
    """The journal and query log, to be read in threads over read-only connections."""
    registry: Board | None = None
    """The bundled registry; None: it has no pages."""
    cases: CaseRoom | None = None
    """The case book, the statistics' sums, the map and the names of areas."""


def sections(sources: Sources) -> list[Section]:
    """Every section but those about the monitor itself (account, audit log), which `Monitor` adds."""
    found: list[Section] = [
        LivePages(sources.measures),
        ReconciliationPages(sources.journal_path),
    ]
    if sources.cases is not None:
        room = sources.cases
        found += [CasePages(room), RecordingPages(room), AlertPages(room), StatisticsPages(room)]
    if sources.registry is not None:
        found += [EnterprisePages(sources.registry, sources.journal_path), CoveragePages(sources.registry)]
    return found
