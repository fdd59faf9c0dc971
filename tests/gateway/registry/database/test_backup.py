"""Copies of an SQLite registry, made while it is in use."""

from pathlib import Path

import pytest

from gateway.core.registration import CodeState
from gateway.registry.database.store import open_store
from gateway.registry.views.lookups import Register
from tests.gateway.registry import small_registry
from tests.gateway.registry.test_command import run


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "registry.db")
    store = open_store(path, create=True)
    small_registry.fill(store)
    store.dispose()
    return path


def test_a_restored_backup_answers_as_the_registry_did(database: str, tmp_path: Path) -> None:
    copy, again = str(tmp_path / "copy.db"), str(tmp_path / "again.db")
    assert run("backup", "--database", database, "--output", copy) == 0
    assert run("restore", "--database", again, "--input", copy) == 0
    assert Path(again).stat().st_mode & 0o777 == 0o600
    restored = open_store(again)
    assert Register(restored).look_up([small_registry.code_at(7)])[0].state is CodeState.ACTIVATED
    restored.dispose()


def test_neither_overwrites_a_file(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "precious").write_text("letters")
    assert run("backup", "--database", database, "--output", str(tmp_path / "precious")) == 69
    assert run("restore", "--database", str(tmp_path / "precious"), "--input", database) == 69
    assert "name a new file" in capsys.readouterr().err
    assert (tmp_path / "precious").read_text() == "letters"


def test_what_is_no_registry_is_neither_copied_nor_restored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter").write_text("Dear Sir or Madam, " * 100)
    copy = str(tmp_path / "copy.db")
    assert run("restore", "--database", copy, "--input", str(tmp_path / "letter")) == 78
    assert run("backup", "--database", str(tmp_path / "letter"), "--output", copy) == 78
    assert not Path(copy).exists()
    assert run("backup", "--database", "postgresql://nowhere/x", "--output", copy) == 69
    assert "pg_dump" in capsys.readouterr().err
