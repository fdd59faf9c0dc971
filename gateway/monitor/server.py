"""The monitor as the daemon has it: built with its sections, started, closed."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Sequence

from aiohttp import web

from gateway.core.errors import SettingsFault
from gateway.monitor.account_pages import AccountPages
from gateway.monitor.audit import AuditLog
from gateway.monitor.audit_pages import AuditPages
from gateway.monitor.door import Door
from gateway.monitor.faults import Faults
from gateway.monitor.gate import Gate
from gateway.monitor.look import Look
from gateway.monitor.page import Page, Section
from gateway.monitor.roles import EVERYONE
from gateway.monitor.session_pages import SessionPages
from gateway.monitor.settings import MonitorSettings
from gateway.monitor.sign_in import SignIn
from gateway.monitor.users import Users

logger = logging.getLogger(__name__)

_KEEPALIVE_SECONDS = 75.0
_SHUTDOWN_SECONDS = 2.0  # pages that stream have no end of their own


class Monitor:
    """One aiohttp application.  Raises SettingsFault and TemplateFault, ValueError for sections that do not fit."""

    def __init__(
        self, settings: MonitorSettings, sections: Sequence[Section] = (), clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._look = Look(settings.templates_path, settings.default_language)
        self._tls = _tls(settings)
        self.users = Users(settings.users_path)
        self.users.load()
        if not self.users.all():
            _tell_of_no_users(settings)
        self._door = Door(settings, self.users, AuditLog(settings.audit_path), clock)
        self._sign_in = SignIn(self._door, self._look)
        own: list[Section] = [AuditPages(), AccountPages(self._door, self._look.texts), SessionPages()]
        self.pages = _pages([*sections, *own], Page("POST", "/sign-out", self._sign_in.leave, EVERYONE))
        for page in self.pages:
            if page.entry and page.entry not in self._look.texts.keys:
                raise ValueError(f"{page.path}: there is no text {page.entry} for its entry in the navigation")
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """The application, to be run once."""
        gate = Gate(self._door, self._look, self.pages)
        faults = Faults(gate, self._look, is_encrypted=self._settings.is_encrypted)
        application = web.Application(
            client_max_size=max(page.body_octets for page in self.pages), middlewares=[faults.middleware]
        )
        application.on_response_prepare.append(faults.prepare)
        application.add_routes(
            [
                web.get("/", gate.home),
                web.get("/sign-in", self._sign_in.show),
                web.post("/sign-in", self._sign_in.enter),
                web.get("/static/{digest}/{name:.+}", self._look.statics.serve),
                *(web.route(page.method, page.path, gate.handler(page)) for page in self.pages),
            ]
        )
        return application

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address.  Raises SettingsFault if the port is taken."""
        self._runner = web.AppRunner(
            self.application(),
            access_log=None,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, ssl_context=self._tls).start()
        except OSError as exc:
            raise SettingsFault(f"monitor: cannot listen on {host}:{port}: {exc.strerror or exc}") from exc
        address: tuple[str, int] = self._runner.addresses[0][:2]
        return address

    async def close(self) -> None:
        """Stop listening; requests in hand have a moment to end."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._door.passwords.close()


def _tls(settings: MonitorSettings) -> ssl.SSLContext | None:
    """Raises SettingsFault for a certificate or key that cannot be used."""
    if settings.certificate_path is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate_path, settings.key_path)
    except OSError as exc:  # ssl.SSLError is one
        raise SettingsFault(f"{settings.certificate_path}, {settings.key_path}: cannot be used for TLS: {exc}") from exc
    return context


def _tell_of_no_users(settings: MonitorSettings) -> None:
    """Raises SettingsFault, unless only this machine can connect: there users may be added later."""
    fault = f"{settings.users_path}: nobody can sign in: `python -m gateway users add` adds users"
    if not settings.is_loopback:
        raise SettingsFault(fault)
    logger.warning("%s", fault)


def _pages(sections: Sequence[Section], *further: Page) -> tuple[Page, ...]:
    """All pages in the order of the navigation.  Raises ValueError if two are the same."""
    pages = (*(page for section in sections for page in section.pages()), *further)
    seen = set()
    for page in pages:
        if (page.method, page.path) in seen:
            raise ValueError(f"{page.method} {page.path} is declared twice")
        seen.add((page.method, page.path))
    return pages
