"""`python -m gateway insight`: the process that watches the query log, keeps the case book and sends alerts."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from gateway.core.errors import GatewayError, SettingsFault
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_store import open_book
from gateway.insight.centres import read_centres
from gateway.insight.desk import Desk, Sources
from gateway.insight.logged_looks import LoggedLooks
from gateway.insight.mail import Mail
from gateway.insight.outbox import Outbox, Receiver
from gateway.insight.scan import scan, stop_at_signals
from gateway.insight.scan_cases import ScanCases
from gateway.insight.scan_child import ScanChild
from gateway.insight.settings import InsightSettings
from gateway.insight.stream import LocalLooks, Stream
from gateway.insight.webhook import Webhook
from gateway.records.cubes import refresh
from gateway.records.gleaning import Gleaner
from gateway.settings import GatewaySettings, read
from gateway.shared.cluster import redis_of
from gateway.shared.looks import RedisLooks

logger = logging.getLogger(__name__)

TURN_SECONDS = 1.0
FAULT_SECONDS = 5.0


def add_arguments(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    about = "watch the query log: signals, hot-spots, cases, alerts, sums of the statistics; until SIGTERM or SIGINT"
    parser = subparsers.add_parser("insight", help=about, description=about)
    parser.add_argument("--config", type=Path, default=Path("config"), metavar="FOLDER", help="(%(default)s)")
    parser.add_argument("--once", action="store_true", help="take what there is, try what is due, and end")
    parser.add_argument("--only", choices=["desk", "scan"], help="one part: the scan for hot-spots, or all the rest")
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)  # the scan ends with this process


def run(args: argparse.Namespace) -> int:
    """Run it.  Raises SettingsFault."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = settings_of(args.config)
    if args.only == "scan":
        _scan(settings, args)
        return 0
    if args.only == "desk" or not settings.insight.scan_every_seconds:
        asyncio.run(_run(settings, once=args.once))
        return 0
    words = ["--parent", str(os.getpid()), *(["--once"] if args.once else [])]
    child = ScanChild(
        [sys.executable, "-m", "gateway", "insight", "--config", str(args.config), "--only", "scan", *words]
    )
    return asyncio.run(_run_both(settings, child, once=args.once))


def settings_of(config: Path) -> GatewaySettings:
    """gateway.toml; carriers are not looked at.  Raises SettingsFault."""
    found = read(config)
    if found.gateway is None:
        raise SettingsFault("\n".join(found.faults))
    return found.gateway


def receivers_of(settings: InsightSettings) -> dict[str, Receiver]:
    """Those who are told, by name."""
    told: dict[str, Receiver] = {hook.name: Webhook(hook, time.time) for hook in settings.webhooks}
    if settings.mail is not None:
        told["mail"] = Mail(settings.mail)
    return told


def _scan(settings: GatewaySettings, args: argparse.Namespace) -> None:
    """Tells the case book, and puts alerts into the desk's outbox."""
    insight, journal = settings.insight, settings.records.path
    stop = stop_at_signals(args.parent)
    store = open_book(insight.database, create=True)
    intake = CaseIntake(store, insight.receivers, insight.complaints)
    cases = ScanCases(intake, LoggedLooks(journal), time.time)
    try:
        scan(insight.scan, journal, insight.centres_path, cases, (lambda _: True) if args.once else stop)
    finally:
        store.dispose()


async def _run_both(settings: GatewaySettings, child: ScanChild, *, once: bool) -> int:
    """The desk, and the scan in a process of its own; with `once` the scan first, so that its alerts leave as well."""
    if once:
        status = await child.run_once()
        await _run(settings, once=True)
        return status
    scanning = asyncio.create_task(child.run())
    try:
        await _run(settings, once=False)
    finally:
        scanning.cancel()
        await asyncio.gather(scanning, return_exceptions=True)
    return 0


async def _run(settings: GatewaySettings, *, once: bool) -> None:
    insight = settings.insight
    store = open_book(insight.database, create=True)
    redis = redis_of(settings.redis) if settings.redis else None
    shared = RedisLooks(redis) if redis else None
    if redis is not None:
        await redis.start()
    journal = settings.records.path
    sources = Sources(str(journal), partial(Gleaner, journal), partial(refresh, insight.statistics_path, journal))
    stream = Stream(insight.signals, read_centres(insight.centres_path), LocalLooks(insight.local_subjects), shared)
    intake = CaseIntake(store, insight.receivers, insight.complaints)
    desk = Desk(sources, stream, intake, Outbox(store, receivers_of(insight)), time.time)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await _turns(desk, ended, once=once)
    finally:
        await desk.close()
        if redis is not None:
            await redis.close()
        store.dispose()


async def _turns(desk: Desk, ended: asyncio.Event, *, once: bool) -> None:
    while not ended.is_set():
        pause = TURN_SECONDS
        try:
            if await desk.turn():
                continue
        except SettingsFault:
            raise
        except GatewayError as exc:
            logger.warning("%s; trying again", exc)
            pause = FAULT_SECONDS
            if once:
                raise
        if once:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), pause)
