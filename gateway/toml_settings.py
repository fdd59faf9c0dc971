"""TOML tables into frozen dataclasses, every fault collected with its path.

The dataclass is the schema: a field's type says what a key may hold, its default makes the key optional, and
`__post_init__` may raise ValueError for what types cannot say.  A `str` field kept out of `repr` is a secret: it is
never written in a file of settings, only named there as KEY_file (a path) or KEY_env (an environment variable).
A path named `key_path` or `..._key_path`, and each of a table named `..._keys`, is a secret's file too.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import math
import types
import typing
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from gateway.secret_files import exposure

T = TypeVar("T")
_NONE: frozenset[str] = frozenset()
_MISSING = object()
FAULTY = object()
"""In a table: a value whose fault is told already."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file of settings; as text "FILE: key.path"."""

    file: Path
    keys: str = ""

    def key(self, name: str) -> Where:
        """The key `name` of this table."""
        return Where(self.file, f"{self.keys}.{name}" if self.keys else name)

    def item(self, number: int) -> Where:
        """An item of this list, counted from 0."""
        return Where(self.file, f"{self.keys}[{number}]")

    def __str__(self) -> str:
        return f"{self.file}: {self.keys}" if self.keys else str(self.file)


@dataclass(slots=True)
class Faults:
    """The faults found so far, each a line of "FILE: key.path: what is wrong and what would be right"."""

    lines: list[str] = field(default_factory=list)
    met_again: int = 0
    """How often a value was met whose fault is told already."""
    exposed: dict[Path, str] = field(default_factory=dict)
    """Secrets' files that others may read: no faults, but a line for each."""

    @property
    def count(self) -> int:
        """More than before: something between was faulty."""
        return len(self.lines) + self.met_again

    def add(self, where: Where, what: str) -> None:
        self.lines.append(f"{where}: {what}")

    def look_at_secret(self, where: Where, file: Path) -> None:
        """Tell it, once, if others may read this file."""
        if file not in self.exposed and (what := exposure(file)):
            self.exposed[file] = f"{where}: {what}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What secrets and relative paths are resolved against."""

    folder: Path
    environment: Mapping[str, str]


def build(
    cls: type[T],
    table: Mapping[str, Any],
    where: Where,
    faults: Faults,
    around: Surroundings,
    *,
    others: Set[str] = _NONE,
) -> T | None:
    """An instance of dataclass `cls` from a TOML table, or None with at least one line in `faults`.

    `others` are keys that the same table may have for someone else: known, but not read here.
    """
    before = faults.count
    values = _values(cls, table, where, faults, around)
    for declared in _fields(cls):
        required = declared.default is declared.default_factory is dataclasses.MISSING
        if required and declared.name not in values and not _is_told(declared.name, table):
            faults.add(where.key(declared.name), "is missing and has no default")
    _refuse_unknown(table, _keys_of(cls) | others, where, faults)
    if faults.count > before:
        return None
    try:
        return cls(**values)
    except ValueError as exc:
        faults.add(where, str(exc))
        return None


def checked(cls: type, table: Mapping[str, Any], where: Where, faults: Faults, around: Surroundings) -> dict[str, Any]:
    """A part of what `cls` needs, its keys and values checked one by one; what has a fault becomes FAULTY.

    For values that stand once and go into several tables: their faults are told once, where they stand.
    """
    known = _keys_of(cls)
    _refuse_unknown(table, known, where, faults)
    result = {}
    for name in table:
        if name in known or _names_a_refused_secret(name, known):
            before = faults.count
            _values(cls, {name: table[name]}, where, faults, around)
            result[name] = table[name] if faults.count == before else FAULTY
    return result


def _fields(cls: type) -> list[dataclasses.Field[Any]]:
    return [declared for declared in dataclasses.fields(cls) if declared.init]


def _keys_of(cls: type) -> set[str]:
    """The keys that a table for `cls` may have."""
    hints = typing.get_type_hints(cls)
    known = set()
    for declared in _fields(cls):
        secret = is_secret(declared, hints[declared.name])
        known |= {f"{declared.name}_file", f"{declared.name}_env"} if secret else {declared.name}
    return known


def _values(cls: type, table: Mapping[str, Any], where: Where, faults: Faults, around: Surroundings) -> dict[str, Any]:
    """What stands in `table` for the fields of `cls`, converted, and their default paths, resolved."""
    hints = typing.get_type_hints(cls)
    values = {}
    for declared in _fields(cls):
        name, hint = declared.name, hints[declared.name]
        if is_secret(declared, hint):
            value = _secret(name, table, where, faults, around)
        elif table.get(name) is FAULTY:
            faults.met_again += 1
            continue
        elif name in table:
            value = convert(hint, table[name], where.key(name), faults, around)
            if hint is str and name.endswith("_path") and isinstance(value, str) and value:
                value = str(around.folder / value)  # a package that wants its paths as text
        elif isinstance(declared.default, Path):
            value = around.folder / declared.default
        else:
            continue
        if value is not _MISSING:
            values[name] = value
            for key, file in _secret_files(name, value):
                faults.look_at_secret(where.key(name).key(key) if key else where.key(name), file)
    return values


def _secret_files(name: str, value: Any) -> list[tuple[str, Path]]:
    """The secrets' files that a field names, each with its key in a table or ""."""
    if name.endswith("_keys") and isinstance(value, dict):
        return list(value.items())
    if name.endswith("key_path") and value:
        return [("", Path(value))]
    return []


def _is_told(name: str, table: Mapping[str, Any]) -> bool:
    """Whether a value without result has had its fault told."""
    return any(key in table for key in (name, f"{name}_file", f"{name}_env"))


def is_secret(declared: dataclasses.Field[Any], hint: Any) -> bool:
    """Whether a field's value is never written in a file of settings."""
    return not declared.repr and (hint is str or str in get_args(hint))


def _secret(name: str, table: Mapping[str, Any], where: Where, faults: Faults, around: Surroundings) -> Any:
    path, variable = table.get(f"{name}_file"), table.get(f"{name}_env")
    if FAULTY in (table.get(name), path, variable):
        faults.met_again += 1
        return _MISSING
    if name in table:
        faults.add(where.key(name), f"a secret does not stand in this file: use {name}_file or {name}_env")
        return _MISSING
    if path is not None and variable is not None:
        faults.add(where.key(f"{name}_file"), f"give {name}_file or {name}_env, not both")
    elif path is not None:
        file = around.folder / str(path)
        faults.look_at_secret(where.key(f"{name}_file"), file)
        try:
            if secret := file.read_text(encoding="utf-8").strip():
                return secret
            faults.add(where.key(f"{name}_file"), f"{file} is empty: write the secret there")
        except (OSError, ValueError) as exc:
            faults.add(where.key(f"{name}_file"), f"cannot read {file}: {getattr(exc, 'strerror', None) or exc}")
    elif variable is not None:
        if str(variable) in around.environment:
            return around.environment[str(variable)]
        faults.add(where.key(f"{name}_env"), f"the environment has no variable {variable}")
    return _MISSING


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: Where, faults: Faults) -> None:
    for name in table:
        if name not in known and not _names_a_refused_secret(name, known):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(sorted(known))}"
            faults.add(where.key(name), "unknown setting" + hint)


def _names_a_refused_secret(name: str, known: set[str]) -> bool:
    return f"{name}_file" in known and f"{name}_env" in known


def convert(hint: Any, value: Any, where: Where, faults: Faults, around: Surroundings) -> Any:
    """`value` as what `hint` asks for; on a mismatch a fault and the value `_MISSING`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return convert(next(a for a in arguments if a is not type(None)), value, where, faults, around)
    if origin is Literal:
        return _one_of(arguments, value, where, faults)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        chosen = _one_of(tuple(member.value for member in hint), value, where, faults)
        return chosen if chosen is _MISSING else hint(chosen)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            built = build(hint, value, where, faults, around)
            return _MISSING if built is None else built
        return _mismatch("a table", value, where, faults)
    if origin is tuple:
        if isinstance(value, list):
            return _each(arguments[0], value, where, faults, around)
        return _mismatch("a list", value, where, faults)
    if origin is dict:
        if isinstance(value, dict):
            return {k: convert(arguments[1], v, where.key(k), faults, around) for k, v in value.items()}
        return _mismatch("a table", value, where, faults)
    return _scalar(hint, value, where, faults, around)


def _each(hint: Any, values: list[Any], where: Where, faults: Faults, around: Surroundings) -> tuple[Any, ...]:
    return tuple(convert(hint, value, where.item(n), faults, around) for n, value in enumerate(values))


def _one_of(choices: tuple[Any, ...], value: Any, where: Where, faults: Faults) -> Any:
    if value in choices:
        return value
    return _mismatch("one of " + ", ".join(repr(choice) for choice in choices), value, where, faults)


def _scalar(hint: Any, value: Any, where: Where, faults: Faults, around: Surroundings) -> Any:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is Path and isinstance(value, str):
        return around.folder / value
    if hint in (str, bool) and isinstance(value, hint):
        return value
    names = {float: "a number", int: "a whole number", str: "a string", bool: "true or false", Path: "a path"}
    return _mismatch(names.get(hint, str(hint)), value, where, faults)


def _mismatch(wanted: str, value: Any, where: Where, faults: Faults) -> Any:
    faults.add(where, f"must be {wanted}, not {value!r}")
    return _MISSING
