"""Errors as pages, or as problem+json (RFC 9457) under /api/; and the headers that every response has."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.monitor.audit import AuditUnavailable
from gateway.monitor.gate import ADMISSION, Gate
from gateway.monitor.languages import language_of, remember_choice
from gateway.monitor.look import Look

logger = logging.getLogger(__name__)

STARTED = web.RequestKey("started", bool)
_EXPLAINED = frozenset({400, 401, 403, 404, 405, 408, 411, 413, 429, 500, 503})
"""Statuses with texts of their own, faults.<status>_title and faults.<status>_text."""
_KEPT_HEADERS = frozenset({"WWW-Authenticate", "Retry-After", "Allow"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would take the Origin from our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class Faults:
    """A middleware and a signal for one application."""

    def __init__(self, gate: Gate, look: Look, *, is_encrypted: bool) -> None:
        self._gate = gate
        self._look = look
        self._headers = {**_HEADERS, **(_ONLY_TLS if is_encrypted else {})}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever goes wrong becomes an answer that tells the reader, and tells nothing of the inside."""
        try:
            return await handler(request)
        except web.HTTPException as exc:
            if exc.status < HTTPStatus.BAD_REQUEST:
                raise
            return self._answer(request, exc.status, {k: v for k, v in exc.headers.items() if k in _KEPT_HEADERS})
        except AuditUnavailable as exc:
            logger.error("%s", exc)
            return self._answer(request, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"})
        except TimeoutError:
            logger.warning("%s %s took too long", request.method, request.path)
            return self._answer(request, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"})
        except Exception:  # the border of one request
            if STARTED in request:  # nothing can be said any more: aiohttp ends the connection
                raise
            incident = secrets.token_hex(4)
            logger.exception("%s %s failed (incident %s)", request.method, request.path, incident)
            return self._answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, {}, incident)

    async def prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """on_response_prepare: headers that a page did not set itself."""
        request[STARTED] = True
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "zhenma"
        remember_choice(request, response, self._look.texts)

    def _answer(self, request: web.Request, status: int, headers: dict[str, str], incident: str = "") -> web.Response:
        admission = request.get(ADMISSION)
        language = language_of(request, self._look.texts, admission.account.user if admission else None)
        known = status if status in _EXPLAINED else (400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500)
        title, text = (self._look.texts.text(language, f"faults.{known}_{part}") for part in ("title", "text"))
        if request.path.startswith("/api/"):
            problem = {"title": title, "status": status, "detail": text, **({"incident": incident} if incident else {})}
            response = self._look.json(problem, status, "application/problem+json")
        else:
            values = {"title": title, "text": text, "status": status, "incident": incident}
            body = self._look.page("fault.html", self._gate.surface(request, admission), language, values)
            response = web.Response(text=body, status=status, content_type="text/html")
        response.headers.update(headers)
        return response
