"""config/gateway.toml and config/carriers/*.toml into frozen dataclasses; every fault at once, each with its path."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.answering import AnsweringSettings
from gateway.channels.sms import SmsSettings
from gateway.core.errors import SettingsFault
from gateway.core.uid import MAX_NODE
from gateway.insight.settings import InsightSettings
from gateway.monitor.settings import MonitorSettings
from gateway.recalls.settings import RecallSettings
from gateway.records.nodes.settings import NodesSettings
from gateway.records.settings import RecordsSettings
from gateway.shared.settings import AllowanceSettings, HistorySettings, RedisSettings
from gateway.toml_settings import Faults, Surroundings, Where, build, checked
from gateway.verification.settings import VerificationSettings
from ivr.settings import VoiceSettings
from smpp.settings import AccountSettings, LinkSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """[health] of gateway.toml: where /healthz, /readyz and /metrics are served."""

    listen_host: str = "127.0.0.1"
    """Loopback by default: the answers name carriers and states."""
    listen_port: int = 0
    """0: not served."""
    metrics_token: str = field(default="", repr=False)
    """What /metrics asks for (Authorization: Bearer); without it, /metrics is served on loopback only."""

    def __post_init__(self) -> None:
        if not 0 <= self.listen_port <= 0xFFFF:
            raise ValueError(f"listen_port must be 0 (not served) to 65535, not {self.listen_port}")


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    """[logging] of gateway.toml."""

    level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    file: Path | None = None
    """Where to write; without it, standard error."""
    form: str = "auto"
    """`json`: an object a line; `text`: for people; `auto`: text if standard error is a terminal, else JSON."""
    queries: str = "failed"
    """Which queries have lines of their own: `failed` (their replies did not leave), or each step of `all`."""

    def __post_init__(self) -> None:
        if self.form not in ("auto", "json", "text"):
            raise ValueError("form must be auto, json or text")
        if self.queries not in ("failed", "all"):
            raise ValueError("queries must be failed or all")
        if self.level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("level must be DEBUG, INFO, WARNING or ERROR")


_MAX_NUMBER_DIGITS = 20  # SMPP 3.4, 5.2.9: an address has 21 octets, its NUL included

_SAME_FOR_ALL_LINKS = ("default_alphabet", "long_messages", "receipt_ids")


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """The top of a carrier's file; its links and the rest of it are smpp's AccountSettings."""

    numbers: tuple[str, ...]
    """The short numbers that people text to; messages that come from one of them are never answered."""
    receipts: bool = False
    """Whether delivery receipts are asked for (registered_delivery, SMPP 3.4, 5.2.17)."""

    def __post_init__(self) -> None:
        if not self.numbers:
            raise ValueError('numbers must name at least one short number, as in numbers = ["95001111"]')
        for number in self.numbers:
            if not (number.isascii() and number.isdigit() and len(number) <= _MAX_NUMBER_DIGITS):
                raise ValueError(f"numbers: {number!r} must be 1 to {_MAX_NUMBER_DIGITS} digits")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier: its name is its file's."""

    name: str
    settings: CarrierSettings
    account: AccountSettings


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """gateway.toml.  Paths are relative to the file's folder."""

    node: int = 0
    """This gateway's number (0 to 1023) among those that share a query log."""
    templates_path: Path = Path("../templates/sms")
    """The folder of the replies' templates, a sub-folder for each language."""
    areas_path: Path = Path("areas.csv")
    """The table of GB/T 2260 areas."""
    area_aliases_path: Path = Path("area_aliases.csv")
    """Other names of areas, as the tables of number prefixes write them."""
    answering: AnsweringSettings = field(default_factory=AnsweringSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    records: RecordsSettings = field(default_factory=RecordsSettings)
    nodes: NodesSettings | None = None
    """What several gateways share; without this table the node is alone."""
    redis: RedisSettings | None = None
    history: HistorySettings = field(default_factory=HistorySettings)
    allowance: AllowanceSettings = field(default_factory=AllowanceSettings)
    verification: VerificationSettings = field(default_factory=VerificationSettings)
    voice: VoiceSettings | None = None
    """The hotline; without this table it is not served."""
    voice_texting_carrier: str = ""
    """The carrier by whose first number a mobile caller may have a result by SMS; empty: not offered."""
    recalls: RecallSettings | None = None
    """Telling callers who wished it of recalls; without this table it is not offered."""
    insight: InsightSettings = field(default_factory=InsightSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)

    def __post_init__(self) -> None:
        if not 0 <= self.node <= MAX_NODE:
            raise ValueError(f"node must be 0 to {MAX_NODE}, not {self.node}")
        if self.nodes is not None and self.recalls is not None:
            raise ValueError("recalls: not with [nodes]: a STOP that another node gets would not be heard here")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was configured; see Reading for `exposed`."""

    gateway: GatewaySettings
    carriers: tuple[Carrier, ...]
    exposed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read: parts with faults are left out, and each fault is a line of "FILE: key.path: fault".

    `exposed` has such a line for each secret's file that others may read: not well, but no reason not to start.
    """

    gateway: GatewaySettings | None
    carriers: tuple[Carrier, ...]
    faults: tuple[str, ...]
    exposed: tuple[str, ...] = ()


def load(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `folder`/gateway.toml and `folder`/carriers/*.toml.

    Raises SettingsFault; its text has one line for each fault in any of the files.
    """
    reading = read(folder, environment)
    if reading.faults or reading.gateway is None:
        raise SettingsFault("\n".join(reading.faults))
    return Settings(reading.gateway, reading.carriers, reading.exposed)


def read(folder: Path, environment: Mapping[str, str] = os.environ) -> Reading:
    """As `load`, as far as it goes."""
    faults = Faults()
    gateway = _gateway(folder / "gateway.toml", faults, environment)
    paths = sorted((folder / "carriers").glob("*.toml"))
    carriers = [_carrier(path, faults, environment) for path in paths]
    if not paths:
        faults.add(
            Where(folder / "carriers"), "no carrier is here: copy example.toml.sample to NAME.toml and fill it in"
        )
    if gateway is not None:
        _check_texting(gateway, [path.stem for path in paths], Where(folder / "gateway.toml"), faults)
    there = tuple(carrier for carrier in carriers if carrier is not None)
    return Reading(gateway, there, tuple(faults.lines), tuple(faults.exposed.values()))


def _check_texting(gateway: GatewaySettings, carriers: list[str], where: Where, faults: Faults) -> None:
    chosen = gateway.voice_texting_carrier
    if chosen and chosen not in carriers:
        there = ", ".join(carriers) or "none"
        faults.add(where.key("voice_texting_carrier"), f"there is no carrier {chosen!r}; the carriers are {there}")


def read_table(cls: type[T], folder: Path, name: str) -> T | None:
    """The table [name] of gateway.toml, however the others are; None if it has a fault or cannot be read."""
    path, ignored = folder / "gateway.toml", Faults()
    table = (_read(path, ignored) or {}).get(name, {})
    if ignored.lines or not isinstance(table, dict):
        return None
    return build(cls, table, Where(path).key(name), ignored, Surroundings(folder, {}))


def _gateway(path: Path, faults: Faults, environment: Mapping[str, str]) -> GatewaySettings | None:
    table = _read(path, faults)
    if table is None:
        return None
    table.setdefault("insight", {})  # its paths have defaults, which are relative to this file
    return build(GatewaySettings, table, Where(path), faults, Surroundings(path.parent, environment))


def _carrier(path: Path, faults: Faults, environment: Mapping[str, str]) -> Carrier | None:
    """A carrier's file: CarrierSettings and AccountSettings in one table, and [defaults] for every link."""
    table = _read(path, faults)
    if table is None:
        return None
    where, around = Where(path), Surroundings(path.parent, environment)
    if "name" in table:
        faults.add(where.key("name"), f"a carrier's name is its file's ({path.stem}): leave this out")
    own = {name: table.pop(name) for name in CarrierSettings.__slots__ if name in table}
    settings = build(CarrierSettings, own, where, faults, around)
    defaults = table.pop("defaults", {})
    if not isinstance(defaults, dict):
        faults.add(where.key("defaults"), "must be a table: [defaults]")
        return None
    defaults = checked(LinkSettings, defaults, where.key("defaults"), faults, around)
    if isinstance(table.get("links"), list):
        table["links"] = [_merged(defaults, link) for link in table["links"]]
    others = {*CarrierSettings.__slots__, "defaults"}
    account = build(AccountSettings, {**table, "name": path.stem}, where, faults, around, others=others)
    if settings is None or account is None:
        return None
    for setting in _SAME_FOR_ALL_LINKS:  # a reply may leave by any of them
        if len({getattr(link, setting) for link in account.links}) > 1:
            faults.add(
                where.key("links"), f"{setting} must be the same for all links of a carrier: put it in [defaults]"
            )
    return Carrier(path.stem, settings, account)


def _merged(defaults: dict[str, Any], link: Any) -> Any:
    """A link's table over the defaults; a secret that the link names in either way replaces the defaults' one."""
    if not isinstance(link, dict):
        return link
    ways = {"password_file", "password_env"}
    inherited = {key: value for key, value in defaults.items() if not (key in ways and ways & link.keys())}
    return inherited | link


def _read(path: Path, faults: Faults) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        faults.add(Where(path), f"cannot be read: {exc.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        faults.add(Where(path), f"is not TOML: {exc}")
    return None
