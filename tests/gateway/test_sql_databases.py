"""Schemas that are read without Alembic say what Alembic says."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL

from gateway.insight import case_store
from gateway.registry.database import store as registry_store
from gateway.sql_databases import Schema, engine_of

SCHEMAS = (case_store.SCHEMA, registry_store.SCHEMA)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.package)
def test_the_newest_version_is_that_of_the_last_step(schema: Schema) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files(schema.package).joinpath("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.newest


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.package)
def test_a_database_has_no_version_until_the_steps_are_taken(schema: Schema, tmp_path: Path) -> None:
    store = engine_of(URL.create("sqlite", database=str(tmp_path / "new.sqlite")))
    with store.begin() as connection:
        assert schema.version_of(connection) == ""
        schema.upgrade(connection)
        assert schema.version_of(connection) == schema.newest
    store.dispose()
