"""Who is it: the cookie of a session, or a program's token; and how a session begins and ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.core.ports import Ruling
from gateway.monitor.accounts import Account
from gateway.monitor.audit import AuditLog, Entry
from gateway.monitor.client import Proxies
from gateway.monitor.forms import is_same
from gateway.monitor.limits import LogInLimits
from gateway.monitor.passwords import PasswordCheck, PasswordsBusy
from gateway.monitor.sessions import Session, Sessions
from gateway.monitor.settings import MonitorSettings
from gateway.monitor.stay import SessionStay, Stay, TokenStay
from gateway.monitor.users import Users

_MAX_TOKEN_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who was let in: by a session, or (`session` None) by a token."""

    account: Account
    session: Session | None
    stay: Stay


class Door:
    """Lets users in."""

    def __init__(self, settings: MonitorSettings, users: Users, log: AuditLog, clock: Callable[[], float]) -> None:
        self.users = users
        self.log = log
        self.clock = clock
        self.passwords = PasswordCheck()
        self._limits = LogInLimits()
        self._proxies = Proxies(settings.trusted_proxies)
        self._sessions = Sessions(settings.idle_minutes * 60, settings.session_hours * 3600)
        self._secure = settings.is_encrypted
        mark = "__Host-" if self._secure else ""  # RFC 6265bis, 4.1.3.2: only this host, only over TLS
        self._cookie, self._form_cookie = f"{mark}zhenma", f"{mark}zhenma-form"

    def address(self, request: web.Request) -> str:
        """The client's, as trusted proxies tell it."""
        return self._proxies.client(request.remote or "", request.headers.get("X-Forwarded-For", ""))

    async def admit(self, request: web.Request, *, prolongs: bool = True) -> Admission | None:
        """Who makes this request; None for somebody unknown.  Raises HTTPUnauthorized for a token that is nobody's.

        `prolongs`: whether the request shows that somebody is there, so that the session's idle time begins anew.
        """
        if "Authorization" in request.headers:
            return await self._by_token(request)
        token = request.cookies.get(self._cookie, "")
        if not 0 < len(token) <= _MAX_TOKEN_CHARACTERS or not (found := self._of_session(token)):
            return None
        stay = SessionStay(
            is_current=lambda: self._of_session(token) is not None,
            term=lambda: self._sessions.term(token, self.clock()),
            prolong=lambda: self._sessions.touch(token, self.clock()),
        )
        if prolongs:
            stay.prolong()
        account, session = found
        return Admission(account, session, stay)

    def _of_session(self, token: str) -> tuple[Account, Session] | None:
        session = self._sessions.find(token, self.clock())
        if session is None:
            return None
        account = self.users.find(session.user)
        if account is None or account.stamp != session.stamp:
            self._sessions.end(token)
            return None
        return account, session

    async def _by_token(self, request: web.Request) -> Admission:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        is_token = scheme.lower() == "bearer" and 0 < len(token) <= _MAX_TOKEN_CHARACTERS
        account = self.users.of_token(token) if is_token else None
        if account is not None:
            return Admission(account, None, TokenStay(lambda: self.users.of_token(token) is not None))
        ruling = self._limits.wrong_token(self.address(request), self.clock())
        if ruling is not Ruling.SILENCE:
            await self.note(request, None, "token_refused")
        if ruling is not Ruling.ANSWER:
            raise web.HTTPTooManyRequests(headers={"Retry-After": "60"})
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})

    async def sign_in(self, request: web.Request, name: str, password: str) -> Account | None:
        """The account, if name and password are right.  Raises HTTPTooManyRequests, AuditUnavailable."""
        address = self.address(request)
        ruling = self._limits.attempt(name, address, self.clock())
        if ruling is not Ruling.ANSWER:
            if ruling is Ruling.NOTICE:
                await self.note(request, self.users.find(name), "sign_in_limited")
            raise web.HTTPTooManyRequests(headers={"Retry-After": "60"})
        account = self.users.find(name)
        right = await self._matches(account, password)
        if account is None or not right:
            await self.note(request, account, "sign_in_refused")
            return None
        await self.note(request, account, "sign_in")
        self._limits.succeeded(name, address)
        return account

    async def checks_own(self, request: web.Request, account: Account, password: str) -> bool:
        """Whether somebody signed in knows their password.  Raises HTTPTooManyRequests."""
        if self._limits.attempt(account.user.name, self.address(request), self.clock()) is not Ruling.ANSWER:
            raise web.HTTPTooManyRequests(headers={"Retry-After": "60"})
        right = await self._matches(account, password)
        if right:
            self._limits.succeeded(account.user.name, self.address(request))
        return right

    async def _matches(self, account: Account | None, password: str) -> bool:
        try:
            return await self.passwords.matches(account.password_hash if account else None, password)
        except PasswordsBusy:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}) from None

    def begin(self, request: web.Request, response: web.Response, account: Account) -> None:
        """A new session, in place of the one that the browser had."""
        self._sessions.end(request.cookies.get(self._cookie, ""))
        self._set(response, self._cookie, self._sessions.begin(account.user.name, account.stamp, self.clock()))

    def end(self, request: web.Request, response: web.Response) -> None:
        """Sign out."""
        self._sessions.end(request.cookies.get(self._cookie, ""))
        self._set(response, self._cookie, "", max_age=0)

    def form_token(self, request: web.Request) -> str:
        """What a form before the log-in has to bring back: the same as its cookie, which no other site can know."""
        return request.cookies.get(self._form_cookie, "") or secrets.token_urlsafe(32)

    def give_form_token(self, response: web.Response, token: str) -> None:
        self._set(response, self._form_cookie, token)

    def has_form_cookie(self, request: web.Request, posted: str) -> bool:
        """Whether a form before the log-in brought its cookie's token back."""
        return is_same(posted, request.cookies.get(self._form_cookie, ""))

    async def note(self, request: web.Request, account: Account | None, action: str) -> None:
        """Say it in the audit log; of a name that is no user's, which may be a mistyped password, nothing is kept.

        Raises AuditUnavailable.
        """
        name, role = (account.user.name, account.user.role.value) if account else ("", "")
        subject = f"{request.method} {request.path}"
        await self.log.write(Entry(self.clock(), name, role, self.address(request), action, subject))

    def _set(self, response: web.Response, name: str, value: str, max_age: int | None = None) -> None:
        response.set_cookie(
            name, value, max_age=max_age, path="/", secure=self._secure, httponly=True, samesite="Strict"
        )
