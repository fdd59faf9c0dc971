"""`python -m gateway cases`: the case book on the command line, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from gateway.insight.case_actions import CaseActions
from gateway.insight.case_book import OPEN_STATES, CaseBook
from gateway.insight.case_store import open_book
from gateway.insight.case_values import Case, Complaint, Dossier
from gateway.insight.ladder import CaseState, Precision, Reason
from gateway.insight.settings import InsightSettings
from gateway.insight.statistics_tables import Sheet, as_text
from gateway.insight_command import settings_of

_CHINA = timezone(timedelta(hours=8))
_WORDS = {
    "zh": {
        "id": "编号", "detector": "检测项", "state": "状态", "product": "产品", "code": "码", "areas": "地区",
        "opened_at": "建立", "updated_at": "更新", "assignee": "承办人", "reason": "结论", "uid": "编号",
        "kind": "类别", "case_id": "案件", "deadline_at": "期限", "closed": "已结", "right": "属实",
        "low": "下限", "high": "上限",
        "share": "准确率", "precision": "以往准确率", "receiver": "接收方", "made_at": "发出", "attempts": "尝试",
        "due_at": "下次", "fault": "最近的错误",
        "arrived_at": "收到", "area": "地区", "at": "时间", "who": "何人", "action": "操作",
        "words": "内容", "caller": "号码假名", "observed": "次数", "raised_at": "时间", "text": "内容",
    },
    "en": {},
}  # fmt: skip
_CASE_KEYS = ("id", "state", "detector", "product", "code", "areas", "opened_at", "updated_at", "assignee", "reason")
_ALERT_KEYS = ("id", "receiver", "made_at", "attempts", "due_at", "fault")
_COMPLAINT_KEYS = ("uid", "kind", "state", "case_id", "code", "area", "arrived_at", "deadline_at", "who")


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command with its own commands."""
    about = "the case book: list, show, review, open, assign, note, close; complaints; precision of each detector"
    parser = subparsers.add_parser("cases", help=about, description=about)
    parser.add_argument("--config", type=Path, default=Path("config"), metavar="FOLDER", help="(%(default)s)")
    parser.add_argument("--book", metavar="PATH_OR_URL", help="instead of the one that gateway.toml names")
    parser.add_argument("--format", choices=["table", "json"], default="table", help="(%(default)s)")
    parser.add_argument("--language", choices=list(_WORDS), default="zh", help="of headings (%(default)s)")
    commands = parser.add_subparsers(dest="cases_command", required=True, metavar="COMMAND")
    _add(commands, "create", _create, "make the case book, or bring it to this program's schema")
    listing = _add(commands, "list", _list, "open cases, the latest first")
    listing.add_argument("--state", action="append", choices=list(CaseState), type=CaseState, help="these instead")
    listing.add_argument("--product", default="", metavar="CODE", help="of this product only")
    listing.add_argument("--assignee", default="", metavar="NAME", help="of this person only")
    _add(commands, "show", _show, "all of one case", number="case")
    _add(commands, "precision", _precision, "how often each detector was right")
    _add(commands, "alerts", _alerts, "alerts that no receiver has taken yet, with the last fault")
    waiting = _add(commands, "complaints", _complaints, "reports and complaints that wait, by deadline")
    waiting.add_argument("--overdue", action="store_true", help="those alone whose deadline has passed")
    for name, words in (("review", False), ("open", False), ("note", True), ("assign", False), ("close", False)):
        step = _add(commands, name, _step, f"{name} a case; it is recorded who did", number="case", by=True)
        if name == "assign":
            step.add_argument("--to", required=True, metavar="NAME", help="who shall work on it")
        else:
            step.add_argument("--words", default="", required=words, metavar="TEXT", help="for the record")
        if name == "close":
            step.add_argument("--reason", required=True, choices=list(Reason), type=Reason, help="why")
    for name in ("accept", "refuse", "settle"):
        step = _add(commands, name, _complaint, f"{name} a report or complaint", number="complaint", by=True)
        step.add_argument("--words", default="", required=name == "refuse", metavar="TEXT", help="for the record")


def run(args: argparse.Namespace) -> int:
    """Do what was parsed.  Raises SettingsFault, StateUnavailable and what the actions raise."""
    insight = InsightSettings() if args.book else settings_of(args.config).insight
    store = open_book(args.book or insight.database, create=args.cases_command == "create")
    try:
        args.cases_action(args, CaseBook(store), CaseActions(store, insight.complaints))
    finally:
        store.dispose()
    return 0


def _add(
    commands: Any, name: str, action: Callable[..., None], about: str, *, number: str = "", by: bool = False
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    command.set_defaults(cases_action=action)
    if number:
        command.add_argument("number", type=int, metavar=number.upper(), help="its number")
    if by:
        command.add_argument("--by", required=True, metavar="NAME", help="who does it")
    return command


def _create(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    """Opening it has done it."""


def _list(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    found = book.cases(args.state or OPEN_STATES, args.product, args.assignee)
    known = {each.detector: each for each in book.precisions()}
    rows = [asdict(case) | {"precision": _words(known[case.detector])} for case in found]
    _print(args, (*_CASE_KEYS, "precision"), rows)


def _show(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    dossier = book.dossier(args.number)
    if args.format == "json":
        print(json.dumps(asdict(dossier) | {"precision": _share(dossier.precision)}, ensure_ascii=False, indent=1))
        return
    _show_parts(args, dossier)


def _show_parts(args: argparse.Namespace, dossier: Dossier) -> None:
    _print(args, _CASE_KEYS, [asdict(dossier.case)])
    _print(args, tuple(_share(dossier.precision)), [_share(dossier.precision)])
    reason = f"reason_{args.language}"
    signals = [asdict(one) for one in dossier.signals]
    _print(args, ("raised_at", "detector", "observed", reason), signals)
    _print(args, ("at", "caller", "area", "code"), [asdict(look) for look in dossier.evidence])
    _print(args, (*_COMPLAINT_KEYS, "text"), [asdict(one) for one in dossier.complaints])
    _print(args, ("at", "who", "action", "state", "words"), [asdict(entry) for entry in dossier.record])


def _precision(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    found = [_share(one) for one in book.precisions()]
    _print(args, tuple(found[0]), found)


def _complaints(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    found = book.complaints(overdue_at=time.time() if args.overdue else None)
    _print(args, _COMPLAINT_KEYS, [asdict(one) for one in found])


def _alerts(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    _print(args, _ALERT_KEYS, [asdict(one) for one in book.waiting_alerts()])


def _step(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    _print(args, _CASE_KEYS, [asdict(_stepped(args, actions, time.time()))])


def _stepped(args: argparse.Namespace, actions: CaseActions, now: float) -> Case:
    match args.cases_command:
        case "review":
            return actions.review(args.number, args.by, now, args.words)
        case "open":
            return actions.open(args.number, args.by, now, args.words)
        case "assign":
            return actions.assign(args.number, args.to, args.by, now)
        case "note":
            return actions.note(args.number, args.words, args.by, now)
        case _:
            return actions.close(args.number, args.reason, args.by, now, args.words)


def _complaint(args: argparse.Namespace, book: CaseBook, actions: CaseActions) -> None:
    act: Callable[[int, str, float, str], Complaint] = getattr(actions, args.cases_command)
    _print(args, _COMPLAINT_KEYS, [asdict(act(args.number, args.by, time.time(), args.words))])


def _words(found: Precision) -> str:
    """How many of a detector's closed cases were real, and between which bounds its precision lies (95 %)."""
    low, high = found.bounds
    return f"{found.right}/{found.closed} ({low:.0%}-{high:.0%})" if found.closed else ""


def _share(found: Precision) -> dict[str, Any]:
    low, high = found.bounds
    share = None if found.share is None else round(found.share, 3)
    return {"detector": found.detector, "closed": found.closed, "right": found.right, "share": share,
            "low": round(low, 3), "high": round(high, 3)}  # fmt: skip


def _print(args: argparse.Namespace, keys: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> None:
    if args.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        return
    words = _WORDS[args.language]
    lines = tuple(tuple(_cell(key, row[key]) for key in keys) for row in rows)
    headings = tuple(words.get(key.removesuffix("_zh").removesuffix("_en"), key) for key in keys)
    sys.stdout.writelines(f"{line}\n" for line in as_text(Sheet(keys, headings, lines)))
    print()


def _cell(key: str, value: Any) -> str | int | float | None:
    if isinstance(value, tuple):
        return ",".join(value)
    if key == "at" or key.endswith("_at"):
        return "" if value is None else f"{datetime.fromtimestamp(value, _CHINA):%Y-%m-%d %H:%M}"
    return value if value is None or isinstance(value, int | float) else " ".join(str(value).split())
