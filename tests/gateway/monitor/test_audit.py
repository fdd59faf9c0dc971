"""The audit log: only grows, and tells whatever was changed in it."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.monitor.audit import FIRST_SEAL, AuditLog, AuditUnavailable, Broken, Entry, Sealed, seal_of


def entry(subject: str = "x", at: float = 1.5) -> Entry:
    return Entry(at, "otto", "operator", "192.0.2.1", "sign_in", subject)


def written(folder: Path, count: int) -> Path:
    path = folder / "audit.jsonl"
    log = AuditLog(path)
    for number in range(count):
        log.append(entry(str(number)))
    return path


def broken(path: Path) -> list[int]:
    return [line.number for line in AuditLog(path).lines() if isinstance(line, Broken)]


def test_what_is_written_is_read_in_its_order(tmp_path: Path) -> None:
    lines = list(AuditLog(written(tmp_path, 3)).lines())
    assert [(line.number, line.entry.subject) for line in lines if isinstance(line, Sealed)] == [
        (1, "0"),
        (2, "1"),
        (3, "2"),
    ]


def test_a_log_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert list(AuditLog(tmp_path / "none").lines()) == []


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    assert stat.S_IMODE(written(tmp_path, 1).stat().st_mode) == 0o600


def test_the_first_line_is_sealed_as_anybody_can_compute(tmp_path: Path) -> None:
    words = json.loads(written(tmp_path, 1).read_text(encoding="ascii"))
    assert words.pop("seal") == seal_of(FIRST_SEAL, Entry(**words))


@pytest.mark.parametrize(
    ("old", "new"), [("otto", "rita"), ('"subject": "1"', '"subject": "9"'), ("1.5", "1.6"), ("sign_in", "sign_out")]
)
def test_a_changed_line_is_told(tmp_path: Path, old: str, new: str) -> None:
    path = written(tmp_path, 3)
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    lines[1] = lines[1].replace(old, new, 1)
    path.write_text("".join(lines), encoding="ascii")
    assert broken(path) == [2]


def test_a_line_taken_out_is_told_where_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, 4)
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]), encoding="ascii")
    assert broken(path) == [2]


def test_lines_in_another_order_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, 3)
    first, second, third = path.read_text(encoding="ascii").splitlines(keepends=True)
    path.write_text(second + first + third, encoding="ascii")
    assert broken(path) == [1, 2, 3]


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6, 100])
def test_the_newest_lines_have_the_numbers_that_they_have_among_all(tmp_path: Path, limit: int) -> None:
    path = written(tmp_path, 5)
    assert AuditLog(path).newest(limit) == list(AuditLog(path).lines())[-limit:]
    with path.open("ab") as file:
        file.write(b"torn")
    assert AuditLog(path).newest(limit) == list(AuditLog(path).lines())[-limit:]


def test_of_a_long_log_only_the_end_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 10)
    whole = list(AuditLog(path).lines())
    monkeypatch.setattr("gateway.monitor.audit._PIECE_OCTETS", 700)
    newest = AuditLog(path).newest(100)
    assert 1 <= len(newest) < 10
    assert newest == whole[-len(newest) :]


def test_of_a_log_that_was_never_written_nothing_is_newest(tmp_path: Path) -> None:
    assert AuditLog(tmp_path / "none").newest(5) == []


def test_after_a_torn_write_the_chain_goes_on_from_the_last_whole_line(tmp_path: Path) -> None:
    path = written(tmp_path, 2)
    with path.open("ab") as file:
        file.write(b'{"at": 3, "us')
    AuditLog(path).append(entry("after"))
    assert broken(path) == [3]
    *_, last = AuditLog(path).lines()
    assert isinstance(last, Sealed)
    assert last.entry.subject == "after"


@pytest.mark.parametrize("line", ["[]", "{}", "null", '{"seal": "x"}', "\x00", '{"seal": "x", "other": 1}'])
def test_what_is_no_entry_is_told(tmp_path: Path, line: str) -> None:
    path = written(tmp_path, 1)
    with path.open("a", encoding="ascii") as file:
        file.write(line + "\n")
    assert broken(path) == [2]


def test_several_writers_keep_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    threads = [threading.Thread(target=written, args=(tmp_path, 10)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(AuditLog(path).lines())) == 40
    assert broken(path) == []


@given(st.lists(st.text(st.characters(), max_size=700), min_size=1, max_size=3))
def test_any_words_can_be_written_and_none_without_bounds(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    for word in words:
        AuditLog(path).append(Entry(1.0, word, word, word, word, word))
    lines = list(AuditLog(path).lines())
    assert [line.entry.subject for line in lines if isinstance(line, Sealed)] == [word[:512] for word in words]


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(AuditUnavailable, match="the audit log cannot be written"):
        AuditLog(tmp_path / "missing" / "audit.jsonl").append(entry())
    with pytest.raises(AuditUnavailable, match="the audit log cannot be read"):
        list(AuditLog(tmp_path).lines())


async def test_writing_is_done_when_it_returns(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    await log.write(entry())
    assert len(list(log.lines())) == 1
