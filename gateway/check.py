"""`python -m gateway check`: configuration and templates, without starting anything."""

from __future__ import annotations

from pathlib import Path

from gateway import settings as configuration
from gateway import texts
from gateway.core.errors import SettingsFault, TemplateFault
from gateway.texts import NAMES, WORDS, overrun


def check(folder: Path) -> tuple[list[str], list[str]]:
    """What was looked at, line by line, and the faults (none: the gateway would start)."""
    faults: list[str] = []
    lines: list[str] = []
    templates = Path(__file__).resolve().parents[1] / "templates" / "sms"
    try:
        settings = configuration.load(folder)
    except SettingsFault as exc:
        faults += str(exc).splitlines()
    else:
        templates = settings.gateway.templates_path
        for carrier in settings.carriers:
            links = ", ".join(f"{link.name} ({link.bind} to {link.host}:{link.port})" for link in carrier.account.links)
            lines.append(f"carrier {carrier.name}: {' '.join(carrier.settings.numbers)}; {links}")
    try:
        loaded = texts.load(templates)
    except TemplateFault as exc:
        faults += str(exc).splitlines()
    else:
        for language in loaded.languages:
            lines += _rendered(loaded, language, faults)
    return lines, faults


def _rendered(loaded: texts.Texts, language: str, faults: list[str]) -> list[str]:
    lines = []
    for name in NAMES:
        text = loaded.reply(language, name, dict(WORDS))
        lines.append(f"{language}/{name}: {text}")
        if overrun(text) > 0:
            faults.append(f"{language}/{name}: does not fit one part with ordinary names: {overrun(text)} too many")
    return lines
