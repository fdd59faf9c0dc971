"""Whether the desk would find what [insight] names: for `check`, which starts nothing and tells nobody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.insight.centres import read_centres
from gateway.insight.figures import read_figures
from gateway.insight.settings import InsightSettings


def is_in_use(insight: InsightSettings) -> bool:
    """Is there a case book, or somebody to be told?  Else the gateway runs without the desk."""
    return bool(insight.cases_url or insight.receivers or insight.figures_path) or insight.cases_path.exists()


def faults_of(insight: InsightSettings) -> Iterator[tuple[str, str]]:
    """The settings that are wrong, each with what to mend."""
    yield from _unread("centres_path", lambda: read_centres(insight.centres_path))
    if insight.figures_path is not None:
        figures_path = insight.figures_path
        yield from _unread("figures_path", lambda: read_figures(figures_path))
    for name in ("map_path", "area_names_path"):
        path: Path = getattr(insight, name)
        if not path.is_file():
            yield name, f"{path} is missing: restore it from the distribution, or mend the path"
    written = ["statistics_path", *([] if insight.cases_url else ["cases_path"])]
    for name in [*written, *(["scan_state_path"] if insight.scan_every_seconds else [])]:
        folder: Path = getattr(insight, name).parent
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            yield name, f"the folder {folder} is missing or cannot be written by this user: make it, or mend its mode"
    if insight.mail is not None and insight.mail.ca_file and not Path(insight.mail.ca_file).is_file():
        yield "mail.ca_file", f"{insight.mail.ca_file} is missing: name the certificate authority's file"


def about(insight: InsightSettings) -> str:
    """What the desk is set up to do, in a line; no address with a password is told."""
    told = ", ".join(insight.receivers) or "nobody"
    every = insight.scan_every_seconds
    scan = f"hot-spots every {every:g} s" if every else "no scan for hot-spots"
    book = "a database" if insight.cases_url else str(insight.cases_path)
    return f"desk: cases in {book}; {scan}; alerts to {told}"


def _unread(name: str, read: Callable[[], object]) -> Iterator[tuple[str, str]]:
    try:
        read()
    except SettingsFault as exc:
        yield name, str(exc)
