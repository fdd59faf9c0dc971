"""The case book and the statistics on the command line."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_store import open_book
from gateway.records.schema import open_for_writing
from tests.gateway.insight.findings import NOON, report, signal

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = str(tmp_path / "cases.sqlite")
    assert main(["cases", "--book", path, "create"]) == 0
    store = open_book(path)
    CaseIntake(store).take([signal()], [report(1)], NOON)
    store.dispose()
    return path


def cases(book: str, *words: str, language: str = "en") -> int:
    return main(["cases", "--book", book, "--language", language, *words])


def test_cases_are_listed_in_either_language(book: str, capsys: Capture) -> None:
    assert cases(book, "list") == cases(book, "list", language="zh") == 0
    text = capsys.readouterr().out
    assert "many_callers" in text
    assert "检测项" in text


def test_a_case_is_worked_on_and_shown_with_its_record(book: str, capsys: Capture) -> None:
    for step in (["review", "1", "--by", "王"], ["assign", "1", "--to", "李", "--by", "王"],
                 ["open", "1", "--by", "李"], ["note", "1", "--by", "李", "--words", "两家店"],
                 ["accept", "1", "--by", "李"],
                 ["close", "1", "--by", "李", "--reason", "confirmed"]):  # fmt: skip
        assert cases(book, *step) == 0
    capsys.readouterr()
    assert cases(book, "show", "1") == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("两家店", "confirmed", "k1:a", "many callers", "福清市场"))


def test_json_has_the_precision_beside_the_case(book: str, capsys: Capture) -> None:
    cases(book, "close", "1", "--by", "李", "--reason", "typing")
    capsys.readouterr()
    main(["cases", "--book", book, "--format", "json", "show", "1"])
    shown = json.loads(capsys.readouterr().out)
    assert (shown["precision"]["closed"], shown["precision"]["right"]) == (1, 0)
    main(["cases", "--book", book, "--format", "json", "list"])
    assert json.loads(capsys.readouterr().out) == []
    assert cases(book, "precision") == 0


def test_a_new_signal_is_listed_beside_how_often_its_detector_was_right(book: str, capsys: Capture) -> None:
    cases(book, "close", "1", "--by", "李", "--reason", "confirmed")
    store = open_book(book)
    CaseIntake(store).take([signal(subject="next", code="", product="8000002")], (), NOON)
    store.dispose()
    capsys.readouterr()
    assert cases(book, "list") == 0
    assert "1/1 (21%-100%)" in capsys.readouterr().out


def test_alerts_that_wait_are_listed_with_their_last_fault(book: str, capsys: Capture) -> None:
    store = open_book(book)
    CaseIntake(store, ["desk"]).tell(NOON)
    store.dispose()
    assert cases(book, "alerts") == 0
    assert "case:1:desk" in capsys.readouterr().out


def test_overdue_complaints_are_listed(book: str, capsys: Capture) -> None:
    assert cases(book, "complaints", "--overdue") == 0
    assert "report" in capsys.readouterr().out


def test_a_step_that_is_not_allowed_is_one_line(book: str, capsys: Capture) -> None:
    cases(book, "close", "1", "--by", "李", "--reason", "typing")
    capsys.readouterr()
    assert cases(book, "review", "1", "--by", "李") == 69
    assert capsys.readouterr().err == "cases: the case is at closed: review needs signal\n"
    assert cases(book, "show", "9") == 69


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    open_for_writing(path, lambda _: None).close()
    with sqlite3.connect(path) as connection:
        for verdict, count in (("first", 8), ("unknown", 2)):
            row = (int(NOON // 3600), "350100", "8000001", verdict, "sms", "cmcc", count, count)
            connection.execute("INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    (tmp_path / "figures.csv").write_text(
        "resource_code,activated,name,category,enterprise\n8000001,20000,=cmd(),酒,玉泉\n", encoding="utf-8"
    )
    return path


def statistics(journal: Path, *words: str) -> int:
    span = ["--from", "2025-06-01", "--to", "2025-06-30", "--figures", str(journal.with_name("figures.csv"))]
    return main(["statistics", "--journal", str(journal), *span, *words])


def test_statistics_are_a_table_with_names_of_areas(journal: Path, capsys: Capture) -> None:
    assert statistics(journal, "--by", "prefecture,day") == 0
    text = capsys.readouterr().out
    assert "福州市" in text
    assert "2025-06-18" in text
    assert "首查" in text


def test_csv_is_safe_and_json_has_numbers(journal: Path, capsys: Capture) -> None:
    assert statistics(journal, "--by", "product", "--format", "csv") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["product_name"], row["first"], row["queries"]) == ("'=cmd()", "8", "10")
    assert statistics(journal, "--by", "category,hour", "--format", "json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["category"], found["hour"], found["unknown"]) == ("酒", "2025-06-18 12:00", 2)
    assert statistics(journal, "--by", "certainty,channel", "--category", "茶", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [(["--from", "2026-01-01"], "--from must not"), (["--category", "x", "--figures", "none.csv"], "cannot be read")],
)
def test_faults_of_a_question_are_told(journal: Path, capsys: Capture, words: list[str], fault: str) -> None:
    assert statistics(journal, *words) == 78
    assert fault in capsys.readouterr().err
