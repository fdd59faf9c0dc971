"""The scan's alerts in the case book: with the looks behind them, followed while open, and each taken once."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from gateway.core.errors import SettingsFault, StateUnavailable
from gateway.core.looks import Look
from gateway.core.uid import arrival_bound
from gateway.insight.alerts import Alert, Kind
from gateway.insight.case_actions import CaseActions
from gateway.insight.case_book import CaseBook
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_schema import outbox
from gateway.insight.case_store import open_book, reading
from gateway.insight.case_values import Extent
from gateway.insight.ladder import Reason
from gateway.insight.logged_looks import LoggedLooks
from gateway.insight.scan import Stop, scan
from gateway.insight.scan_cases import ScanCases
from gateway.insight.settings import ScanSettings
from gateway.records.schema import open_for_writing
from tests.gateway.insight.findings import FUZHOU, NOON
from tests.gateway.insight.made_journal import CENTRES, write_journal

_HOUR = 3600.0
ALERT = Alert(
    Kind.HOTSPOT, (FUZHOU,), ("8000001",), NOON, NOON + 5 * _HOUR, NOON + 5 * _HOUR, 9.0, 1e-6, 4000.0, 6, 0.2, "",
    "miss: 6 where 0.2 are expected",
)  # fmt: skip


class Shop:
    """A journal in which one code after the other is missed, an hour apart, and a case book."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal.sqlite"
        self._connection = open_for_writing(self.journal, lambda _: None)
        self.store: Engine = open_book(str(folder / "cases.sqlite"), create=True)
        self.now = NOON + 5 * _HOUR
        intake = CaseIntake(self.store, ["post"])
        self.cases = ScanCases(intake, LoggedLooks(self.journal), lambda: self.now)
        self.book = CaseBook(self.store)

    def ask(self, number: int, area: str = FUZHOU) -> int:
        """The `number`th look; its uid."""
        at = NOON + number * _HOUR
        uid = arrival_bound(at) + 1
        self._connection.execute(
            "INSERT INTO lookups VALUES (?, ?, ?, ?, ?, 'unknown', '', '', '', '', ?, 0, 1)",
            (uid, f"8000001{number:013d}", f"k1:{number}", at, at + 1, area),
        )
        return uid

    def parcels(self) -> list[str]:
        with reading(self.store) as connection:
            return [row.body for row in connection.execute(select(outbox))]

    def close(self) -> None:
        self._connection.close()
        self.store.dispose()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    own = Shop(tmp_path)
    yield own
    own.close()


def test_a_hot_spots_case_opens_with_the_looks_behind_it_and_is_told(shop: Shop) -> None:
    for number in range(6):
        uid = shop.ask(number, area="" if number == 3 else FUZHOU)
    shop.cases([ALERT], uid)
    dossier = shop.book.dossier(1)
    assert [look.caller for look in dossier.evidence] == ["k1:0", "k1:1", "k1:2", "k1:4", "k1:5"]
    assert dossier.extent == Extent(5, 5, 5, 1)
    assert dossier.looked_at == tuple(look.at for look in dossier.evidence)
    (parcel,) = shop.parcels()
    assert json.loads(parcel)["evidence"] == {"looks": 5, "codes": 5, "callers": 5, "areas": 1}
    assert "k1:" not in parcel


def test_what_comes_after_is_added_as_long_as_the_case_is_open(shop: Shop) -> None:
    shop.cases([ALERT], shop.ask(0))
    shop.cases([], shop.ask(6))
    assert [look.at for look in shop.book.dossier(1).evidence] == [NOON, NOON + 6 * _HOUR]
    CaseActions(shop.store).close(1, Reason.CONFIRMED, "anna", shop.now)
    shop.cases([], shop.ask(7))
    assert len(shop.book.dossier(1).evidence) == 2


def test_an_alert_is_taken_once_however_often_it_is_raised(shop: Shop) -> None:
    shop.cases([ALERT], shop.ask(5))
    shop.cases([ALERT], arrival_bound(NOON + 5 * _HOUR) + 1)
    CaseActions(shop.store).close(1, Reason.TYPING, "anna", shop.now)
    shop.cases([ALERT], arrival_bound(NOON + 5 * _HOUR) + 2)
    assert len(shop.parcels()) == 1
    assert len(shop.book.dossier(1).signals) == 1


def test_a_watch_that_learns_anew_under_other_settings_tells_nothing_of_the_past(shop: Shop) -> None:
    shop.cases([ALERT], shop.ask(30))
    CaseActions(shop.store).close(1, Reason.TYPING, "anna", shop.now)
    shop.cases([replace(ALERT, raised_at=ALERT.raised_at + _HOUR, products=("8000002",))], 0)
    assert len(shop.parcels()) == 1


def test_the_signals_that_follow_bear_the_precision_of_closed_cases(shop: Shop) -> None:
    shop.cases([ALERT], shop.ask(5))
    CaseActions(shop.store).close(1, Reason.CONFIRMED, "anna", shop.now)
    later = NOON + 20 * 86_400
    shop.now = later
    shop.cases([replace(ALERT, start_at=later, end_at=later, raised_at=later)], arrival_bound(later) + 1)
    told = [json.loads(parcel)["precision"] for parcel in shop.parcels()]
    assert [(each["closed"], each["right"]) for each in told] == [(0, 0), (1, 1)]


def test_a_log_that_cannot_be_read_leaves_the_mark_where_it_was(shop: Shop, tmp_path: Path) -> None:
    lost = ScanCases(CaseIntake(shop.store), LoggedLooks(tmp_path / "none"), lambda: NOON)
    with pytest.raises(StateUnavailable, match="see to its disk"):
        lost([ALERT], 7)
    assert CaseIntake(shop.store).mark("hotspots") == 0


def _settings(folder: Path) -> ScanSettings:
    return ScanSettings(300.0, 365.0, folder / "hotspots.state")


def _scan_once(folder: Path, wait: Callable[[float], bool], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The uids up to which alerts were delivered."""
    monkeypatch.setattr("os.nice", lambda _: 0)
    uids: list[int] = []
    scan(_settings(folder), folder / "journal.sqlite", CENTRES, lambda _, uid: uids.append(uid), wait)
    return uids


def test_a_state_that_is_none_stands_aside_and_the_log_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_journal(tmp_path / "journal.sqlite", NOON)
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("DELETE FROM lookups WHERE uid > (SELECT uid FROM lookups ORDER BY uid LIMIT 1 OFFSET 20)")
        (last,) = connection.execute("SELECT max(uid) FROM lookups").fetchone()
    state = tmp_path / "hotspots.state"
    state.write_bytes(b"no state")
    monkeypatch.setattr("time.time", lambda: NOON - 50 * 86_400)
    assert _scan_once(tmp_path, lambda _: True, monkeypatch) == [last]
    assert (tmp_path / "hotspots.old").read_bytes() == b"no state"
    assert _scan_once(tmp_path, lambda _: True, monkeypatch) == [last]


def test_two_scans_never_share_a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_journal(tmp_path / "journal.sqlite", NOON)
    monkeypatch.setattr("time.time", lambda: NOON - 100 * 86_400)
    others: list[list[int]] = []

    def wait(_: float) -> bool:
        others.append(_scan_once(tmp_path, lambda _: True, monkeypatch))
        return True

    assert _scan_once(tmp_path, wait, monkeypatch) == [0]
    assert others == [[]]


def test_a_scan_without_a_log_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsFault, match="start the gateway once"):
        _scan_once(tmp_path, lambda _: True, monkeypatch)


def test_a_state_that_cannot_be_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsFault, match="mend scan_state_path"):
        _scan_once(tmp_path / "none", lambda _: True, monkeypatch)
    write_journal(tmp_path / "journal.sqlite", NOON)
    monkeypatch.setattr("time.time", lambda: NOON - 100 * 86_400)
    (tmp_path / "hotspots.new").mkdir()
    with pytest.raises(StateUnavailable, match="see to its disk"):
        _scan_once(tmp_path, lambda _: True, monkeypatch)


def test_it_is_time_to_end_once_asked_or_without_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    assert Stop(asked, 1)(0.0) is True
    monkeypatch.setattr("os.getppid", lambda: 1)
    assert Stop(asked, 1)(0.0) is False
    asked.set()
    assert Stop(asked)(300.0) is True


def test_looks_are_read_over_the_ends_of_days(shop: Shop) -> None:
    uids = [shop.ask(number) for number in (0, 30, 100)]
    looks = LoggedLooks(shop.journal).suspicious(uids[0], uids[-1])
    assert [one.look for one in looks] == [
        Look(NOON + number * _HOUR, f"k1:{number}", FUZHOU, f"8000001{number:013d}") for number in (0, 30)
    ]
