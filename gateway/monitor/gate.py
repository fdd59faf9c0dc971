"""From a declared page to aiohttp's handler: who is it, may they, is the form theirs; the audit log; then the page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDict, MultiDictProxy

from gateway.monitor.audit import Entry
from gateway.monitor.door import Admission, Door
from gateway.monitor.forms import Form, is_own_form, is_same, read_form
from gateway.monitor.languages import language_of
from gateway.monitor.look import Link, Look, Surface, surface_of
from gateway.monitor.page import HANDLER_SECONDS, Page
from gateway.monitor.roles import User
from gateway.monitor.visit import Visit

ADMISSION = web.RequestKey("admission", Admission)
_NOTHING: Form = MultiDictProxy(MultiDict())


class Gate:
    """Every page behind the same checks, in the same order."""

    def __init__(self, door: Door, look: Look, pages: Sequence[Page]) -> None:
        self._door = door
        self._look = look
        self._pages = pages

    def handler(self, page: Page) -> Handler:
        """What aiohttp calls for `page`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            visit = await self._visit(page, request)
            if page.is_audited:
                await visit.audit(f"{page.method} {page.path}", request.path_qs)
            if page.streamed:
                return await _streamed(page, visit)
            async with asyncio.timeout(HANDLER_SECONDS):
                return await page.handler(visit)

        return handle

    async def home(self, request: web.Request) -> web.StreamResponse:
        """/: the first page of the navigation."""
        admission = await self._admitted(request)
        paths = [path for page in self._pages if (path := page.entry_path(admission.account.user))]
        raise web.HTTPSeeOther(paths[0])

    async def _visit(self, page: Page, request: web.Request) -> Visit:
        """The visit that `page` may be given.  Raises what refuses it."""
        admission = await self._admitted(request, prolongs=page.prolongs)
        user = admission.account.user
        if user.role not in page.roles or (page.in_person and admission.session is None):
            await self._refuse(request, user, "refused")
            raise web.HTTPForbidden
        if not page.shows(user, dict(request.match_info)):
            await self._refuse(request, user, "hidden")
            raise web.HTTPNotFound
        form = _NOTHING if page.method == "GET" else await self._posted(page, request, admission)
        return Visit(
            request=request,
            user=user,
            language=language_of(request, self._look.texts, user),
            at=self._door.clock(),
            address=self._door.address(request),
            form=form,
            stay=admission.stay,
            surface=self.surface(request, admission, page),
            look=self._look,
            log=self._door.log,
        )

    async def _admitted(self, request: web.Request, *, prolongs: bool = True) -> Admission:
        admission = await self._door.admit(request, prolongs=prolongs)
        if admission is None:
            if request.method in ("GET", "HEAD") and not request.path.startswith("/api/"):
                raise web.HTTPSeeOther(f"/sign-in?{urlencode({'next': request.path_qs})}")
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        request[ADMISSION] = admission
        return admission

    async def _posted(self, page: Page, request: web.Request, admission: Admission) -> Form:
        form = await read_form(request, page.body_octets)
        if admission.session is not None:  # a token in a header is sent by no browser on its own
            posted = str(form.get("form_token", request.headers.get("X-Form-Token", "")))
            if not is_own_form(request) or not is_same(posted, admission.session.form_token):
                await self._refuse(request, admission.account.user, "foreign_form")
                raise web.HTTPForbidden
        return form

    async def _refuse(self, request: web.Request, user: User, action: str) -> None:
        who = (user.name, user.role.value, self._door.address(request))
        await self._door.log.write(Entry(self._door.clock(), *who, action, f"{request.method} {request.path_qs}"))

    def surface(self, request: web.Request, admission: Admission | None, page: Page | None = None) -> Surface:
        """What the layout of `page` shows to whoever this is."""
        if admission is None:
            return surface_of(request)
        user = admission.account.user
        entries = [(path, page.entry) for page in self._pages if (path := page.entry_path(user))]
        above = page.below if page is not None else ""
        links = tuple(Link(path, text, request.path == path, text == above) for path, text in entries)
        form_token = admission.session.form_token if admission.session else ""
        return replace(surface_of(request), user=user, navigation=links, form_token=form_token)


async def _streamed(page: Page, visit: Visit) -> web.StreamResponse:
    try:
        return await page.handler(visit)
    except ConnectionResetError:  # the reader has gone, which is how a stream ends
        return web.Response()
