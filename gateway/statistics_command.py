"""`python -m gateway statistics`: how many queries, where, of what, with which verdicts."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gateway.core.areas import Areas
from gateway.core.errors import SettingsFault
from gateway.core.query import Channel
from gateway.core.statistics import Dimension, ProductFigures, Question, answer
from gateway.insight.figures import read_figures
from gateway.insight.statistics_tables import WORDS, as_csv, as_json, as_text, sheet
from gateway.records.counts import read_counts
from gateway.records.cubes import refresh
from gateway.records.place_tables import read_areas
from gateway.records.settings import RecordsSettings
from gateway.settings import read_table

_EPOCH = date(1970, 1, 1)
_CHINA_SECONDS = 8 * 3600
_USUAL_DAYS = 30


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    about = "counts of queries by time, place, channel and product, with rates per 10,000 activated items"
    parser = subparsers.add_parser("statistics", help=about, description=about)
    parser.add_argument(
        "--config", type=Path, default=Path("config"), metavar="FOLDER", help="of gateway.toml (config)"
    )
    parser.add_argument("--journal", type=Path, metavar="FILE", help="instead of the one that gateway.toml names")
    parser.add_argument("--sums", type=Path, metavar="FILE", help="where sums are kept (statistics.sqlite beside it)")
    parser.add_argument("--by", type=_dimensions, default=(Dimension.DAY,), metavar="NAME[,NAME]",
                        help=f"of {', '.join(Dimension)} (day)")  # fmt: skip
    parser.add_argument("--from", dest="start", type=_day, metavar="DAY", help="as 2026-05-01 (30 days before --to)")
    parser.add_argument("--to", dest="end", type=_day, metavar="DAY", help="its last day (today)")
    for name, what in (
        ("area", "GB/T 2260 code of a province, prefecture or county"), ("product", "resource code"),
        ("category", "as the figures have it"), ("enterprise", "as the figures have it"), ("carrier", "its name"),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", action="append", default=[], metavar="VALUE", help=f"only these: {what}")
    parser.add_argument("--channel", action="append", default=[], choices=list(Channel), help="only these")
    parser.add_argument("--figures", type=Path, metavar="CSV", help="what `registry products` writes")
    parser.add_argument("--format", choices=["table", "csv", "json"], default="table", help="(%(default)s)")
    parser.add_argument("--language", choices=list(WORDS), default="zh", help="of the table's headings (%(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer on standard output.  Raises SettingsFault and StateUnavailable."""
    journal = args.journal or journal_of(args.config)
    sums = args.sums or journal.with_name("statistics.sqlite")
    refresh(sums, journal, time.time())
    figures = read_figures(args.figures) if args.figures else {}
    asked = _question(args)
    groups = answer(asked, read_counts(sums, journal, asked.slice(figures)), figures)
    table = sheet(asked, groups, areas_of(args.config), names_of(figures), args.language)
    lines: Iterable[str]
    if args.format == "table":
        lines = (f"{line}\n" for line in as_text(table))
    else:
        lines = as_csv(table) if args.format == "csv" else [as_json(table), "\n"]
    sys.stdout.writelines(lines)
    sys.stdout.flush()
    return 0


def journal_of(config: Path) -> Path:
    """Where gateway.toml has the journal.  Raises SettingsFault."""
    records = read_table(RecordsSettings, config, "records")
    if records is None:
        raise SettingsFault(f"{config / 'gateway.toml'}: [records] cannot be read: `check` says why, or name --journal")
    return records.path


def areas_of(config: Path) -> Areas:
    """The names of areas, if their tables are there."""
    areas, aliases, english = (config / name for name in ("areas.csv", "area_aliases.csv", "area_names_en.csv"))
    there = areas.exists() and aliases.exists()
    return read_areas(areas, aliases, english if english.exists() else None) if there else Areas({})


def names_of(figures: dict[str, ProductFigures]) -> dict[str, str]:
    """The products' names."""
    return {code: product.name for code, product in figures.items()}


def _question(args: argparse.Namespace) -> Question:
    today = int((time.time() + _CHINA_SECONDS) // 86_400)
    end = today + 1 if args.end is None else args.end + 1
    start = end - _USUAL_DAYS if args.start is None else args.start
    if start >= end:
        raise SettingsFault("--from must not be after --to")
    if (args.category or args.enterprise) and not args.figures:
        raise SettingsFault("--category and --enterprise are known from --figures only: name it")
    return Question(
        args.by, start, end, tuple(args.area), tuple(args.product), tuple(args.category), tuple(args.enterprise),
        tuple(str(channel) for channel in args.channel), tuple(args.carrier),
    )  # fmt: skip


def _dimensions(text: str) -> tuple[Dimension, ...]:
    try:
        return tuple(dict.fromkeys(Dimension(name.strip()) for name in text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: of {', '.join(Dimension)}, with commas between") from None


def _day(text: str) -> int:
    """Days since 1970-01-01.  Raises ArgumentTypeError."""
    try:
        return (date.fromisoformat(text) - _EPOCH) // timedelta(days=1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write 2026-05-01") from None
