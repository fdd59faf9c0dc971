"""Lists on the command line: all of their rows, or none and the line named."""

from __future__ import annotations

import pytest

from gateway.core.registration import CodeState
from tests.gateway.registry.commands.desk import PRODUCTS, Desk
from tests.gateway.registry.test_command import run

STEP_COLUMNS = "step,application,first,last,code,product,batch,inspection,produced_on,expires_on,region,parent,tell\n"


def test_a_list_of_steps_is_taken_in_one_go_and_read_out_again(desk: Desk, product: str) -> None:
    units, codes = desk.issued(product, 20)
    cases, (case,) = desk.issued(product, 1, level=3)
    steps = (
        f"printed,{units},,,,,,,,,,,\nprinted,{cases},,,,,,,,,,,\n"
        f"pack,,{codes[0]},{codes[9]},,,,,,,,{case},\n"
        f"activate,,,,{case},,A1,检1,2026-11-01,2028-11-01,350100,,\n"
        f"ship,,,,{case},,,,,,330000,,\n"
        f"report-stolen,,,,{codes[15]},,,,,,,,标签被盗\n"
        f"recall,,,,,{product},A1,,,,,,抽检不合格\n"
    )
    listed = str(desk.write("steps.csv", STEP_COLUMNS + steps))
    assert desk.step("take-steps", "--csv", listed) == "7 steps taken"
    assert [state.value for state in desk.states(case, codes[9], codes[10], codes[15])] == [
        "recalled", "recalled", "printed", "stolen"
    ]  # fmt: skip
    assert [(row["application"], row["state"]) for row in desk.read("applications")] == [
        ("1", "issued"),
        ("2", "issued"),
    ]
    assert [(row["batch"], row["state"], row["codes"]) for row in desk.read("batches")] == [("A1", "recalled", "11")]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("burn,1,,,,,,,,,,,\n", "step is printed, activate"),
        ("printed,one,,,,,,,,,,,\n", "application is a number"),
        ("printed,1,,,,,,,,,,,\n", "they are printed already"),
        ("activate,1,,,,,A1,检1,soon,2028-11-01,,,\n", "produced_on is a day"),
        ("printed,9,,,,,,,,,,,\n", "no application 9"),
    ],
)
def test_one_refused_step_of_a_list_stops_all_and_is_named(desk: Desk, product: str, row: str, says: str) -> None:
    _, codes = desk.issued(product, 5)
    listed = str(desk.write("steps.csv", STEP_COLUMNS + "printed,1,,,,,,,,,,,\n" + row))
    told = desk.step("take-steps", "--csv", listed, status=69)
    assert ":3: " in told
    assert says in told
    assert desk.states(codes[0]) == [CodeState.ISSUED]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name_zh\n饼\n", "must name the columns"),
        ("name_zh,name_en,area,in_catalogue,classes\n饼\n", ":2: as many cells"),
        ("name_zh,name_en,area,in_catalogue,classes\n饼,,350181,yes,royal\n", ":2: 'royal'"),
        ("name_zh,name_en,area,in_catalogue,classes\n饼,,350181,perhaps,\n", ":2: in_catalogue"),
        ('name_zh,name_en,area,in_catalogue,classes\n"饼,,350181,yes,\n', "no CSV"),
    ],
)
def test_a_faulty_list_changes_nothing_and_names_its_line(desk: Desk, content: str, says: str) -> None:
    good = "name_zh,name_en,area,in_catalogue,classes\n茶,,350181,yes,\n"
    faulty = content if "columns" in says else good + content.split("\n", 1)[1]
    told = desk.step("sign-up", "--csv", str(desk.write("faulty.csv", faulty)), status=69)
    assert says.replace(":2:", ":3:") in told
    assert len(desk.read("progress")) == 1


def test_faulty_words_say_what_to_write(desk: Desk, product: str) -> None:
    assert "sign-up printed" in desk.step(
        "add-products", "--csv", str(desk.write("p.csv", PRODUCTS.replace("\n1,", "\none,"))), status=69
    )
    assert "64 hexadecimal" in desk.step("issue-operator-key", "--enterprise", "1", "--public-key", "xy", status=69)
    assert product
    words = ("--input", desk.database, "--output", str(desk.folder / "out"))
    assert run("open-code-file", "--key", str(desk.write("no-key", "xy")), *words) == 69
