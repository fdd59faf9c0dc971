"""One request of a user who may make it: what a page's handler is given."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from gateway.monitor.audit import AuditLog, Entry
from gateway.monitor.forms import Form
from gateway.monitor.look import Look, Surface
from gateway.monitor.roles import User
from gateway.monitor.stay import Stay


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, its user, and what the answer is made with."""

    request: web.Request
    user: User
    language: str
    at: float
    """When it came: Unix time in seconds."""
    address: str
    """The client's, as trusted proxies tell it."""
    form: Form
    """What was posted, CSRF-checked; empty for GET."""
    stay: Stay
    """What admitted it: what is streamed asks with every event whether that still holds."""
    surface: Surface
    """What the layout shows besides the page: navigation, form token."""
    look: Look
    log: AuditLog

    def field(self, name: str) -> str:
        """A posted field, stripped of outer white space; "" where it is missing or a file."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def password(self, name: str) -> str:
        """A posted field as it was typed."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def text(self, key: str, /, **words: object) -> str:
        """A text in the user's language.  Raises KeyError."""
        return self.look.texts.text(self.language, key, **words)

    def render(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        """A page from a template of templates/monitor/."""
        body = self.look.page(template, self.surface, self.language, values)
        return web.Response(text=body, status=status, content_type="text/html")

    def json(self, value: object, *, status: int = 200) -> web.Response:
        """A JSON answer; characters beyond ASCII stand as they are."""
        return self.look.json(value, status)

    def see_other(self, path: str) -> web.Response:
        """303 after a form: a reload asks, and posts nothing again."""
        return web.Response(status=303, headers={"Location": path})

    async def audit(self, action: str, subject: str) -> None:
        """Say in the audit log what is about to be done.  Raises AuditUnavailable: then do not do it."""
        await self.log.write(Entry(self.at, self.user.name, self.user.role.value, self.address, action, subject))
