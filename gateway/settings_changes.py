"""What a reload may change: everything else needs a restart, and is refused by name.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from gateway.settings import Carrier, GatewaySettings, LoggingSettings, Settings
from ivr.settings import VoiceSettings

_RELOADED = frozenset({"answering", "templates_path"})
_FIXED_OF_VOICE = (
    "listen_host", "listen_port", "prompts_folder", "override_folder", "cache_folder", "recordings_folder", "speech",
    "manager",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changes:
    """The carriers that differ, and `refused`: the names of settings that differ and need a restart."""

    added: tuple[Carrier, ...]
    changed: tuple[Carrier, ...]
    removed: tuple[str, ...]
    refused: tuple[str, ...]


def changes(old: Settings, new: Settings) -> Changes:
    """What a gateway that runs with `old` has to do for `new`."""
    before = {carrier.name: carrier for carrier in old.carriers}
    after = {carrier.name: carrier for carrier in new.carriers}
    return Changes(
        added=tuple(carrier for name, carrier in after.items() if name not in before),
        changed=tuple(carrier for name, carrier in after.items() if name in before and before[name] != carrier),
        removed=tuple(name for name in before if name not in after),
        refused=(*_refused(old.gateway, new.gateway), *_texting(old, new)),
    )


def _refused(old: GatewaySettings, new: GatewaySettings) -> list[str]:
    found = []
    for each in fields(GatewaySettings):
        name, before, after = each.name, getattr(old, each.name), getattr(new, each.name)
        if isinstance(before, LoggingSettings) and isinstance(after, LoggingSettings):
            after = replace(after, level=before.level)
        elif isinstance(before, VoiceSettings) and isinstance(after, VoiceSettings):
            found += [f"voice.{fixed}" for fixed in _FIXED_OF_VOICE if getattr(before, fixed) != getattr(after, fixed)]
            continue
        if before != after and name not in _RELOADED:
            found.append(name)
    return found


def _texting(old: Settings, new: Settings) -> list[str]:
    """The carrier that texts the hotline's results is looked up once, at start."""
    name = old.gateway.voice_texting_carrier
    kept = [carrier for settings in (old, new) for carrier in settings.carriers if carrier.name == name]
    if name and old.gateway.voice is not None and (len(kept) != 2 or kept[0] != kept[1]):
        return [f"carriers/{name}.toml, which voice_texting_carrier names,"]
    return []
