"""The Asterisk configuration of the hotline, rendered from the templates in dialplans/."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FILES = ("extensions_hotline.conf", "pjsip_trunks.conf")

_TEMPLATES = Path(__file__).resolve().parents[1] / "dialplans"
_SAFE = re.compile(r"[\w./:@*+,\-&|!<>= ]*")


class DialplanFault(Exception):
    """A setting cannot be written into a dialplan: mend the value that the text names."""


@dataclass(frozen=True, slots=True)
class HotlineNumber:
    """A number that carriers deliver to us, and the language that its callers hear first."""

    number: str
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Trunk:
    """One carrier's SIP trunk.  `addresses` are the only ones it is known by; `codecs` in order of preference."""

    name: str
    carrier: str
    host: str
    addresses: tuple[str, ...]
    codecs: str = "alaw,ulaw"
    dtmf_mode: str = "rfc4733"  # or info, auto
    username: str = ""


@dataclass(frozen=True, slots=True)
class DialplanSettings:
    """What the templates fill in.

    `gateways` are host:port of the FastAGI servers, tried in order; `calls_limit` counts simultaneous calls
    (Asterisk's media carry about 200 a core); `call_limit_seconds` is the last guard, above the dialogue's own;
    `agents_hours` are in GotoIfTime's words; `blocked_callers` are extension patterns (`_95.`).
    """

    lines: tuple[HotlineNumber, ...] = (HotlineNumber("95001111"),)
    gateways: tuple[str, ...] = ("127.0.0.1:4573", "127.0.0.1:4574")
    calls_limit: int = 400
    call_limit_seconds: int = 900
    prompts_folder: Path = Path("../templates/voice")
    blocked_callers: tuple[str, ...] = ()
    agents_dial: str = ""
    agents_hours: tuple[str, ...] = ("08:30-11:59,mon-fri,*,*", "14:00-17:29,mon-fri,*,*")
    agents_limit_seconds: int = 3600
    sip_bind: str = "0.0.0.0:5060"
    trunks: tuple[Trunk, ...] = (
        Trunk("carrier-a", "Carrier A, by address", "203.0.113.10", ("203.0.113.10", "203.0.113.11")),
        Trunk("carrier-b", "Carrier B, with registration", "sip.example.net", ("198.51.100.0/28",), username="zhenma"),
    )


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file for /etc/asterisk."""

    name: str
    text: str


def render(settings: DialplanSettings, templates: Path = _TEMPLATES) -> tuple[RenderedFile, ...]:
    """The configuration files.  Raises DialplanFault for a value that would break out of its line."""
    _check(settings)
    environment = Environment(  # noqa: S701 - Asterisk configuration is no HTML; values are checked above
        loader=FileSystemLoader(templates), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    values["prompts_folder"] = settings.prompts_folder.resolve()
    banner = "Rendered by Zhenma: change the settings and render again, not this file."
    return tuple(
        RenderedFile(name, environment.get_template(f"{name}.jinja").render(values, banner=banner)) for name in FILES
    )


def _check(settings: DialplanSettings) -> None:
    rows: list[object] = [settings, *settings.lines, *settings.trunks]
    for row in rows:
        for name in getattr(row, "__dataclass_fields__", ()):
            value = getattr(row, name)
            for text in value if isinstance(value, tuple) else (value,):
                if isinstance(text, str | Path) and not _SAFE.fullmatch(str(text)):
                    raise DialplanFault(f"{name}: {str(text)!r} has characters that mean something to Asterisk")
    if not settings.gateways or not settings.lines:
        raise DialplanFault("a hotline needs at least one number and one gateway")
