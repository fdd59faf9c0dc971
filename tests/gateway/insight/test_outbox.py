"""Alerts on their way, to a real mail server and a real HTTP receiver, which fail, are absent and are slow."""

from __future__ import annotations

import asyncio
import email
import hashlib
import hmac
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import Engine, select

from gateway.core.errors import StateUnavailable
from gateway.insight.case_actions import CaseActions
from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_schema import outbox
from gateway.insight.case_store import open_book, reading
from gateway.insight.ladder import Reason
from gateway.insight.mail import Mail, mail_of
from gateway.insight.outbox import Outbox, Parcel, pause_seconds
from gateway.insight.receivers import Encryption, MailSettings, WebhookSettings
from gateway.insight.webhook import Webhook, signature
from tests.gateway.insight.findings import NOON, report, signal

SECRET = "0123456789abcdef"


class Desk:
    """An HTTP receiver that answers as it is told to."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.taken: list[tuple[str, str, bytes]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        status = self.answers.pop(0) if self.answers else 204
        if status == 0:
            await asyncio.Event().wait()
        self.taken.append(
            (request.headers["Idempotency-Key"], request.headers["X-Zhenma-Signature"], await request.read())
        )
        return web.Response(status=status, headers={"Location": self.url} if status == 302 else {})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    app = web.Application()
    app.router.add_post("/", desk.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    desk.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield desk
    await runner.cleanup()


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_book(str(tmp_path / "cases.sqlite"), create=True)


def hook(url: str, seconds: float = 5.0) -> Webhook:
    return Webhook(WebhookSettings("desk", url, SECRET, seconds), lambda: NOON)


def state(store: Engine) -> list[Any]:
    with reading(store) as connection:
        return list(connection.execute(select(outbox).order_by(outbox.c.id)))


async def test_a_case_is_posted_once_signed_and_with_its_key(store: Engine, desk: Desk) -> None:
    CaseIntake(store, ["desk"]).take([signal()], [], NOON)
    box = Outbox(store, {"desk": hook(desk.url)})
    assert await box.deliver_due(NOON) == 1
    assert await box.deliver_due(NOON + 1) == 0
    ((key, signed, body),) = desk.taken
    assert key == "case:1:desk"
    expected = hmac.new(SECRET.encode(), f"{int(NOON)}.".encode() + body, hashlib.sha256).hexdigest()
    assert signed == f"t={int(NOON)},v1={expected}" == signature(SECRET, body, int(NOON))
    assert json.loads(body)["case"] == 1
    assert await box.waiting() == 0


async def test_a_receiver_that_fails_is_tried_again_later_and_later(store: Engine, desk: Desk) -> None:
    CaseIntake(store, ["desk"]).take([signal()], [], NOON)
    desk.answers = [500, 302]
    box = Outbox(store, {"desk": hook(desk.url)})
    assert [await box.deliver_due(NOON + after) for after in (0, 4, 5, 14, 15)] == [0, 0, 0, 0, 1]
    assert {key for key, *_ in desk.taken} == {"case:1:desk"}
    assert len(desk.taken) == 3


async def test_a_receiver_that_is_absent_or_silent_gets_its_alert_when_it_is_back(store: Engine, desk: Desk) -> None:
    CaseIntake(store, ["desk"]).take([signal()], [], NOON)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        absent = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        assert await Outbox(store, {"desk": hook(absent)}).deliver_due(NOON) == 0
    desk.answers = [0]
    assert await Outbox(store, {"desk": hook(desk.url, 0.05)}).deliver_due(NOON + 10) == 0
    (row,) = state(store)
    assert (row.attempts, row.taken_at) == (2, None)
    assert "away" in row.fault
    assert await Outbox(store, {"desk": hook(desk.url)}).deliver_due(NOON + 100) == 1


async def test_an_alert_that_is_refused_for_good_holds_up_no_other(store: Engine, desk: Desk) -> None:
    CaseIntake(store, ["desk"]).take([signal()], [], NOON)
    CaseIntake(store, ["desk"]).take([signal(subject="2", code="", product="2")], [], NOON + 1)
    desk.answers = [400]
    box = Outbox(store, {"desk": hook(desk.url)})
    assert [await box.deliver_due(NOON + after) for after in (1, 2)] == [0, 1]


async def test_one_receiver_s_being_away_holds_up_no_other(store: Engine, desk: Desk) -> None:
    CaseIntake(store, ["desk", "other"]).take([signal()], [], NOON)
    box = Outbox(store, {"desk": hook(desk.url), "other": hook("http://127.0.0.1:1/")})
    assert await box.deliver_due(NOON) == 1
    assert await box.waiting() == 1


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_seconds(attempts) for attempts in (1, 2, 3, 11, 100)] == [5, 10, 20, 3600, 3600]


class Letters:
    """A mail server's box."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer


def authenticated(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    return AuthResult(success=isinstance(data, LoginPassword) and data.password == SECRET.encode())


@asynccontextmanager
async def mail_server(letters: Letters, folder: Path, *, encrypted: bool) -> AsyncIterator[tuple[int, str]]:
    certificate, key = folder / "cert.pem", folder / "key.pem"
    context = None
    if encrypted:
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                   "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key),
                   "-out", str(certificate)]  # fmt: skip
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        if context is None:
            return SMTP(letters, loop=loop)
        return SMTP(letters, loop=loop, tls_context=context, require_starttls=True, authenticator=authenticated)

    server = await loop.create_server(session, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], str(certificate)
    server.close()


def mail(port: int, **changes: Any) -> Mail:
    fields = {"host": "localhost", "recipients": ("a@desk.cn",), "sender": "zhenma@gateway.cn", "port": port}
    return Mail(MailSettings(**(fields | changes)))


async def test_a_mail_is_encrypted_signed_in_and_bears_the_alert(store: Engine, tmp_path: Path) -> None:
    CaseIntake(store, ["mail"]).take([signal()], [], NOON)
    letters = Letters()
    async with mail_server(letters, tmp_path, encrypted=True) as (port, certificate):
        wrong = mail(port, ca_file=certificate, username="u", password="no")
        assert await Outbox(store, {"mail": wrong}).deliver_due(NOON) == 0
        right = mail(port, ca_file=certificate, username="u", password=SECRET)
        assert await Outbox(store, {"mail": right}).deliver_due(NOON + 60) == 1
        with pytest.raises(StateUnavailable, match="certificate"):
            await mail(port).deliver(Parcel("x", "mail", letters_body(letters), NOON, 0))
    (letter,) = letters.taken
    message = email.message_from_bytes(letter.content or b"")
    assert message["Message-ID"] == "<case.1.mail@gateway.cn>"
    assert letter.rcpt_tos == ["a@desk.cn"]


def letters_body(letters: Letters) -> str:
    parts = email.message_from_bytes(letters.taken[0].content or b"").get_payload()
    return bytes(parts[1].get_payload(decode=True)).decode()  # type: ignore[index, union-attr]  # a multipart's list


async def test_a_mail_server_that_refuses_for_a_while_gets_it_later(store: Engine, tmp_path: Path) -> None:
    CaseIntake(store, ["mail"]).take([signal()], [], NOON)
    letters = Letters()
    letters.answers = ["451 later"]
    async with mail_server(letters, tmp_path, encrypted=False) as (port, _):
        box = Outbox(store, {"mail": mail(port, encryption=Encryption.NONE)})
        assert [await box.deliver_due(NOON + after) for after in (0, 1, 5, 6)] == [0, 0, 1, 0]
    assert len(letters.taken) == 1


async def test_an_overdue_complaint_s_mail_tells_no_text_of_it(store: Engine) -> None:
    intake = CaseIntake(store, ["mail"])
    intake.take([], [report(1)], NOON)
    intake.tell(NOON + 60 * 86_400)
    (row,) = state(store)
    message = mail_of(
        Parcel(row.id, "mail", row.body, row.made_at, 0), MailSettings("h", ("a@b",), "c@d", language="en")
    )
    assert message["Subject"] == "[真码 Zhenma] overdue 1: overdue: report 1"
    assert "福清市场" not in message.as_string()


def test_a_mail_tells_the_evidence_in_numbers_the_precision_and_no_pseudonym(store: Engine) -> None:
    intake = CaseIntake(store, ["mail"])
    settings = MailSettings("h", ("a@b",), "c@d", language="en")
    for number, known in enumerate(["尚无 none closed yet", "1/1 (21%-100%)"]):
        intake.take([signal(subject=str(number), code="", product=str(number))], [], NOON + number)
        CaseActions(store).close(number + 1, Reason.CONFIRMED, "王", NOON)
        row = state(store)[-1]
        message = mail_of(Parcel(row.id, "mail", row.body, row.made_at, 0), settings)
        text = "".join(part.get_content() for part in message.iter_parts() if part.get_content_type() == "text/plain")
        assert f"precision so far: {known}" in text
        assert "2 次 looks, 1 码 codes, 2 号码 callers" in text
        assert "k1:" not in text + row.body


@pytest.mark.parametrize(
    ("cls", "fields"),
    [
        (MailSettings, {"host": "h", "recipients": (), "sender": "a@b"}),
        (MailSettings, {"host": "h", "recipients": ("a@b\nBcc: x",), "sender": "a@b"}),
        (MailSettings, {"host": "h", "recipients": ("a@b",), "sender": "a@b", "username": "u",
                        "encryption": Encryption.NONE}),
        (MailSettings, {"host": "h", "recipients": ("a@b",), "sender": "a@b", "language": "fr"}),
        (WebhookSettings, {"name": "desk", "url": "ftp://x", "secret": SECRET}),
        (WebhookSettings, {"name": "mail", "url": "https://x", "secret": SECRET}),
        (WebhookSettings, {"name": "desk", "url": "https://x", "secret": "short"}),
    ],
)  # fmt: skip
def test_receivers_that_make_no_sense_are_refused(cls: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|needs|does not go"):
        cls(**fields)
