"""/sign-in and /sign-out: the only pages for people who are not known yet."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from gateway.monitor.client import local_path
from gateway.monitor.door import Door
from gateway.monitor.forms import is_own_form, read_form
from gateway.monitor.languages import language_of
from gateway.monitor.look import Look, surface_of
from gateway.monitor.visit import Visit

_FORM_OCTETS = 4096


class SignIn:
    """The form, and what becomes of it."""

    def __init__(self, door: Door, look: Look) -> None:
        self._door = door
        self._look = look

    async def show(self, request: web.Request) -> web.Response:
        """GET /sign-in: the form; to somebody who is signed in too, who may be somebody else as well."""
        return self._form(request, "", request.query.get("next", "/"))

    async def enter(self, request: web.Request) -> web.Response:
        """POST /sign-in."""
        form = {k: v for k, v in (await read_form(request, _FORM_OCTETS)).items() if isinstance(v, str)}
        wanted = form.get("next", "/")
        if not is_own_form(request) or not self._door.has_form_cookie(request, form.get("form_token", "")):
            return self._form(request, "sign_in.stale", wanted, HTTPStatus.FORBIDDEN)
        try:
            account = await self._door.sign_in(request, form.get("name", "").strip().lower(), form.get("password", ""))
        except web.HTTPTooManyRequests as exc:
            response = self._form(request, "sign_in.limited", wanted, HTTPStatus.TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = exc.headers["Retry-After"]
            return response
        if account is None:
            return self._form(request, "sign_in.wrong", wanted, HTTPStatus.FORBIDDEN)
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": local_path(wanted)})
        self._door.begin(request, response, account)
        return response

    async def leave(self, visit: Visit) -> web.Response:
        """POST /sign-out."""
        response = visit.see_other("/sign-in")
        self._door.end(visit.request, response)
        return response

    def _form(self, request: web.Request, fault: str, wanted: str, status: int = HTTPStatus.OK) -> web.Response:
        token = self._door.form_token(request)
        values = {"fault": fault, "next": local_path(wanted)}
        language = language_of(request, self._look.texts, None)
        body = self._look.page("sign_in.html", replace(surface_of(request), form_token=token), language, values)
        response = web.Response(text=body, status=status, content_type="text/html")
        self._door.give_form_token(response, token)
        return response
