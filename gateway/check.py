"""`python -m gateway check`: whether the gateway would start, without starting anything."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from gateway import settings as configuration
from gateway import texts
from gateway.certificates import faults_of
from gateway.core.errors import SettingsFault, TemplateFault
from gateway.insight.settings import InsightSettings
from gateway.insight.soundness import about, is_in_use
from gateway.insight.soundness import faults_of as faults_of_desk
from gateway.monitor.server import Monitor
from gateway.monitor.settings import MonitorSettings
from gateway.recalls.settings import RecallSettings
from gateway.records.place_tables import read_areas, read_places
from gateway.records.privacy.pseudonyms import read_key
from gateway.records.schema import VERSION, check_version, open_for_reading
from gateway.records.settings import RecordsSettings
from gateway.settings import Carrier, GatewaySettings, LoggingSettings
from gateway.texts import NAMES, WORDS, Texts, overrun, words_for
from gateway.toml_settings import Where
from ivr.prompts import ScriptFault
from ivr.settings import VoiceSettings
from ivr.speech import prompt_faults
from ivr.synthesis import missing_commands
from ivr.talk import LANGUAGES

_DISTRIBUTED_TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "sms"
_LATIN: dict[str, str | int] = {
    "product": "Yuquan liquor",
    "enterprise": "Yuquan Distillery",
    "reason": "wrong label",
    "lines": "..1974 first query, valid",
}
_UNNAMED: dict[str, str | int] = dict.fromkeys(
    ("product", "enterprise", "specification", "produced", "expires", "reason", "tail"), ""
)
_VARIANTS: tuple[dict[str, str | int], ...] = ({}, {"level": 2}, {"level": 3}, _UNNAMED)


@dataclass(slots=True)
class Findings:
    """What was looked at, line by line, and the faults (none: the gateway would start)."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def check(folder: Path) -> Findings:
    """Look at everything that `folder` configures.  Each fault is one line and says what to mend."""
    reading = configuration.read(folder)
    findings = Findings(faults=[*reading.faults, *reading.exposed])
    for carrier in reading.carriers:
        _check_carrier(folder, carrier, findings)
    where = Where(folder / "gateway.toml")
    if records := configuration.read_table(RecordsSettings, folder, "records"):
        _check_records(where.key("records"), records, findings)
    logs = configuration.read_table(LoggingSettings, folder, "logging")
    if logs and logs.file and (fault := _unwritable(where.key("logging").key("file"), logs.file)):
        findings.faults.append(fault)
    gateway = reading.gateway
    if gateway is None:  # the templates that come with the gateway can be looked at all the same
        _check_templates(_DISTRIBUTED_TEMPLATES, "zh", findings)
    else:
        _check_places(gateway, findings)
        if gateway.recalls is not None:
            _check_recalls(where.key("recalls"), gateway.recalls, findings)
        if is_in_use(gateway.insight):
            _check_insight(where.key("insight"), gateway.insight, findings)
        if gateway.voice is not None:
            _check_voice(where.key("voice"), gateway.voice, findings)
        if gateway.monitor.listen_port:
            _check_monitor(where.key("monitor"), gateway.monitor, findings)
        _check_templates(gateway.templates_path, gateway.answering.default_language, findings)
    return findings


def _check_carrier(folder: Path, carrier: Carrier, findings: Findings) -> None:
    links = ", ".join(f"{link.name} ({link.bind} to {link.host}:{link.port})" for link in carrier.account.links)
    findings.lines.append(f"carrier {carrier.name}: {' '.join(carrier.settings.numbers)}; {links}")
    where = Where(folder / "carriers" / f"{carrier.name}.toml").key("links")
    now = datetime.now(UTC)
    for number, link in enumerate(carrier.account.links):
        if link.tls is not None:
            tls = where.item(number).key("tls")
            findings.faults += [f"{tls.key(name)}: {what}" for name, what in faults_of(link.tls, now)]


def _check_records(where: Where, records: RecordsSettings, findings: Findings) -> None:
    """The keys, and the journal: an old one is opened for reading, a new one is not made."""
    path, place = records.path, where.key("path")
    for key_id, file in records.pseudonym_keys.items():
        try:
            read_key(key_id, file)
        except SettingsFault as exc:
            findings.faults.append(f"{where.key('pseudonym_keys').key(key_id)}: {exc}")
    if fault := _unwritable(place, path):
        findings.faults.append(fault)
    elif not path.exists():
        findings.lines.append(f"journal: {path}, made at the first start")
    else:
        try:
            journal = open_for_reading(path, earlier=True)
            version = check_version(journal, path, earlier=True)
            journal.close()
            fate = (
                "of this version" if version == VERSION else f"of version {version}, brought to this one at the start"
            )
            findings.lines.append(f"journal: {path}, {fate}")
        except SettingsFault as exc:
            findings.faults.append(f"{place}: {exc}")


def _unwritable(place: Where, file: Path) -> str:
    """Why a file cannot be written, in one line; "" if it can be."""
    if not file.parent.is_dir():
        return f"{place}: the folder {file.parent} is missing: make it, writable for the gateway's user"
    target = file if file.exists() else file.parent
    if file.is_dir() or not os.access(target, os.W_OK):
        return f"{place}: {target} cannot be written by this user: mend its owner or its mode"
    return ""


def _check_places(gateway: GatewaySettings, findings: Findings) -> None:
    try:
        read_places(read_areas(gateway.areas_path, gateway.area_aliases_path))
        findings.lines.append(f"areas: {gateway.areas_path}")
    except SettingsFault as exc:
        findings.faults.append(str(exc))


def _check_recalls(where: Where, recalls: RecallSettings, findings: Findings) -> None:
    if fault := _unwritable(where.key("path"), recalls.path):
        findings.faults.append(fault)
    quiet = f"quiet from {recalls.quiet_from} until {recalls.quiet_until}"
    findings.lines.append(f"recall notices: {recalls.path}; {quiet}, {recalls.days} days")


def _check_insight(where: Where, insight: InsightSettings, findings: Findings) -> None:
    findings.lines.append(about(insight))
    findings.faults += [f"{where.key(name)}: {what}" for name, what in faults_of_desk(insight)]


def _check_voice(where: Where, voice: VoiceSettings, findings: Findings) -> None:
    try:
        missing = prompt_faults(voice)
        findings.lines.append(f"hotline: {voice.listen_host}:{voice.listen_port}; {' '.join(LANGUAGES)}")
        findings.faults += [f"{where.key('prompts_folder')}: a prompt is missing: {fault.remedy}" for fault in missing]
    except ScriptFault as exc:
        findings.faults.append(f"{where.key('prompts_folder')}: {exc}")
    for engine in missing_commands(voice.speech):
        findings.lines.append(f"hotline: {engine} is not installed: names of products are not spoken")
    for number, peer in enumerate(voice.allowed_peers):
        try:
            ip_network(peer)
        except ValueError as exc:
            findings.faults.append(f"{where.key('allowed_peers').item(number)}: {exc}")


def _check_monitor(where: Where, settings: MonitorSettings, findings: Findings) -> None:
    """Users, certificate, texts and templates, read as at the start."""
    if fault := _unwritable(where.key("audit_path"), settings.audit_path):
        findings.faults.append(fault)
    try:
        users = Monitor(settings).users.all()
        findings.lines.append(f"monitor: {settings.listen_host}:{settings.listen_port}; {len(users)} users")
    except (SettingsFault, TemplateFault) as exc:
        findings.faults += [f"{where}: {line}" for line in str(exc).splitlines()]


def _check_templates(folder: Path, default: str, findings: Findings) -> None:
    try:
        loaded = texts.load(folder, default)
    except TemplateFault as exc:
        findings.faults += str(exc).splitlines()
        return
    for language in loaded.languages:
        for name in NAMES:
            _render(loaded, language, name, folder, findings)


def _render(loaded: Texts, language: str, name: str, folder: Path, findings: Findings) -> None:
    """Every reply with an ordinary product, as a pack's code, and where the registry knows no names."""
    examples = WORDS if language == "zh" else WORDS | _LATIN
    words = {word: examples[word] for word in words_for(name)}
    findings.lines.append(f"{language}/{name}: {loaded.reply(language, name, words)}")
    variants = [words | {word: value for word, value in variant.items() if word in words} for variant in _VARIANTS]
    longest = max(overrun(loaded.reply(language, name, variant)) for variant in variants)
    if longest > 0:
        path = folder / language / f"{name}.txt"
        findings.faults.append(f"{path}: does not fit one part with ordinary names: {longest} characters too many")
