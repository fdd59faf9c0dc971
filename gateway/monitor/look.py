"""How pages look: templates, texts and static files, read at the start; a fault in any of them is told there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError, nodes
from markupsafe import Markup

from gateway.core.errors import TemplateFault
from gateway.monitor import texts as words
from gateway.monitor.roles import User
from gateway.monitor.statics import Statics

_CHINA = timezone(timedelta(hours=8), "UTC+8")


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation."""

    path: str
    text: str
    """The key of its text."""
    is_here: bool
    is_above: bool = False
    """Whether the page is one of those below it."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What a page's layout shows around it.  `user` is None for somebody who is not signed in."""

    path: str
    query: tuple[tuple[str, str], ...] | None
    """What was asked for, without the language; None for what was posted, which cannot be asked for again."""
    user: User | None = None
    navigation: tuple[Link, ...] = ()
    form_token: str = field(default="", repr=False)


def surface_of(request: web.Request) -> Surface:
    """The surface of a request by nobody in particular."""
    words = tuple((key, value) for key, value in request.query.items() if key != "lang")
    return Surface(request.path, words if request.method == "GET" else None)


class Look:
    """The templates below a folder, compiled, with their texts and static files.  Raises TemplateFault."""

    def __init__(self, folder: Path, default_language: str) -> None:
        self.texts = words.load(folder / "texts", default_language)
        self.statics = Statics(folder / "static")
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(moment=moment, recent=recent, count=count)
        self._names = {code: self.texts.text(code, words.LANGUAGE_NAME) for code in self.texts.languages}
        self._templates.globals.update(asset=self.statics.path, languages=self._names)
        self._compile(folder)

    def page(self, template: str, surface: Surface, language: str, values: Mapping[str, object]) -> str:
        """A whole page."""
        return self._templates.get_template(template).render(
            t=partial(self.texts.text, language),
            language=language,
            user=surface.user,
            path=surface.path,
            in_other_languages=self._others(surface, language),
            navigation=surface.navigation,
            form_field=Markup('<input type="hidden" name="form_token" value="{}">').format(surface.form_token),
            **values,
        )

    def _others(self, surface: Surface, language: str) -> list[tuple[str, str, str]]:
        """The path of this page in each other language, with the language's code and own name."""
        if surface.query is None:
            return []
        return [
            (f"{surface.path}?{urlencode([*surface.query, ('lang', code)])}", code, name)
            for code, name in self._names.items()
            if code != language
        ]

    @staticmethod
    def json(value: object, status: int = 200, content_type: str = "application/json") -> web.Response:
        """JSON as UTF-8."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return web.Response(body=body, status=status, content_type=content_type)

    def _compile(self, folder: Path) -> None:
        """Every template, so that a fault in one is told at the start."""
        faults = []
        for name in self._templates.list_templates(extensions=["html"]):
            try:
                self._templates.get_template(name)
                tree = self._templates.parse((folder / name).read_text(encoding="utf-8"))
            except (TemplateSyntaxError, UnicodeDecodeError) as exc:
                faults.append(f"{folder / name}: {exc}")
                continue
            faults += [f"{folder / name}:{line}: {what}" for line, what in self._unknown_names(tree)]
        if faults:
            raise TemplateFault("\n".join(faults))

    def _unknown_names(self, tree: nodes.Template) -> list[tuple[int, str]]:
        """Calls of t() and asset() with a constant that names nothing."""
        unknown = []
        for call in tree.find_all(nodes.Call):
            called = call.node.name if isinstance(call.node, nodes.Name) else ""
            name = call.args[0].value if call.args and isinstance(call.args[0], nodes.Const) else None
            if called == "t" and name is not None and name not in self.texts.keys:
                unknown.append((call.lineno, f"there is no text {name}"))
            elif called == "asset" and name is not None and name not in self.statics:
                unknown.append((call.lineno, f"there is no file static/{name}"))
        return unknown


def moment(at: float) -> Markup:
    """An instant (Unix seconds) as people in China read it, and as machines do."""
    instant = datetime.fromtimestamp(at, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        instant.isoformat(timespec="seconds").replace("+00:00", "Z"), written(at)
    )


def written(at: float) -> str:
    """The same in plain text: 2026-05-01 08:00:00, by China's clock."""
    return datetime.fromtimestamp(at, _CHINA).strftime("%Y-%m-%d %H:%M:%S")


def recent(at: float, now: float) -> str:
    """The same, by the time alone if it is of the same day as `now`."""
    text, today = written(at), written(now)[:10]
    return text.removeprefix(today).lstrip()


def count(number: float) -> str:
    """A number with its digits in groups of three, by thin spaces (ISO 80000-1, 7.3.1)."""
    return f"{number:,}".replace(",", "\u202f")
