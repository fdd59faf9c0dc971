"""TOML tables into frozen dataclasses, every fault collected with its path.

The dataclass is the schema: a field's type says what a key may hold, its default makes the key optional, and
`__post_init__` may raise ValueError for what types cannot say.  A `str` field kept out of `repr` is a secret: it is
never written in a file of settings, only named there as KEY_file (a path) or KEY_env (an environment variable).
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

T = TypeVar("T")
_MISSING = object()


@dataclass(slots=True)
class Faults:
    """The faults found so far, each a line of "FILE: key.path: what is wrong and what would be right"."""

    lines: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        self.lines.append(f"{where}: {what}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What secrets and relative paths are resolved against."""

    folder: Path
    environment: Mapping[str, str]


def build(cls: type[T], table: Mapping[str, Any], where: str, faults: Faults, around: Surroundings) -> T | None:
    """An instance of dataclass `cls` from a TOML table, or None with at least one line added to `faults`."""
    before = len(faults.lines)
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]  # T is a dataclass
    values: dict[str, Any] = {}
    known = set(fields)
    for name, declared in fields.items():
        if _is_secret(declared, hints[name]):
            known |= {f"{name}_file", f"{name}_env"}
            known.discard(name)
            value = _secret(name, table, where, faults, around)
        elif name in table:
            value = convert(hints[name], table[name], f"{where}.{name}", faults, around)
        elif isinstance(declared.default, Path):
            value = around.folder / declared.default
        else:
            value = _MISSING
        if value is not _MISSING:
            values[name] = value
        elif name not in table and declared.default is declared.default_factory is dataclasses.MISSING:
            faults.add(f"{where}.{name}", "is missing and has no default")
    _refuse_unknown(table, known, where, faults)
    if len(faults.lines) > before:
        return None
    try:
        return cls(**values)
    except ValueError as exc:
        faults.add(where, str(exc))
        return None


def _is_secret(declared: dataclasses.Field[Any], hint: Any) -> bool:
    return not declared.repr and (hint is str or str in get_args(hint))


def _secret(name: str, table: Mapping[str, Any], where: str, faults: Faults, around: Surroundings) -> Any:
    if name in table:
        faults.add(f"{where}.{name}", f"a secret does not stand in this file: use {name}_file or {name}_env")
        return _MISSING
    path, variable = table.get(f"{name}_file"), table.get(f"{name}_env")
    if path is not None and variable is not None:
        faults.add(f"{where}.{name}_file", f"give {name}_file or {name}_env, not both")
    elif path is not None:
        file = around.folder / str(path)
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            faults.add(f"{where}.{name}_file", f"cannot read {file}: {getattr(exc, 'strerror', None) or exc}")
    elif variable is not None:
        if str(variable) in around.environment:
            return around.environment[str(variable)]
        faults.add(f"{where}.{name}_env", f"the environment has no variable {variable}")
    return _MISSING


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str, faults: Faults) -> None:
    for name in table:
        if name not in known and not _names_a_refused_secret(name, known):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(sorted(known))}"
            faults.add(f"{where}.{name}", "unknown setting" + hint)


def _names_a_refused_secret(name: str, known: set[str]) -> bool:
    return f"{name}_file" in known and f"{name}_env" in known


def convert(hint: Any, value: Any, where: str, faults: Faults, around: Surroundings) -> Any:
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
            return {k: convert(arguments[1], v, f"{where}.{k}", faults, around) for k, v in value.items()}
        return _mismatch("a table", value, where, faults)
    return _scalar(hint, value, where, faults, around)


def _each(hint: Any, values: list[Any], where: str, faults: Faults, around: Surroundings) -> tuple[Any, ...]:
    return tuple(convert(hint, value, f"{where}[{n}]", faults, around) for n, value in enumerate(values))


def _one_of(choices: tuple[Any, ...], value: Any, where: str, faults: Faults) -> Any:
    if value in choices:
        return value
    return _mismatch("one of " + ", ".join(repr(choice) for choice in choices), value, where, faults)


def _scalar(hint: Any, value: Any, where: str, faults: Faults, around: Surroundings) -> Any:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is Path and isinstance(value, str):
        return around.folder / value
    if hint in (str, bool) and isinstance(value, hint):
        return value
    names = {float: "a number", int: "a whole number", str: "a string", bool: "true or false", Path: "a path"}
    return _mismatch(names.get(hint, str(hint)), value, where, faults)


def _mismatch(wanted: str, value: Any, where: str, faults: Faults) -> Any:
    faults.add(where, f"must be {wanted}, not {value!r}")
    return _MISSING
