"""Opening a database, and what is said when that cannot be."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from gateway.registry.database.schema import metadata
from gateway.registry.database.store import open_store
from gateway.registry.faults import DatabaseFault


def test_a_new_database_has_the_tables_and_survives_power_cuts(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "registry.db"), create=True)
    with store.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("SELECT count(*) FROM ranges")).scalar_one() == 0
    open_store(str(tmp_path / "registry.db")).dispose()
    store.dispose()


def test_a_new_database_is_its_owners_only_and_its_folder_must_exist(tmp_path: Path) -> None:
    open_store(str(tmp_path / "registry.db"), create=True).dispose()
    assert (tmp_path / "registry.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(DatabaseFault, match="cannot be made"):
        open_store(str(tmp_path / "no" / "folder" / "registry.db"), create=True)


@pytest.mark.parametrize(
    ("database", "says"),
    [
        ("missing.db", "make-samples"),
        ("sqlite:///missing.db", "make-samples"),
        ("nonsense://host/name", "no driver"),
        ("://", "cannot be read"),
    ],
)
def test_a_database_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseFault, match=says):
        open_store(database)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(DatabaseFault, match="cannot be opened: file is not a database"):
        open_store(str(file))


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseFault, match=r"holds no registry.*registry migrate"):
        open_store(str(tmp_path / "empty.db"))


def test_migrating_a_registry_of_this_version_changes_nothing(store: Engine) -> None:
    with store.connect() as connection:
        before = connection.execute(text("SELECT * FROM ranges")).all()
    open_store(str(store.url.database), create=True).dispose()
    with store.connect() as connection:
        assert connection.execute(text("SELECT * FROM ranges")).all() == before


def test_the_steps_lead_to_the_schema_that_the_statements_use(store: Engine) -> None:
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_a_password_in_the_url_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseFault) as caught:
        open_store("sqlite://user:secret@host/missing.db", create=True)
    assert "secret" not in str(caught.value)
