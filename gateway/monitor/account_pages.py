"""A user's own account: password, language, tokens for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from gateway.monitor.accounts import Account, AccountFault
from gateway.monitor.door import Door
from gateway.monitor.languages import forget_choice
from gateway.monitor.page import Page
from gateway.monitor.passwords import MAX_CHARACTERS, MIN_CHARACTERS, PasswordRefused
from gateway.monitor.roles import EVERYONE
from gateway.monitor.texts import Texts
from gateway.monitor.visit import Visit


class AccountPages:
    """For everybody, about themselves."""

    def __init__(self, door: Door, texts: Texts) -> None:
        self._door = door
        self._texts = texts

    def pages(self) -> Sequence[Page]:
        return [
            Page("GET", "/account", self._show, EVERYONE, entry="account.title"),
            Page("POST", "/account/password", self._change_password, EVERYONE, in_person=True),
            Page("POST", "/account/language", self._change_language, EVERYONE, in_person=True),
            Page("POST", "/account/tokens", self._make_token, EVERYONE, in_person=True),
            Page("POST", "/account/tokens/revoke", self._revoke_token, EVERYONE, in_person=True),
        ]

    async def _show(self, visit: Visit) -> web.Response:
        return self._page(visit)

    async def _change_password(self, visit: Visit) -> web.Response:
        account, new = self._account(visit), visit.password("new")
        if new != visit.password("again"):
            return self._page(visit, fault="account.differ")
        if not await self._door.checks_own(visit.request, account, visit.password("old")):
            return self._page(visit, fault="account.wrong")
        try:
            hashed = await self._door.passwords.hash(new)
        except PasswordRefused:
            return self._page(visit, fault="account.length")
        await visit.audit("password_set", visit.user.name)
        changed = await self._change(visit, lambda account: replace(account, password_hash=hashed))
        response = visit.see_other("/account?done=password")
        self._door.begin(visit.request, response, changed)  # its sessions in other browsers have ended
        return response

    async def _change_language(self, visit: Visit) -> web.Response:
        chosen = visit.field("language")
        if chosen and chosen not in self._texts.languages:
            raise web.HTTPBadRequest
        await self._change(visit, lambda account: replace(account, user=replace(account.user, language=chosen)))
        response = visit.see_other("/account?done=language")
        forget_choice(response)
        return response

    async def _make_token(self, visit: Visit) -> web.Response:
        label, secrets = visit.field("label"), []

        def with_token(account: Account) -> Account:
            changed, secret = account.with_token(label, visit.at)
            secrets.append(secret)
            return changed

        if not await self._door.checks_own(visit.request, self._account(visit), visit.password("password")):
            return self._page(visit, fault="account.wrong")  # whoever finds an open page must not stay for ever
        try:
            self._account(visit).with_token(label, visit.at)  # what is refused is not in the audit log as made
            await visit.audit("token_made", f"{visit.user.name} {label}")
            await self._change(visit, with_token)
        except AccountFault:
            return self._page(visit, fault="account.label")
        return self._page(visit, secret=secrets[-1])

    async def _revoke_token(self, visit: Visit) -> web.Response:
        label = visit.field("label")
        try:
            self._account(visit).without_token(label)
            await visit.audit("token_revoked", f"{visit.user.name} {label}")
            await self._change(visit, lambda account: account.without_token(label))
        except AccountFault:
            raise web.HTTPNotFound from None
        return visit.see_other("/account?done=revoked")

    def _account(self, visit: Visit) -> Account:
        account = self._door.users.find(visit.user.name)
        if account is None:  # taken out since the request came
            raise web.HTTPForbidden
        return account

    async def _change(self, visit: Visit, changed: Callable[[Account], Account]) -> Account:
        return await asyncio.to_thread(self._door.users.change, visit.user.name, changed)

    def _page(self, visit: Visit, *, fault: str = "", secret: str = "") -> web.Response:
        done = visit.request.query.get("done", "")
        return visit.render(
            "account.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
            account=self._account(visit),
            fault=fault,
            done=f"account.done_{done}" if done in ("password", "language", "revoked") else "",
            secret=secret,
            shortest=MIN_CHARACTERS,
            longest=MAX_CHARACTERS,
        )
