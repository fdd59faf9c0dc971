"""An enterprise's own pages: its products, codes, batches and their queries; and the steps that it takes by form."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from gateway.core.errors import SettingsFault
from gateway.monitor.page import Page
from gateway.monitor.refusals import refusal_text
from gateway.monitor.roles import Role
from gateway.monitor.visit import Visit
from gateway.records.product_counts import ProductCount, product_counts
from gateway.registry.board import Board, EnterpriseView, product_of
from gateway.registry.faults import NotRegistered, RequestFault
from gateway.registry.life.access import Access
from gateway.registry.life.access import Role as RegistryRole
from gateway.registry.views.rows import ProductRow

READERS = frozenset({Role.ENTERPRISE, Role.SUPERVISOR, Role.OPERATOR})
_ACTORS = frozenset({Role.ENTERPRISE, Role.OPERATOR})
_PATH = "/enterprises/{enterprise}"
_PRODUCT = _PATH + "/products/{product}"
_COUNTED_DAYS = 30
_DAY_SECONDS = 86_400.0
_MOST_DIGITS = 9
_DONE = frozenset({"applied", "activated", "recalled"})
_OPTIONAL = frozenset({"region", "tell"})  # left out where they were left empty


class EnterprisePages:
    """For the enterprise itself; supervisors and operators see every one of them."""

    def __init__(self, board: Board, journal: Path) -> None:
        self._board = board
        self._journal = journal

    def pages(self) -> Sequence[Page]:
        return [
            Page("GET", _PATH, self._enterprise, READERS, entry="registry.enterprise"),
            Page("GET", _PRODUCT, self._product, READERS),
            Page("POST", f"{_PRODUCT}/applications", self._apply, _ACTORS),
            Page("POST", f"{_PRODUCT}/activations", self._activate, _ACTORS),
            Page("POST", f"{_PRODUCT}/recalls", self._recall, _ACTORS),
        ]

    async def _enterprise(self, visit: Visit) -> web.StreamResponse:
        view = await self._view(visit)
        counts = await self._counts(visit, [each.resource_code for each in view.products])
        waiting = [each for each in view.applications if each.state in {"applied", "approved"}]
        asked: dict[str, int] = {}
        for count in counts:
            asked[count.resource_code] = asked.get(count.resource_code, 0) + count.lookups
        return visit.render("registry/enterprise.html", view=view, waiting=waiting, asked=asked, days=_COUNTED_DAYS)

    async def _product(self, visit: Visit) -> web.StreamResponse:
        return await self._shown(visit, done=visit.request.query.get("done", ""))

    async def _shown(self, visit: Visit, *, done: str = "", fault: str = "", status: int = 200) -> web.StreamResponse:
        view = await self._view(visit)
        product = _own(view, visit)
        counts = await self._counts(visit, [product.resource_code])
        return visit.render(
            "registry/product.html",
            status=status,
            view=view,
            product=product,
            counts=counts,
            days=_COUNTED_DAYS,
            batches=[each for each in view.batches if each.resource_code == product.resource_code],
            applications=[each for each in view.applications if each.resource_code == product.resource_code],
            may_act=visit.user.role in _ACTORS,
            done=done if done in _DONE else "",
            fault=fault,
            posted=visit.form,
        )

    async def _apply(self, visit: Visit) -> web.StreamResponse:
        quantity = visit.field("quantity")
        body = {
            "product": visit.request.match_info["product"],
            "quantity": int(quantity) if _is_number(quantity) else quantity,
            "level": int(visit.field("level")) if _is_number(visit.field("level")) else 0,
        }
        return await self._taken(visit, "/v1/applications", body, "applied")

    async def _activate(self, visit: Visit) -> web.StreamResponse:
        names = ("batch", "inspection", "produced_on", "expires_on", "region")
        body = {name: visit.field(name) for name in names if visit.field(name) or name not in _OPTIONAL}
        return await self._taken(visit, "/v1/activations", {**body, "codes": _codes(visit)}, "activated")

    async def _recall(self, visit: Visit) -> web.StreamResponse:
        """A recall cannot be taken back: whoever means it writes the batch's name once more."""
        batch = visit.field("batch")
        if not batch or visit.field("confirm") != batch:
            return await self._shown(visit, fault=visit.text("registry.confirm_differs"), status=HTTPStatus.BAD_REQUEST)
        body: dict[str, object] = {"codes": {"product": visit.request.match_info["product"], "batch": batch}}
        if visit.field("tell"):
            body["tell"] = visit.field("tell")
        return await self._taken(visit, "/v1/recalls", body, "recalled")

    async def _taken(self, visit: Visit, path: str, body: Mapping[str, object], done: str) -> web.StreamResponse:
        product = _own(await self._view(visit), visit)
        access = Access(RegistryRole.ENTERPRISE, _number(visit), visit.user.name)
        said = {**body, "why": visit.field("why")}
        await visit.audit(path.removeprefix("/v1/"), f"{product.resource_code} {said['why']}")
        try:
            answer = await asyncio.to_thread(self._board.take, path, access, said)
        except RequestFault as exc:
            fault = _refusal(visit, exc.key, exc.words, str(exc))
            return await self._shown(visit, fault=fault, status=HTTPStatus.BAD_REQUEST)
        if answer.status != HTTPStatus.CREATED:
            problem = json.loads(answer.body)
            fault = _refusal(visit, problem.get("key", ""), problem.get("words", {}), problem["detail"])
            return await self._shown(visit, fault=fault, status=answer.status)
        return visit.see_other(f"/enterprises/{_number(visit)}/products/{product.resource_code}?done={done}")

    async def _view(self, visit: Visit) -> EnterpriseView:
        access = Access(RegistryRole.SUPERVISOR)  # that the path's enterprise is the user's own, the gate has seen to
        try:
            return await asyncio.to_thread(self._board.enterprise, access, _number(visit))
        except NotRegistered as exc:
            raise web.HTTPNotFound from exc

    async def _counts(self, visit: Visit, resource_codes: Sequence[str]) -> list[ProductCount]:
        """Empty where no query log can be read: the registry's page is of use without it."""
        since = visit.at - _COUNTED_DAYS * _DAY_SECONDS
        try:
            return await asyncio.to_thread(partial(product_counts, self._journal, resource_codes, since))
        except (SettingsFault, sqlite3.Error):
            return []


def _own(view: EnterpriseView, visit: Visit) -> ProductRow:
    try:
        return product_of(view, visit.request.match_info["product"])
    except NotRegistered as exc:
        raise web.HTTPNotFound from exc


def _refusal(visit: Visit, key: str, words: Mapping[str, object], sentence: str) -> str:
    return refusal_text(visit.look.texts, visit.language, key, words, sentence)


def _codes(visit: Visit) -> dict[str, object]:
    """An application's number, or a first and a last code, as they were posted."""
    if _is_number(visit.field("application")):
        return {"application": int(visit.field("application"))}
    return {name: visit.field(name) for name in ("first", "last") if visit.field(name)}


def _number(visit: Visit) -> int:
    text = visit.request.match_info["enterprise"]
    if not _is_number(text):
        raise web.HTTPNotFound
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
