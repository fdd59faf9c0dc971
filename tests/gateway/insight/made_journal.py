"""A made log, with its incidents, as a gateway's own journal: for what reads the journal, up to whole processes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from gateway.core.uid import arrival_bound
from gateway.insight.generator.made_log import make_log
from gateway.insight.logged import CHINA_SECONDS, china
from gateway.insight.query_log import Seen
from gateway.records.schema import open_for_writing
from tests.gateway.configured import CONFIG
from tests.gateway.insight.small_country import small_regime

CENTRES = CONFIG / "map" / "area_centres.csv"
_WEEK_SECONDS = 7 * 86_400.0
_WORDS = {
    "genuine_first": "first",
    "genuine_repeat": "repeated_other",
    "unknown": "unknown",
    "not_activated": "not_activated",
    "expired": "recalled",
}


@cache
def made_queries() -> tuple[Seen, ...]:
    """Sixty days with six incidents, in prefectures of China that are near each other."""
    log = make_log(small_regime(6), 31)
    codes = [region.name for region in china(CENTRES).regions]
    place = {region.name: codes[number] for number, region in enumerate(log.geography.regions)}
    province = {region.province: codes[number][:2] + "0000" for number, region in enumerate(log.geography.regions)}
    product = {one.name: one.resource_code for one in log.geography.products}
    return tuple(
        replace(
            seen,
            region=place[seen.region],
            product=product[seen.product] if seen.verdict != "unknown" else "",
            destination=province.get(seen.destination, ""),
        )
        for seen in log.queries
    )


def write_journal(path: Path, now: float | None = None) -> None:
    """The queries by SMS, moved by whole weeks so that the last one is just before `now` (Unix time, seconds).

    Without `now` they stand where they were made."""
    queries = made_queries()
    behind = 0.0 if now is None else now - (queries[-1].at - CHINA_SECONDS)
    moved = behind // _WEEK_SECONDS * _WEEK_SECONDS - CHINA_SECONDS
    connection = open_for_writing(path, lambda _: None)
    connection.execute("BEGIN")
    for number, seen in enumerate(queries):
        at = seen.at + moved
        uid, verdict = arrival_bound(at) + number % 4096, _WORDS[seen.verdict]
        connection.execute(
            "INSERT INTO query_log(uid, channel, arrived_at, caller, area, verdict, carrier, link)"
            " VALUES (?, 'sms', ?, ?, ?, ?, 'cmcc', 'cmcc-1')",
            (uid, at, seen.caller, seen.region, verdict),
        )
        connection.execute(
            "INSERT INTO lookups VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, '', ?, 0, 1)",
            (uid, seen.code, seen.caller, at, at + 1, verdict, seen.product, seen.destination, seen.region),
        )
    connection.execute("COMMIT")
    connection.close()
