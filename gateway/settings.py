"""config/gateway.toml and config/carriers/*.toml into frozen dataclasses; every fault at once, each with its path."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.answering import AnsweringSettings
from gateway.channels.sms import SmsSettings
from gateway.core.errors import SettingsFault
from gateway.core.uid import MAX_NODE
from gateway.records.settings import RecordsSettings
from gateway.shared.settings import AllowanceSettings, HistorySettings, RedisSettings
from gateway.toml_settings import Faults, Surroundings, build
from gateway.verification.settings import VerificationSettings
from smpp.settings import AccountSettings


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """[health] of gateway.toml: where /healthz and /readyz are served."""

    listen_host: str = "127.0.0.1"
    """Loopback by default: the answers name carriers and states."""
    listen_port: int = 0
    """0: not served."""


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    """[logging] of gateway.toml."""

    level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    file: Path | None = None
    """Where to write; without it, standard error."""

    def __post_init__(self) -> None:
        if self.level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("level must be DEBUG, INFO, WARNING or ERROR")


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """The top of a carrier's file; its links and the rest of it are smpp's AccountSettings."""

    numbers: tuple[str, ...]
    """The short numbers that people text to; messages that come from one of them are never answered."""
    receipts: bool = False
    """Whether delivery receipts are asked for (registered_delivery, SMPP 3.4, 5.2.17)."""


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
    redis: RedisSettings | None = None
    history: HistorySettings = field(default_factory=HistorySettings)
    allowance: AllowanceSettings = field(default_factory=AllowanceSettings)
    verification: VerificationSettings = field(default_factory=VerificationSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)

    def __post_init__(self) -> None:
        if not 0 <= self.node <= MAX_NODE:
            raise ValueError(f"node must be 0 to {MAX_NODE}, not {self.node}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was configured."""

    gateway: GatewaySettings
    carriers: tuple[Carrier, ...]


def load(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `folder`/gateway.toml and `folder`/carriers/*.toml.

    Raises SettingsFault; its text has one line for each fault in any of the files.
    """
    faults = Faults()
    gateway = _gateway(folder / "gateway.toml", faults, environment)
    paths = sorted((folder / "carriers").glob("*.toml"))
    carriers = [_carrier(path, faults, environment) for path in paths]
    if not paths:
        faults.add(str(folder / "carriers"), "holds no carrier: copy an example there and fill it in")
    if faults.lines or gateway is None:
        raise SettingsFault("\n".join(faults.lines))
    return Settings(gateway, tuple(carrier for carrier in carriers if carrier is not None))


def _gateway(path: Path, faults: Faults, environment: Mapping[str, str]) -> GatewaySettings | None:
    table = _read(path, faults)
    if table is None:
        return None
    return build(GatewaySettings, table, str(path), faults, Surroundings(path.parent, environment))


def _carrier(path: Path, faults: Faults, environment: Mapping[str, str]) -> Carrier | None:
    table = _read(path, faults)
    if table is None:
        return None
    around = Surroundings(path.parent, environment)
    own = {name: table.pop(name) for name in CarrierSettings.__slots__ if name in table}
    settings = build(CarrierSettings, own, str(path), faults, around)
    defaults = table.pop("defaults", {})
    if isinstance(table.get("links"), list) and isinstance(defaults, dict):
        table["links"] = [defaults | link if isinstance(link, dict) else link for link in table["links"]]
    account = build(AccountSettings, {"name": path.stem, **table}, str(path), faults, around)
    return Carrier(path.stem, settings, account) if settings is not None and account is not None else None


def _read(path: Path, faults: Faults) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        faults.add(str(path), f"cannot be read: {exc.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        faults.add(str(path), f"is not TOML: {exc}")
    return None
