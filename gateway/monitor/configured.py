"""The monitor's settings for commands beside the gateway: its table alone, however the others are."""

from __future__ import annotations

from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.monitor.settings import MonitorSettings
from gateway.settings import read_table


def configured(folder: Path) -> MonitorSettings:
    """[monitor] of `folder`/gateway.toml.  Raises SettingsFault."""
    settings = read_table(MonitorSettings, folder, "monitor")
    if settings is None:
        raise SettingsFault(f"{folder / 'gateway.toml'}: [monitor] cannot be read: `python -m gateway check` says why")
    return settings
