"""The client and the bundled registry share no code but the core's values: here they meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from gateway.core.errors import VerificationUnavailable
from gateway.core.registration import CodeState, Registration
from gateway.registry.database.store import open_store
from gateway.registry.service.api import Api
from gateway.registry.views.lookups import Register
from gateway.verification.client import BackendClient
from gateway.verification.settings import BackendSettings
from tests.gateway.registry import small_registry
from tests.gateway.registry.small_registry import LEGACY, code_at

TOKEN = "a-token-for-tests-only"


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[Path]:
    store = open_store(str(tmp_path / "registry.db"), create=True)
    small_registry.fill(store)
    runner = web.AppRunner(Api(Register(store), TOKEN).application(), shutdown_timeout=0)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "s")).start()
    yield tmp_path / "s"
    await runner.cleanup()
    store.dispose()


async def test_the_registry_answers_a_batch_as_the_gateway_understands_it(socket: Path) -> None:
    client = BackendClient(BackendSettings(socket=socket, token=TOKEN))
    codes = [code_at(1000), LEGACY, code_at(7), code_at(2500), code_at(3000)]
    found = await client.fetch(codes)
    await client.close()
    registrations = [each for each in found if isinstance(each, Registration)]
    assert [each.code for each in registrations] == codes
    assert [each.state for each in registrations[:4]] == [
        CodeState.ISSUED, CodeState.ACTIVATED, CodeState.ACTIVATED, CodeState.UNKNOWN,
    ]  # fmt: skip
    assert registrations[2].product is not None
    assert registrations[2].product.resource_code == codes[2][:7]
    assert registrations[4].reason == "抽检不合格"


async def test_the_registry_refuses_another_token_and_the_gateway_says_what_to_do(socket: Path) -> None:
    client = BackendClient(BackendSettings(socket=socket, token="another"))
    with pytest.raises(VerificationUnavailable, match="check verification"):
        await client.fetch([LEGACY])
    await client.close()
