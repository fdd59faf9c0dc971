"""The gateway hears of changes in the registry, each once, and outlives a registry that is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Engine

from gateway.core.errors import VerificationUnavailable
from gateway.core.registration import CodeState
from gateway.registry.database.store import open_store, writing
from gateway.registry.life.circulation import withdraw
from gateway.registry.life.life_cycle import Stretch
from gateway.registry.life.steps import Step
from gateway.registry.service.api import Api
from gateway.registry.views.lookups import Register
from gateway.verification import watch
from gateway.verification.settings import BackendSettings
from gateway.verification.watch import ChangeWatch, Page, read_page
from tests.gateway.registry import small_registry
from tests.gateway.registry.small_registry import BASE, SPIRIT

TOKEN = "a-token-for-tests-only"
NOW = 1_700_000_000.0


class Enough(Exception):
    """Ends a watch that has shown what it does."""


class Script:
    """Forgets copies by writing it down, and does one thing in each pause between polls."""

    def __init__(self, *between: object) -> None:
        self.forgotten: list[str] = []
        self.pauses = 0
        self._between = list(between)

    async def invalidate(self, codes: tuple[str, ...] = (), resource_code: str = "", batch: str = "") -> None:
        self.forgotten.append(resource_code)

    async def pause(self, seconds: float) -> None:
        assert seconds <= 5
        self.pauses += 1
        if not self._between:
            raise Enough
        action = self._between.pop(0)
        assert callable(action)
        if (waiting := action()) is not None:
            await waiting

    async def watch(self, socket: Path) -> None:
        settings = BackendSettings(socket=socket, token=TOKEN)
        with pytest.raises(Enough):
            await ChangeWatch(settings, self, 3_600.0, lambda: NOW, self.pause).run()


@pytest.fixture
def registry(tmp_path: Path) -> Engine:
    store = open_store(str(tmp_path / "registry.db"), create=True)
    small_registry.fill(store)
    return store


@pytest.fixture
async def socket(tmp_path: Path, registry: Engine) -> AsyncIterator[Path]:
    runner = web.AppRunner(Api(Register(registry), TOKEN).application(), shutdown_timeout=0)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "s")).start()
    yield tmp_path / "s"
    await runner.cleanup()
    registry.dispose()


def recall(store: Engine, position: int, at: float = NOW) -> None:
    place = BASE + position
    with writing(store) as connection:
        withdraw(connection, Stretch(place, place), CodeState.RECALLED, Step("林", at, "抽检"))


async def test_a_recall_is_heard_of_at_the_next_poll_and_once(socket: Path, registry: Engine) -> None:
    script = Script(lambda: recall(registry, 1), lambda: None)
    await script.watch(socket)
    assert script.forgotten == [SPIRIT]


async def test_what_changed_while_the_gateway_was_down_is_heard_of_at_its_start(socket: Path, registry: Engine) -> None:
    recall(registry, 1, at=NOW - 1_000_000)
    recall(registry, 2, at=NOW - 60)
    script = Script()
    await script.watch(socket)
    assert script.forgotten == [SPIRIT]


async def test_more_changes_than_a_page_holds_are_read_without_a_pause(
    socket: Path, registry: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAGE_CHANGES", 2)
    for position in range(5):
        recall(registry, position * 2)
    script = Script()
    await script.watch(socket)
    assert script.forgotten == [SPIRIT] * 3
    assert script.pauses == 1


async def test_a_registry_that_comes_back_is_asked_from_where_it_was(
    tmp_path: Path, registry: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    application = Api(Register(registry), TOKEN).application()
    runner = web.AppRunner(application, shutdown_timeout=0)

    async def start() -> None:
        recall(registry, 1)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "late")).start()

    script = Script(lambda: None, start)
    await script.watch(tmp_path / "late")
    await runner.cleanup()
    registry.dispose()
    assert script.forgotten == [SPIRIT]
    assert len([record for record in caplog.records if "not heard of" in record.message]) == 1


async def test_a_backend_without_a_feed_is_left_in_peace(tmp_path: Path) -> None:
    runner = web.AppRunner(web.Application(), shutdown_timeout=0)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "other")).start()
    await ChangeWatch(BackendSettings(socket=tmp_path / "other"), Script(), 60.0, lambda: NOW).run()
    await runner.cleanup()


def test_a_page_names_each_product_once() -> None:
    body = b'{"changes": [{"resource_code": "8000001"}, {"resource_code": "8000001"}], "last": 9}'
    assert read_page(body) == Page(("8000001",), 9, full=False)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"changes": [{}], "last": 1}', b'{"changes": [], "last": "1"}', b'{"changes": 1, "last": 1}',
     b'{"changes": [{"resource_code": 8}], "last": 1}', b'{"changes": [{"resource_code": []}], "last": 1}'],
)  # fmt: skip
def test_a_page_of_another_form_is_a_fault(body: bytes) -> None:
    with pytest.raises(VerificationUnavailable, match="cannot be read"):
        read_page(body)
