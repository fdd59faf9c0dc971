"""From sign-up to recall on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from gateway.core.registration import CodeState
from gateway.registry.codes.vault import read_vault
from gateway.registry.database.store import open_store
from gateway.registry.views.lookups import Register
from tests.gateway.registry.databases import new_database
from tests.gateway.registry.test_command import run

ENTERPRISES = "name_zh,name_en,area,in_catalogue,classes\n福清玉泉酒业,Yuquan,350181,yes,production_licence\n"
MORE_ENTERPRISES = (
    "name_zh,name_en,area,in_catalogue,classes\n"
    "福州茉莉茶业,Moli,350112,yes,production_licence geographical_indication\n"
    "厦门鼓浪屿馅饼,Pies,350203,no,\n"
)
AREAS = ("county", "prefecture", "province")
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


LOT = ("--batch", "A1", "--inspection", "检1", "--produced-on", "2026-11-01", "--expires-on", "2028-11-01")


def test_codes_go_from_application_to_recall(desk: Desk, product: str) -> None:
    number, codes = desk.issued(product, 600)
    assert desk.states(codes[0], codes[-1]) == [CodeState.ISSUED] * 2
    assert "printed" in desk.step("activate", "--application", number, *LOT, status=69)
    desk.step("printed", "--application", number)
    desk.step("activate", "--from", codes[100], "--to", codes[299], *LOT, "--region", "350100")
    desk.step("ship", "--from", codes[100], "--to", codes[149], "--region", "330000")
    desk.step("recall", "--from", codes[100], "--to", codes[199], "--tell", "抽检不合格")
    desk.step("expire", "--code", codes[250])
    desk.step("cancel", "--code", codes[400], "--tell", "标签被盗")
    assert [state.value for state in desk.states(*(codes[at] for at in (99, 100, 199, 200, 250, 400, 401)))] == [
        "printed", "recalled", "recalled", "activated", "expired", "cancelled", "printed"
    ]  # fmt: skip


def test_a_case_is_packed_and_recalled_with_what_it_holds(desk: Desk, product: str) -> None:
    units, codes = desk.issued(product, 20)
    cases, case_codes = desk.issued(product, 2, level=3)
    for number in (units, cases):
        desk.step("printed", "--application", number)
    desk.step("pack", "--parent", case_codes[0], "--from", codes[0], "--to", codes[9])
    desk.step("activate", "--code", case_codes[0], *LOT)
    desk.step("recall", "--code", case_codes[0])
    assert [state.value for state in desk.states(case_codes[0], codes[0], codes[9], codes[10])] == [
        "recalled", "recalled", "recalled", "printed"
    ]  # fmt: skip


def test_what_is_not_allowed_is_refused_with_the_reason(desk: Desk, product: str) -> None:
    number = desk.step("apply", "--product", product, "--quantity", "5", by="玉泉")
    assert "cannot approve" in desk.step("approve", "--application", number, by="玉泉", status=69)
    assert "issue them first" in desk.step("printed", "--application", number, status=69)
    assert "issued first" in desk.step(
        "deliver", "--application", number, "--output", str(desk.folder / "none"), status=69
    )
    assert desk.step("approve", "--application", number, "--two-person-limit", "1") == "one more person must approve"
    desk.step("refuse", "--application", number)
    for words in ((), ("--from", "1" * 20), ("--code", "1" * 20, "--application", "1")):
        assert "say which codes" in desk.step("printed", *words, status=69)
    for code in ("1" * 20, f"{product}0000000000000", "12"):
        assert "not on record" in desk.step("printed", "--code", code, status=69)


def test_nothing_is_delivered_to_a_revoked_key(desk: Desk, product: str) -> None:
    number, _ = desk.issued(product, 5)
    desk.step("revoke-operator-key", "--enterprise", "1", "--version", "1")
    output = desk.folder / "again"
    assert "no key in force" in desk.step("deliver", "--application", number, "--output", str(output), status=69)
    assert not output.exists()


def test_keys_are_renewed_and_rewrapped_under_codes_in_use(desk: Desk, product: str) -> None:
    _, codes = desk.issued(product, 5)
    assert desk.step("renew-check-key", "--product", product) == "version 2"
    desk.write("master", f"1 {bytes(range(32)).hex()}\n2 {bytes(32).hex()}\n")
    desk.step("rewrap-keys")
    desk.write("master", f"2 {bytes(32).hex()}\n")
    _, newer = desk.issued(product, 5)
    assert desk.states(codes[0], newer[0]) == [CodeState.ISSUED] * 2


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
