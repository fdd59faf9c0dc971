"""TOML into dataclasses: every fault is told, with its path, at once."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from gateway.toml_settings import Faults, Surroundings, Where, build, checked


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    size: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError("size must be at least 1")


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    rate: float = 1.0
    flag: bool = False
    colour: Colour = Colour.RED
    mode: Literal["a", "b"] = "a"
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    file: Path = Path("x.txt")
    maybe: Inner | None = None
    table: dict[str, int] = field(default_factory=dict)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    key_path: str = ""
    master_key_path: Path | None = None
    some_keys: dict[str, Path] = field(default_factory=dict)
    file: Path = Path("x.txt")


def read(
    table: dict[str, object], folder: Path = Path("/etc"), env: dict[str, str] | None = None
) -> tuple[Outer | None, list[str]]:
    faults = Faults()
    return build(Outer, table, Where(Path("f.toml")), faults, Surroundings(folder, env or {})), faults.lines


def test_every_kind_of_value_is_converted() -> None:
    outer, faults = read(
        {
            "name": "n",
            "rate": 2,
            "flag": True,
            "colour": "blue",
            "mode": "b",
            "inner": {"size": 3},
            "many": [{"size": 4}],
            "file": "y.txt",
            "maybe": {},
            "table": {"k": 5},
        }
    )
    assert faults == []
    expected = Outer("n", 2.0, True, Colour.BLUE, "b", Inner(3), (Inner(4),), Path("/etc/y.txt"), Inner(1), {"k": 5})
    assert outer == expected


def test_a_default_path_is_relative_to_the_file_too() -> None:
    outer, _ = read({"name": "n"})
    assert outer is not None
    assert outer.file == Path("/etc/x.txt")


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({}, "f.toml: name: is missing"),
        ({"name": 1}, "f.toml: name: must be a string, not 1"),
        ({"name": "n", "rate": True}, "f.toml: rate: must be a number"),
        ({"name": "n", "flag": 1}, "f.toml: flag: must be true or false"),
        ({"name": "n", "colour": "green"}, "f.toml: colour: must be one of 'red', 'blue', not 'green'"),
        ({"name": "n", "mode": "c"}, "f.toml: mode: must be one of 'a', 'b'"),
        ({"name": "n", "inner": 1}, "f.toml: inner: must be a table"),
        ({"name": "n", "inner": {"size": 0}}, "f.toml: inner: size must be at least 1"),
        ({"name": "n", "inner": {"size": True}}, "f.toml: inner.size: must be a whole number"),
        ({"name": "n", "many": {}}, "f.toml: many: must be a list"),
        ({"name": "n", "many": [{}, {"sice": 2}]}, "f.toml: many[1].sice: unknown setting; did you mean size?"),
        ({"name": "n", "table": 1}, "f.toml: table: must be a table"),
        ({"name": "n", "file": 1}, "f.toml: file: must be a path"),
        ({"name": "n", "zzz": 1}, "f.toml: zzz: unknown setting; known here: "),
        ({"name": "n", "rate": float("nan")}, "f.toml: rate: must be a number, not nan"),
        ({"name": "n", "password": "x"}, "f.toml: password: a secret does not stand in this file"),
        ({"name": "n", "password_env": "NO"}, "f.toml: password_env: the environment has no variable NO"),
        ({"name": "n", "password_file": "/none"}, "f.toml: password_file: cannot read /none: No such file"),
        ({"name": "n", "password_file": "a", "password_env": "b"}, "not both"),
    ],
)
def test_a_fault_is_told_with_its_path(table: dict[str, object], fault: str) -> None:
    outer, faults = read(table)
    assert outer is None
    assert len(faults) == 1
    assert fault in faults[0]


def test_all_faults_are_told_at_once() -> None:
    _, faults = read({"rate": "x", "inner": {"size": "y"}, "unknown": 1})
    assert len(faults) == 4


def test_a_secret_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    by_file, _ = read({"name": "n", "password_file": "secret"}, tmp_path)
    by_env, _ = read({"name": "n", "password_env": "PW"}, env={"PW": "s3cret"})
    assert by_file is not None
    assert by_env is not None
    assert by_file.password == by_env.password == "s3cret"
    assert "s3cret" not in repr(by_file)


def test_an_empty_secret_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n", encoding="utf-8")
    _, faults = read({"name": "n", "password_file": "secret"}, tmp_path)
    assert faults == [f"f.toml: password_file: {tmp_path / 'secret'} is empty: write the secret there"]


def test_a_secrets_file_that_others_may_read_is_no_fault_and_told_once(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    (tmp_path / "secret").chmod(0o640)
    faults, around = Faults(), Surroundings(tmp_path, {})
    for number in range(2):
        assert build(Outer, {"name": "n", "password_file": "secret"}, Where(Path(f"{number}.toml")), faults, around)
    ((file, line),) = faults.exposed.items()
    assert (faults.lines, file) == ([], tmp_path / "secret")
    assert line.startswith(f"0.toml: password_file: others may read or write {tmp_path / 'secret'} (mode 0640)")


def test_paths_of_keys_are_secrets_files_and_other_paths_are_not(tmp_path: Path) -> None:
    for name in ("text.key", "path.key", "one.key", "plain"):
        (tmp_path / name).write_text("s3cret\n", encoding="utf-8")
        (tmp_path / name).chmod(0o644)
    table = {"key_path": "text.key", "master_key_path": "path.key", "some_keys": {"k1": "one.key"}, "file": "plain"}
    faults, around = Faults(), Surroundings(tmp_path, {})
    assert build(Keys, table, Where(Path("f.toml")), faults, around)
    assert build(Keys, {"key_path": ""}, Where(Path("f.toml")), faults, around)
    assert [line.partition(": others")[0] for line in faults.exposed.values()] == [
        "f.toml: key_path",
        "f.toml: master_key_path",
        "f.toml: some_keys.k1",
    ]


def test_a_fault_in_shared_values_is_told_once_and_where_it_stands() -> None:
    faults, around = Faults(), Surroundings(Path("/etc"), {})
    where = Where(Path("f.toml"))
    shared = {"rate": "x", "zzz": 1, "password": "p", "flag": True}
    shared = checked(Outer, shared, where.key("shared"), faults, around)
    assert [line.split(":")[1] for line in faults.lines] == [" shared.zzz", " shared.rate", " shared.password"]
    assert shared["flag"] is True
    told = len(faults.lines)
    for number in range(2):
        assert build(Outer, {**shared, "name": "n"}, where.item(number), faults, around) is None
    assert len(faults.lines) == told


def test_a_missing_key_is_not_told_beside_the_fault_that_it_has() -> None:
    _, faults = read({"name": 5})
    assert faults == ["f.toml: name: must be a string, not 5"]


def test_text_that_names_a_path_is_relative_to_the_file() -> None:
    @dataclass(frozen=True, slots=True)
    class Files:
        key_path: str = ""
        other_path: str = ""

    faults = Faults()
    built = build(Files, {"key_path": "own.key"}, Where(Path("f.toml")), faults, Surroundings(Path("/etc"), {}))
    assert built == Files("/etc/own.key", "")
