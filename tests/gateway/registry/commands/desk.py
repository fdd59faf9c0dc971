"""A registry's command line for tests."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from gateway.core.registration import CodeState
from gateway.registry.codes.vault import read_vault
from gateway.registry.database.store import open_store
from gateway.registry.views.lookups import Register
from tests.gateway.registry.databases import new_database
from tests.gateway.registry.test_command import run

PRODUCTS = "enterprise,name_zh,name_en,specification,category\n1,白酒,Baijiu,500ml,spirits\n"


class Desk:
    """A registry under a folder, and someone at its command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.database = new_database(folder)
        self.master = str(self.write("master", f"1 {bytes(range(32)).hex()}\n"))
        self._capsys = capsys
        assert run("create", "--database", self.database) == 0

    def write(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def step(self, name: str, *words: str, by: str = "林科长", status: int = 0) -> str:
        """Take a step and return what it printed: on standard error if it was to fail."""
        self._capsys.readouterr()
        who = ("--by", by, "--why", "试点", "--master-key-file", self.master)
        assert run(name, "--database", self.database, *who, *words) == status
        captured = self._capsys.readouterr()
        return captured.err if status else captured.out.strip()

    def read(self, name: str, *words: str) -> list[dict[str, str]]:
        self._capsys.readouterr()
        assert run(name, "--database", self.database, *words) == 0
        return list(csv.DictReader(io.StringIO(self._capsys.readouterr().out)))

    def issued(self, product: str, quantity: int, level: int = 1) -> tuple[str, list[str]]:
        """An application's number and the codes of its file, opened by the enterprise."""
        number = self.step("apply", "--product", product, "--quantity", str(quantity), "--level", str(level), by="玉泉")
        self.step("approve", "--application", number)
        assert self.step("issue", "--application", number) == f"{quantity} codes issued"
        sealed, codes = str(self.folder / f"{number}.zmcf"), self.folder / f"{number}.csv"
        self.step("deliver", "--application", number, "--output", sealed)
        words = ("--key", str(self.folder / "private"), "--input", sealed, "--output", str(codes))
        assert run("open-code-file", *words) == 0
        header, *lines = codes.read_text().splitlines()
        assert header == "code"
        assert len(lines) == quantity
        return number, lines

    def states(self, *codes: str) -> list[CodeState]:
        register = Register(open_store(self.database), read_vault(self.master))
        return [found.state for found in register.look_up(codes)]


LOT = ("--batch", "A1", "--inspection", "检1", "--produced-on", "2026-11-01", "--expires-on", "2028-11-01")
