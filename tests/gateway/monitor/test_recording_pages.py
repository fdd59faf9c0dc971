"""Spoken reports: who may listen, what is sent, until when it is said to be kept, and that nothing else can be had."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.insight.case_intake import CaseIntake
from gateway.insight.case_store import open_book
from gateway.monitor import Role
from gateway.monitor.case_pages import CasePages, CaseRoom
from gateway.monitor.recording_pages import RecordingPages
from gateway.monitor.recordings import Recordings
from ivr import recordings
from tests.gateway.insight.findings import NOON, report, signal
from tests.gateway.monitor.served import Served, serving
from tests.gateway.monitor.test_case_pages import room

NAME = f"{recordings.new_name()}.wav"
SOUND = "RIFF and what the caller said"
PATH = "/complaints/1/recording"


@dataclass
class Hotline:
    """A case with a spoken report (1), a written one (2), and one whose text is what nobody's recorder says (3)."""

    folder: Path
    days: int = 90

    @property
    def file(self) -> Path:
        return self.folder / "recordings" / NAME

    def room(self) -> CaseRoom:
        kept = Recordings(self.folder / "recordings", lambda: self.days)
        return replace(room(self.folder), recordings=kept)

    @asynccontextmanager
    async def served(self, change: Callable[[CaseRoom], CaseRoom] = lambda own: own) -> AsyncIterator[Served]:
        own = change(self.room())
        async with serving(self.folder, sections=[CasePages(own), RecordingPages(own)]) as monitor:
            yield monitor


@pytest.fixture
def hotline(tmp_path: Path) -> Hotline:
    made = Hotline(tmp_path)
    texts = [f"recording {NAME}, 12 s", "福清市场", "recording ../recordings/secret.wav, 1 s"]
    reports = [report(number, text=text) for number, text in enumerate(texts, 1)]
    store = open_book(str(tmp_path / "cases.sqlite"), create=True)
    CaseIntake(store).take([signal()], reports, NOON)
    store.dispose()
    made.file.parent.mkdir()
    made.file.write_text(SOUND)
    (made.file.parent / "secret.wav").write_text("another's")
    os.utime(made.file, (NOON, NOON))
    return made


async def test_a_regulator_listens_and_it_is_in_the_audit_log(hotline: Hotline) -> None:
    async with hotline.served() as served:
        browser = await served.signed_in(Role.REGULATOR)
        got = await browser.get(PATH)
        assert (got.status, got.text) == (200, SOUND)
        assert got.headers["Content-Type"] == "audio/wav"
        assert got.headers["Content-Disposition"] == 'inline; filename="report-1.wav"'
        assert got.headers["Cache-Control"] == "no-store"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert ("rita", "GET /complaints/{complaint}/recording", PATH) in served.audited()


async def test_a_player_may_ask_for_a_part(hotline: Hotline) -> None:
    async with hotline.served() as served:
        browser = await served.signed_in(Role.REGULATOR)
        got = await browser.get(PATH, {"Range": "bytes=5-7"})
        assert (got.status, got.text) == (206, SOUND[5:8])
        assert got.headers["Content-Range"] == f"bytes 5-7/{len(SOUND)}"
        assert (await browser.get(PATH, {"Range": "bytes=9999-"})).status == 416


@pytest.mark.parametrize("page", ["/cases/1", "/complaints"])
async def test_a_page_lets_a_regulator_listen_and_says_how_long_that_is_possible(hotline: Hotline, page: str) -> None:
    async with hotline.served() as served:
        shown = (await (await served.signed_in(Role.REGULATOR)).get(f"{page}?lang=en")).text
    assert f'<audio controls preload="none" src="{PATH}"' in shown
    assert "Spoken, 12 s." in shown
    until = shown.partition("The recording is kept until")[2]
    assert "2025-09-16" in until[:120]  # 90 days after NOON
    assert NAME not in shown
    assert "福清市场" in shown
    assert shown.count("<audio") == 1


async def test_an_operator_sees_that_there_is_one_and_may_not_listen(hotline: Hotline) -> None:
    async with hotline.served() as served:
        browser = await served.signed_in(Role.OPERATOR)
        shown = (await browser.get("/cases/1?lang=zh")).text
        assert "电话录音，12 秒" in shown
        assert "<audio" not in shown
        assert (await browser.get(PATH)).status == 403


async def test_a_recording_that_was_removed_is_404_and_said_to_be_gone(hotline: Hotline) -> None:
    async with hotline.served() as served:
        browser = await served.signed_in(Role.REGULATOR)
        assert recordings.sweep(hotline.file.parent, NOON + 1) == 1
        assert (await browser.get(PATH)).status == 404
        shown = (await browser.get("/cases/1?lang=en")).text
    assert "The recording is not here any more" in shown
    assert "<audio" not in shown


async def test_what_is_kept_for_ever_is_said_so(hotline: Hotline) -> None:
    hotline.days = 0
    async with hotline.served() as served:
        shown = (await (await served.signed_in(Role.REGULATOR)).get("/complaints?lang=en")).text
    assert "The recording is kept." in shown


@pytest.mark.parametrize(
    "path",
    ["/complaints/2/recording", "/complaints/3/recording", "/complaints/9/recording", "/complaints/x/recording",
     "/complaints/..%2Fsecret/recording"],
)  # fmt: skip
async def test_nothing_else_can_be_had(hotline: Hotline, path: str) -> None:
    async with hotline.served() as served:
        assert (await (await served.signed_in(Role.REGULATOR)).get(path)).status == 404


async def test_a_link_out_of_the_folder_is_not_followed(hotline: Hotline, tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text("secret")
    hotline.file.unlink()
    hotline.file.symlink_to(tmp_path / "passwords")
    async with hotline.served() as served:
        assert (await (await served.signed_in(Role.REGULATOR)).get(PATH)).status == 404


async def test_a_gateway_without_a_hotline_says_that_the_recording_is_elsewhere(hotline: Hotline) -> None:
    async with hotline.served(lambda own: replace(own, recordings=None)) as served:
        browser = await served.signed_in(Role.REGULATOR)
        assert "on the machine of another gateway" in (await browser.get("/complaints?lang=en")).text
        assert (await browser.get(PATH)).status == 404


async def test_without_a_case_book_there_is_nothing_to_listen_to_yet(tmp_path: Path) -> None:
    async with serving(tmp_path, sections=[RecordingPages(room(tmp_path))]) as served:
        assert (await (await served.signed_in(Role.REGULATOR)).get(PATH)).status == 503
