"""The settings of statistics, signals and cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gateway.insight.receivers import MailSettings, WebhookSettings
from gateway.insight.stream_settings import SignalSettings
from gateway.insight.working_days import ComplaintSettings


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What the scan for hot-spots, which the desk runs beside itself, works with."""

    every_seconds: float
    budget_days: float
    state_path: Path


@dataclass(frozen=True, slots=True)
class InsightSettings:
    """[insight] of gateway.toml: what `python -m gateway insight`, `cases` and `statistics` work with."""

    cases_path: Path = Path("../var/cases.sqlite")
    """The case book, in SQLite."""
    cases_url: str = field(default="", repr=False)
    """The case book in another database, as an SQLAlchemy URL; empty: in `cases_path`."""
    statistics_path: Path = Path("../var/statistics.sqlite")
    """Sums of the query log's counts; it can be lost."""
    figures_path: Path | None = None
    """The products with their activated items: what `registry products` writes."""
    centres_path: Path = Path("map/area_centres.csv")
    """Where areas lie."""
    area_names_path: Path = Path("area_names_en.csv")
    """English names of provinces and prefectures, for English pages and tables."""
    map_path: Path = Path("map/china.geojson")
    """The map that the pages draw."""
    local_subjects: int = 500_000
    """For how many codes this gateway remembers who looked at them, for when Redis is away."""
    scan_every_seconds: float = 300.0
    """How often the scan for hot-spots reads on; 0: it does not run."""
    scan_budget_days: float = 730.0
    """Days between two false alarms of the scan, over all products, if nothing were wrong."""
    scan_state_path: Path = Path("../var/hotspots.state")
    """What the scan has learned; it can be lost: the log is then read anew."""
    signals: SignalSettings = field(default_factory=SignalSettings)
    complaints: ComplaintSettings = field(default_factory=ComplaintSettings)
    mail: MailSettings | None = None
    """Where alerts are mailed to; without this table they are not."""
    webhooks: tuple[WebhookSettings, ...] = ()
    """Where alerts are posted to."""

    def __post_init__(self) -> None:
        if self.local_subjects < 1:
            raise ValueError("local_subjects must be at least 1")
        if not (self.scan_every_seconds == 0 or self.scan_every_seconds >= 1):
            raise ValueError("scan_every_seconds must be at least 1, or 0 for no scan")
        if self.scan_budget_days < 1:
            raise ValueError("scan_budget_days must be at least 1")
        names = [hook.name for hook in self.webhooks]
        if len(set(names)) < len(names):
            raise ValueError("webhooks: each needs a name of its own")

    @property
    def database(self) -> str:
        """The case book's URL or path."""
        return self.cases_url or str(self.cases_path)

    @property
    def scan(self) -> ScanSettings:
        """The scan's own settings."""
        return ScanSettings(self.scan_every_seconds, self.scan_budget_days, self.scan_state_path)

    @property
    def receivers(self) -> tuple[str, ...]:
        """The names of those who are told."""
        return (*(["mail"] if self.mail else []), *(hook.name for hook in self.webhooks))
