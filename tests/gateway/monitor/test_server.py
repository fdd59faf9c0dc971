"""The monitor as the daemon has it: what keeps it from starting, and that it ends."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientOSError, ClientSession, ServerDisconnectedError, TCPConnector, web

from gateway.core.errors import SettingsFault, TemplateFault
from gateway.monitor import EVERYONE, Page, Visit
from gateway.monitor.server import Monitor
from gateway.monitor.settings import MonitorSettings
from tests.gateway.monitor.served import TEMPLATES, Pages, add_users
from tests.system.certificates import Authority


async def handler(_visit: Visit) -> web.Response:
    return web.Response()


def settings(folder: Path, **further: object) -> MonitorSettings:
    plain = MonitorSettings(
        users_path=folder / "users.json", audit_path=folder / "audit.jsonl", templates_path=TEMPLATES
    )
    return replace(plain, **further)  # type: ignore[arg-type]  # each test knows the type of its own


async def test_it_listens_until_it_is_closed(tmp_path: Path) -> None:
    monitor = Monitor(settings(tmp_path))
    host, port = await monitor.start("127.0.0.1", 0)
    async with ClientSession() as session:
        assert (await session.get(f"http://{host}:{port}/sign-in")).status == 200
        with pytest.raises(SettingsFault, match=f"cannot listen on 127.0.0.1:{port}"):
            await Monitor(settings(tmp_path)).start("127.0.0.1", port)
        await monitor.close()
        with pytest.raises(OSError, match="Cannot connect"):
            await session.get(f"http://{host}:{port}/sign-in")


async def test_it_can_be_closed_before_it_was_started(tmp_path: Path) -> None:
    await Monitor(settings(tmp_path)).close()


def test_beyond_loopback_somebody_must_be_able_to_sign_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    beyond = settings(tmp_path, listen_host="0.0.0.0", listen_port=1, trusted_proxies=("10.0.0.1",))
    with pytest.raises(SettingsFault, match="nobody can sign in: `python -m gateway users add`"):
        Monitor(beyond)
    Monitor(settings(tmp_path))
    assert "nobody can sign in" in caplog.text
    add_users(tmp_path / "users.json")
    Monitor(beyond)


def test_templates_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match="no texts in the default language"):
        Monitor(settings(tmp_path, templates_path=tmp_path))


@pytest.mark.parametrize(
    ("pages", "fault"),
    [
        ([Page("GET", "/x", handler, EVERYONE), Page("GET", "/x", handler, EVERYONE)], "GET /x is declared twice"),
        ([Page("GET", "/account", handler, EVERYONE)], "GET /account is declared twice"),
        ([Page("GET", "/x", handler, EVERYONE, entry="x.none")], "there is no text x.none"),
    ],
)
def test_sections_that_do_not_fit_are_refused(tmp_path: Path, pages: list[Page], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Monitor(settings(tmp_path), [Pages(pages)])


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="cannot be used for TLS"):
        Monitor(settings(tmp_path, certificate_path=tmp_path / "none.pem", key_path=tmp_path / "none.key"))


async def test_with_a_certificate_it_speaks_tls_and_nothing_else(tmp_path: Path) -> None:
    authority = Authority("trust")
    certificate, key = authority.issue("monitor.example").write(tmp_path, "monitor")
    monitor = Monitor(settings(tmp_path, certificate_path=Path(certificate), key_path=Path(key)))
    host, port = await monitor.start("127.0.0.1", 0)
    trust = ssl.create_default_context(cadata=authority.own.certificate)
    async with ClientSession(connector=TCPConnector(ssl=trust)) as session:
        answer = await session.get(f"https://{host}:{port}/sign-in", server_hostname="monitor.example")
        assert answer.status == 200
        assert "Secure" in answer.headers["Set-Cookie"]
        with pytest.raises((ClientOSError, ServerDisconnectedError)):
            await session.get(f"http://{host}:{port}/sign-in")
    await monitor.close()
