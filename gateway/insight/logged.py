"""The query log as the watch reads it: look-ups in order of arrival, read-only, from any point on.

A look-up that was answered later than ten minutes after it arrived is left out, live and in a replay alike: so what
arrived ten minutes ago is complete, and the same log gives the same signals however it is read.  Days are China's:
instants are moved by eight hours, as a log in the replay format writes them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from gateway.core.areas import province_of
from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.core.statistics import prefecture_of
from gateway.core.uid import arrival_bound
from gateway.core.verdicts import Verdict
from gateway.insight.centres import read_centres
from gateway.insight.query_log import Geography, Region, Seen

CHINA_SECONDS = 8 * 3600.0
COMPLETE_SECONDS = 600.0
MARGIN_SECONDS = 60.0

_SELECT = """SELECT uid, arrived_at, caller, area, code, verdict, resource_code, region FROM lookups
    WHERE uid > ? AND uid < ? AND answered_at - arrived_at <= ? ORDER BY uid, code"""
_VERDICTS = {
    Verdict.FIRST: "genuine_first",
    Verdict.REPEATED_SAME: "genuine_repeat",
    Verdict.REPEATED_OTHER: "genuine_repeat",
    Verdict.OVER_LIMIT: "genuine_repeat",
    Verdict.NOT_ACTIVATED: "not_activated",
    Verdict.EXPIRED: "expired",
    Verdict.RECALLED: "expired",
    Verdict.CANCELLED: "expired",
    Verdict.UNKNOWN: "unknown",
}


def china(centres: Path) -> Geography:
    """The prefectures of a table of centres, named by their codes; products are learned from the log.

    Nothing is known of how many people live where, so all count alike until the log tells.  Raises SettingsFault.
    """
    regions = tuple(
        Region(code, province_of(code), latitude, longitude, 1.0)
        for code, (longitude, latitude) in sorted(read_centres(centres).items())
    )
    if not regions:
        raise SettingsFault(f"{centres}: names no area: restore the file")
    return Geography(regions, ())


class Logged:
    """One journal's look-ups.  Raises SettingsFault if there is none at `path`."""

    def __init__(self, path: Path, geography: Geography) -> None:
        self._known = {region.name for region in geography.regions}
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._connection.execute("SELECT uid FROM lookups LIMIT 1")
        except sqlite3.Error as exc:
            raise SettingsFault(
                f"{path}: no query log to read ({exc}): start the gateway once, or mend the path"
            ) from exc

    def read(self, after_uid: int, until_at: float) -> Iterator[tuple[int, Seen]]:
        """Uid and look-up of what came after `after_uid` and arrived before `until_at` (Unix time, seconds).

        Raises StateUnavailable if the log cannot be read on.
        """
        try:
            rows = self._connection.execute(_SELECT, (after_uid, arrival_bound(until_at), COMPLETE_SECONDS))
            for uid, at, caller, area, code, verdict, product, region in rows:
                word = _VERDICTS.get(verdict)
                if word is not None:
                    place = prefecture_of(area)
                    yield (
                        uid,
                        Seen(
                            at + CHINA_SECONDS, place if place in self._known else "", product, code, caller, word,
                            province_of(region),
                        ),
                    )  # fmt: skip
        except sqlite3.Error as exc:
            raise StateUnavailable(f"the query log cannot be read ({exc}): see to its disk") from exc

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
