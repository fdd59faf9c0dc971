"""The plan's numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import SettingsFault
from gateway.registry.views.targets import read_targets


def test_each_group_has_its_number(tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text("\ufeffgroup,suitable\nproduction_licence,40\n350181,60\n", encoding="utf-8")
    assert read_targets(plan) == {"production_licence": 40, "350181": 60}


@pytest.mark.parametrize("line", ["350181,", "350181,many", ",4", "350181,-1", "350181"])
def test_a_faulty_line_is_named(tmp_path: Path, line: str) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text(f"group,suitable\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsFault, match=r"plan\.csv:2: write a group and a whole number"):
        read_targets(plan)


def test_a_plan_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_targets(tmp_path / "none.csv")
    (tmp_path / "plan.csv").write_bytes(b"group,suitable\n\xff,1\n")
    with pytest.raises(SettingsFault, match="cannot be read"):
        read_targets(tmp_path / "plan.csv")
