"""`python -m gateway dialplan`: Asterisk's configuration for the hotline, from config/dialplan.toml."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.toml_settings import Faults, Surroundings, Where, build
from ivr.dialplan import DialplanFault, DialplanSettings, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--out", type=Path, required=True, help="folder to write the files into, such as /etc/asterisk")
    parser.add_argument(
        "--settings", type=Path, default=Path("config/dialplan.toml"), help="what to fill in (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files and name them.  Raises SettingsFault, OSError."""
    try:
        rendered = render(read_settings(arguments.settings))
    except DialplanFault as exc:
        raise SettingsFault(f"{arguments.settings}: {exc}") from exc
    arguments.out.mkdir(parents=True, exist_ok=True)
    for file in rendered:
        (arguments.out / file.name).write_text(file.text, "utf-8")
        sys.stdout.write(f"{arguments.out / file.name}\n")
    return 0


def read_settings(path: Path) -> DialplanSettings:
    """The settings in `path`; its folders are relative to its own.  Raises SettingsFault with a line for each fault."""
    faults = Faults()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsFault(f"{path}: is not TOML: {exc}") from exc
    settings = build(DialplanSettings, table, Where(path), faults, Surroundings(path.parent.absolute(), os.environ))
    if settings is None:
        raise SettingsFault("\n".join(faults.lines))
    return settings
