"""Bringing a database to the schema of this program."""

from __future__ import annotations

from functools import cache
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("gateway.registry.database").joinpath("migrations")))
    return config


@cache
def newest_version() -> str:
    """The version of the schema that this program works on."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def version_of(connection: Connection) -> str:
    """The version of the schema in a database, "" if it holds none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(connection: Connection) -> None:
    """Take every step that is missing, in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
