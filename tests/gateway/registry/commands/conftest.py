"""An enterprise that has signed up, and its product."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.registry.commands.desk import PRODUCTS, Desk
from tests.gateway.registry.test_command import run

ENTERPRISES = "name_zh,name_en,area,in_catalogue,classes\n福清玉泉酒业,Yuquan,350181,yes,production_licence\n"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    opened = Desk(tmp_path, capsys)
    opened.step("sign-up", "--csv", str(opened.write("enterprises.csv", ENTERPRISES)))
    return opened


@pytest.fixture
def product(desk: Desk, capsys: pytest.CaptureFixture[str]) -> str:
    assert run("make-operator-key", "--output", str(desk.folder / "private")) == 0
    public = capsys.readouterr().out.strip()
    assert desk.step("issue-operator-key", "--enterprise", "1", "--public-key", public) == "version 1"
    resource_code, name = desk.step("add-products", "--csv", str(desk.write("products.csv", PRODUCTS))).split(",")
    assert name == "白酒"
    return resource_code
