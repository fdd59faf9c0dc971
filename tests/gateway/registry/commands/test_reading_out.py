"""What the command line reads out, and what is on record of it."""

from __future__ import annotations

import json

import pytest

from tests.gateway.registry.commands.desk import LOT, Desk
from tests.gateway.registry.test_command import run

MORE_ENTERPRISES = (
    "name_zh,name_en,area,in_catalogue,classes\n"
    "福州茉莉茶业,Moli,350112,yes,production_licence geographical_indication\n"
    "厦门鼓浪屿馅饼,Pies,350203,no,\n"
)


AREAS = ("county", "prefecture", "province")


def test_the_registry_is_read_out_as_csv(desk: Desk, product: str) -> None:
    assert [row["stage"] for row in desk.read("progress")] == ["key_issued"]
    number, _ = desk.issued(product, 50)
    assert [row["stage"] for row in desk.read("progress")] == ["codes_issued"]
    desk.step("printed", "--application", number)
    desk.step("activate", "--application", number, *LOT)
    assert [row["stage"] for row in desk.read("progress")] == ["activated"]
    assert desk.read("products") == [
        {
            "resource_code": product,
            "name": "白酒",
            "issued": "50",
            "activated": "50",
            "guess_chance": "5e-12",
            "below_1_in_10000": "yes",
        }
    ]
    taken = desk.read("steps")
    assert [row["action"] for row in taken] == [
        "signed_up",
        "operator_key_issued",
        "product_registered",
        "applied",
        "approved",
        "issued",
        "code_file_delivered",
        "printed",
        "activated",
    ]
    assert {row["reason"] for row in taken} == {"试点"}
    assert [row["id"] for row in desk.read("steps", "--after", "7", "--limit", "1")] == ["8"]


def test_coverage_is_counted_by_class_and_area_against_the_plan(desk: Desk, product: str) -> None:
    desk.step("sign-up", "--csv", str(desk.write("more.csv", MORE_ENTERPRISES)))
    desk.issued(product, 5)
    targets = str(desk.write("targets.csv", "group,suitable\nproduction_licence,4\ninspection_exempt,1\n"))
    assert [tuple(row.values()) for row in desk.read("coverage", "--targets", targets)] == [
        ("geographical_indication", "", "1", "0", "0", "0", ""),
        ("inspection_exempt", "1", "0", "0", "0", "0", "0.0%"),
        ("none", "", "1", "0", "0", "0", ""),
        ("production_licence", "4", "2", "1", "1", "0", "50.0%"),
    ]
    by_area = {by: [(row["group"], row["signed_up"]) for row in desk.read("coverage", "--by", by)] for by in AREAS}
    assert by_area == {
        "county": [("350112", "1"), ("350181", "1"), ("350203", "1")],
        "prefecture": [("350100", "2"), ("350200", "1")],
        "province": [("350000", "3")],
    }
    faulty = str(desk.write("targets.csv", "group,suitable\nnone,many\n"))
    assert run("coverage", "--database", desk.database, "--targets", faulty) == 78


def test_every_reading_of_codes_and_keys_is_on_record(desk: Desk, product: str) -> None:
    number, _ = desk.issued(product, 5)
    desk.step("printed", "--application", number)
    desk.step("activate", "--application", number, *LOT)
    words = ("--master-key-file", desk.master, "--count", "2", "--today", "2026-11-23")
    desk.step("rewrap-keys")
    output = str(desk.folder / "codes")
    assert (
        run("export-codes", "--database", desk.database, *words, "--by", "林", "--why", "抽查", "--output", output) == 0
    )
    last = desk.read("steps")[-1]
    assert (last["action"], last["actor"], last["reason"]) == ("codes_exported", "林", "抽查")
    assert {"code_file_delivered", "keys_rewrapped"} <= {row["action"] for row in desk.read("steps")}


def test_neither_keys_nor_codes_are_in_the_record_or_the_log(
    desk: Desk, product: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    _, codes = desk.issued(product, 5)
    unknown = f"{product}0000000000000"
    refused = desk.step("printed", "--code", unknown, status=69)
    desk.step("rewrap-keys")
    written = caplog.text + refused + str(desk.read("steps"))
    private = (desk.folder / "private").read_text().strip()
    secrets = [*codes, unknown, private, bytes(range(32)).hex()]
    assert not [secret for secret in secrets if secret in written]


def test_events_are_exported_and_that_is_on_record(desk: Desk, product: str) -> None:
    number, codes = desk.issued(product, 5)
    desk.step("printed", "--application", number)
    desk.step("activate", "--application", number, *LOT)
    output = desk.folder / "events.jsonld"
    words = ("--product", product, "--uri-base", "https://codes.example", "--output", str(output))
    desk.step("export-events", *words)
    event = json.loads(output.read_text())["epcisBody"]["eventList"][0]
    assert event["epcList"] == [f"https://codes.example/code/{code}" for code in codes]
    assert desk.read("steps")[-1]["action"] == "events_exported"
