"""`python -m gateway reconcile`, as typed."""

from __future__ import annotations

import asyncio
import csv
import fcntl
import io
import json
import sqlite3
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.core.ports import OtherKind, Refusal
from gateway.core.receipts import ReceiptState, ReceiptTold
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.accounts import iso_day
from gateway.records.schema import china_day
from tests.gateway.records.conftest import never
from tests.gateway.records.samples import ANSWER, NOON, query, sent

DAY = iso_day(china_day(NOON))
MONTH = DAY[:7]


@pytest.fixture
def filled(path: Path) -> Path:
    """Two queries, one of them delivered, a notice, and a refused message."""
    asyncio.run(_fill(path))
    return path


async def _fill(path: Path) -> None:
    journal = await SqliteJournal.opened(path, never)
    for number in (1, 2):
        await journal.accept(query(number))
        outcome = sent(message_ids=(f"0A{number}",), segments=1, receipt_ids=(f"a{number}",))
        await journal.finish(query(number), ANSWER, outcome)
    await journal.receipt_told(ReceiptTold("cmcc", "cmcc-1", "a1", ReceiptState.DELIVERED, NOON + 70))
    await journal.sent_besides(query(1).uid, "cmcc", OtherKind.NOTICE, sent(message_ids=("0B",), segments=1))
    await journal.refused(Refusal("cmcc", "cmcc-1", 0x64, True, NOON))
    await journal.close()


def reconcile(filled: Path, *words: str) -> int:
    return main(["reconcile", *words, "--journal", str(filled)])


def statement(tmp_path: Path, text: str) -> str:
    file = tmp_path / "statement.csv"
    file.write_text(text, encoding="gb18030")
    return str(file)


@pytest.mark.parametrize(("language", "heading"), [("zh", "上行收到"), ("en", "MO received")])
def test_a_month_is_shown_in_columns(
    filled: Path, capsys: pytest.CaptureFixture[str], language: str, heading: str
) -> None:
    assert reconcile(filled, "--month", MONTH, "--language", language) == 0
    first, line, total, closing = capsys.readouterr().out.splitlines()
    assert heading in first
    assert line.split()[:4] == [DAY, "cmcc", "cmcc-1", "3"]
    assert total.split()[-8:] == ["1", "0", "3", "3", "0", "0", "3", "1", "0"][-8:]
    assert closing == f"{DAY} {'未结账' if language == 'zh' else 'open'}"


def test_a_time_without_records_is_told(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reconcile(filled, "--day", "2020-01-01", "--language", "en") == 0
    assert capsys.readouterr().out == "Nothing on record\n"


def test_csv_has_a_byte_order_mark_if_asked_for(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--day", DAY, "--carrier", "cmcc", "--format", "csv", "--language", "en"]
    assert reconcile(filled, *command) == 0
    plain = capsys.readouterr().out
    (row,) = csv.DictReader(io.StringIO(plain))
    assert (row["MO received"], row["MO refused by status"], row["of these notices"]) == ("3", "0x00000064=1", "1")
    assert (row["MT accepted"], row["DELIVRD"], row["Replies delivered"]) == ("3", "1", "1")
    assert reconcile(filled, *command, "--bom") == 0
    assert capsys.readouterr().out == "\ufeff" + plain


def test_json_tells_what_is_closed(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reconcile(filled, "close", "--through", DAY) == 0
    assert capsys.readouterr().out == f"{DAY}\n"
    assert reconcile(filled, "--day", DAY, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(closing["day"], len(closing["digest"])) for closing in found["closed"]] == [(DAY, 64)]
    assert found["total"]["mt_submitted"] == 3
    assert reconcile(filled, "--day", DAY) == 0
    assert found["closed"][0]["digest"] in capsys.readouterr().out


def test_days_that_are_due_are_closed_by_hand(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reconcile(filled, "close") == 0
    assert capsys.readouterr().out.startswith(f"{DAY}, ")
    assert reconcile(filled, "close", "--language", "en") == 0
    assert capsys.readouterr().out == "Nothing on record\n"


def test_a_day_that_has_not_ended_or_a_journal_in_use_is_not_closed(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reconcile(filled, "close", "--through", "2999-01-01") == 78
    assert "ended" in capsys.readouterr().err
    with filled.with_name(filled.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert reconcile(filled, "close") == 78
    assert "another gateway" in capsys.readouterr().err


def test_verify_tells_whether_the_log_agrees(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reconcile(filled, "verify") == 0
    assert "all as the query log says" in capsys.readouterr().out
    connection = sqlite3.connect(filled)
    connection.execute("UPDATE link_days SET messages = messages + 1 WHERE measure = 'mt_sent'")
    connection.commit()
    connection.close()
    assert reconcile(filled, "verify") == 65
    assert "mt_sent: the log has -1 messages and +0 PDUs" in capsys.readouterr().err


def test_our_own_csv_agrees_with_us(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language in ("zh", "en"):
        assert reconcile(filled, "--month", MONTH, "--format", "csv", "--language", language) == 0
        own = statement(tmp_path, capsys.readouterr().out)
        assert reconcile(filled, "compare", own, "--carrier", "cmcc", "--month", MONTH) == 0
        assert "一致" in capsys.readouterr().out


def test_totals_that_differ_are_listed_by_size(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = statement(tmp_path, f"日期,上行,合同短信,送达\n{DAY},1,9,1\n")
    command = ["compare", file, "--carrier", "cmcc", "--day", DAY, "--column", "mt_accepted=合同短信"]
    assert reconcile(filled, *command, "--language", "en") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Differences from the carrier: 2"
    assert [line.split()[-3:] for line in lines[2:]] == [["3", "9", "+6"], ["2", "1", "-1"]]


def test_lists_of_messages_are_compared_in_the_spelling_of_the_carrier(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = statement(tmp_path, "msgid,stat\n161,DELIVRD\n162,EXPIRED\n11,\n")
    command = ["compare", file, "--carrier", "cmcc", "--day", DAY]
    assert reconcile(filled, *command, "--ids", "decimal") == 0
    assert reconcile(filled, *command) == 1
    assert "161" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--carrier", "cmcc"], 78, "--day 2026-05-01"),
        (["compare", "nofile.csv", "--month", MONTH, "--carrier", "cmcc"], 74, "No such file"),
        (["compare", "nofile.csv", "--month", MONTH], 78, "--carrier"),
    ],
)
def test_what_is_missing_is_told_in_one_line(
    filled: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, said: str
) -> None:
    assert reconcile(filled, *words) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    "words", [["--day", "x"], ["--month", "2026-13"], ["close", "--through", "x"], ["compare", "x", "--column", "y"]]
)
def test_words_that_cannot_be_meant_are_a_usage_fault(filled: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        reconcile(filled, *words)
    assert ended.value.code == 64


def test_a_file_that_is_no_account_is_told(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = statement(tmp_path, "a,b\n1,2\n")
    assert reconcile(filled, "compare", file, "--carrier", "cmcc", "--day", DAY) == 65
    assert "--column" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("toml", "status"),
    [
        ('[records]\npath = "journal.db"\nclose_after_seconds = 60.0', 0),
        ('[records]\npath = "journal.db"\nclose_after_seconds = "x"', 78),
        ('[records]\npath = "journal.db"\nclose_after_seconds = 9e9', 78),
    ],
)
def test_the_configuration_says_where_and_when(filled: Path, tmp_path: Path, toml: str, status: int) -> None:
    (tmp_path / "gateway.toml").write_text(toml)
    assert main(["reconcile", "verify", "--config", str(tmp_path)]) == status
