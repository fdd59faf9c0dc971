"""The series' file: what is asked for comes back, gaps as gaps, and nothing that happens to it stops anyone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.measures.sample import GATEWAY, Sample, Subject
from gateway.measures.series import HELD_SECONDS, SeriesStore
from gateway.measures.series_file import Dated, SeriesFile, Span, merged
from tests.gateway.measures.readings import NOON

NOW = int(NOON)
M1 = Subject("mobile", "m1")


def _second(mo: int) -> dict[Subject, Sample]:
    return {M1: Sample(1.0, {"mo": mo}), GATEWAY: Sample(1.0, {"mo": 10 * mo})}


def _values(
    store: SeriesStore, span: Span = Span.HOUR, subject: Subject = M1, now: int = NOW
) -> dict[int, float | None]:
    (series,) = store.read(["mo"], subject, span, now)
    assert list(series.times) == list(range(series.times[0], series.times[-1] + 1, series.resolution_seconds))
    return dict(zip(series.times, series.values, strict=True))


def _known(store: SeriesStore, span: Span = Span.HOUR, now: int = NOW) -> dict[int, float]:
    return {at: value for at, value in _values(store, span, now=now).items() if value is not None}


def test_seconds_are_read_back_before_and_after_they_are_written(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "series.sqlite")
    for back in (5, 4, 2):
        store.add(NOW - back, _second(back))
    expected = {NOW - 5: 5.0, NOW - 4: 4.0, NOW - 2: 2.0}
    assert _known(store) == expected
    store.flush(NOW)
    assert _known(store) == expected
    store.add(NOW - 1, _second(1))
    assert _known(store) == expected | {NOW - 1: 1.0}
    assert _values(store, subject=GATEWAY)[NOW - 5] == 50.0
    store.close(NOW)


def test_a_second_without_a_sample_is_a_gap_and_not_zero(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "series.sqlite")
    store.add(NOW - 3, {M1: Sample(1.0)})
    store.add(NOW - 1, _second(1))
    values = _values(store)
    assert [values[NOW - 3], values[NOW - 2], values[NOW - 1]] == [0.0, None, 1.0]
    assert len(values) == Span.HOUR.seconds


def test_another_process_goes_on_with_the_same_series(tmp_path: Path) -> None:
    first = SeriesStore(tmp_path / "series.sqlite")
    first.add(NOW - 60, _second(6))
    first.close(NOW)
    second = SeriesStore(tmp_path / "series.sqlite")
    second.add(NOW - 1, _second(1))
    assert _known(second) == {NOW - 60: 6.0, NOW - 1: 1.0}


def test_a_minute_is_the_mean_of_the_seconds_that_were_watched(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "series.sqlite")
    minute = Span.DAY.begins(NOW) - 60
    for second, mo in ((0, 30), (1, 60), (59, 30)):
        store.add(minute + second, _second(mo))
        store.flush(NOW)
    assert _known(store, Span.DAY) == {minute: 40.0}
    hour = Span.YEAR.begins(minute)
    assert _known(store, Span.YEAR, now=hour + 3600) == {hour: 40.0}


_DATED = st.lists(st.tuples(st.integers(0, 7_300), st.integers(1, 9)), max_size=30)


@given(_DATED, st.integers(0, 30), st.sampled_from(Span))
def test_it_does_not_matter_when_what_was_written(seconds: list[tuple[int, int]], cut: int, span: Span) -> None:
    batch = [Dated(NOW - 7_300 + at, M1, Sample(1.0, {"mo": mo})) for at, mo in seconds]
    with SeriesFile(Path(":memory:")) as file:
        file.write(batch[:cut], NOW)
        file.write(batch[cut:], NOW)
        kept = {at: s for (_, at), s in merged(batch, span).items() if at >= NOW - span.seconds}
        assert file.read(span, M1, 0) == kept


def test_what_is_too_old_or_from_the_future_goes(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    with SeriesFile(path) as file:
        file.write([Dated(NOW, M1, Sample(1.0)), Dated(NOW + 400 * 86_400, M1, Sample(1.0))], NOW)
        assert [list(file.read(span, M1, 0)) for span in Span] == [[span.begins(NOW)] for span in Span]
        file.write([Dated(NOW + 3_601, M1, Sample(1.0))], NOW + 3_601)
        assert list(file.read(Span.HOUR, M1, 0)) == [NOW + 3_601]


def test_what_is_left_of_subjects_that_are_no_more_goes_with_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    with SeriesFile(path) as file:
        file.write([Dated(NOW, M1, Sample(1.0))], NOW)
    with SeriesFile(path) as file:
        file.write([], NOW + 3_601)
        assert [len(file.read(span, M1, 0)) for span in Span] == [0, 1, 1]


@pytest.mark.parametrize("octets", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_broken_is_moved_aside_and_said(
    octets: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "series.sqlite"
    path.write_bytes(octets)
    store = SeriesStore(path)
    store.add(NOW - 1, _second(1))
    assert _known(store) == {NOW - 1: 1.0}
    store.flush(NOW)
    assert _known(store) == {NOW - 1: 1.0}
    assert store.fault == ""
    assert (tmp_path / "series.sqlite.broken").read_bytes() == octets
    assert "are broken" in caplog.text


def test_a_file_that_breaks_while_it_is_used_is_moved_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "series.sqlite"
    store = SeriesStore(path)
    store.add(NOW - 2, _second(2))
    store.flush(NOW)
    store.close(NOW)
    broken = bytearray(path.read_bytes())
    broken[4096:] = b"\xff" * (len(broken) - 4096)
    path.write_bytes(broken)
    assert _known(store) == {}
    store.add(NOW - 1, _second(1))
    store.flush(NOW)
    assert _known(store) == {NOW - 1: 1.0}
    assert "are broken" in caplog.text


def test_a_file_of_another_version_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    SeriesFile(path).close()
    sqlite3.connect(path).execute("PRAGMA user_version = 99").connection.close()
    store = SeriesStore(path)
    store.add(NOW - 1, _second(1))
    store.flush(NOW)
    assert _known(store) == {NOW - 1: 1.0}
    assert (tmp_path / "series.sqlite.broken").exists()


def test_a_row_that_is_no_sample_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    store = SeriesStore(path)
    store.add(NOW - 2, _second(2))
    store.flush(NOW)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE samples SET sample = '[]'")
    assert _known(store) == {}
    store.add(NOW - 2, _second(1))
    store.flush(NOW)
    assert _known(store) == {NOW - 2: 1.0}


def test_a_folder_that_is_missing_is_said_once_and_the_last_minutes_are_held(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SeriesStore(tmp_path / "later" / "series.sqlite")
    for back in range(HELD_SECONDS + 10, 0, -1):
        store.add(NOW - back, _second(1))
    store.flush(NOW)
    store.flush(NOW)
    assert "cannot be kept" in store.fault
    assert len([r for r in caplog.records if "cannot be kept" in r.message]) == 1
    (tmp_path / "later").mkdir()
    store.flush(NOW)
    assert store.fault == ""
    assert len(_known(store)) == HELD_SECONDS
    assert "are kept again" in caplog.text


def test_a_transaction_that_fails_leaves_nothing_of_the_batch(tmp_path: Path) -> None:
    with SeriesFile(tmp_path / "series.sqlite") as file:
        batch = [Dated(NOW - 1, M1, Sample(1.0)), Dated(NOW - 1, Subject("a", 7), Sample(1.0, {"mo": object()}))]  # type: ignore[arg-type,dict-item]  # what a fault of ours could bring
        with pytest.raises(TypeError):
            file.write(batch, NOW)
        assert file.read(Span.HOUR, M1, 0) == {}
        file.write(batch[:1], NOW)
        assert list(file.read(Span.HOUR, M1, 0)) == [NOW - 1]
