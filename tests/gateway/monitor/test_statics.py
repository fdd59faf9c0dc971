"""Static files: called by what they hold, compressed once, small, and nothing else is served."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gateway.monitor.statics import Statics
from tests.gateway.monitor.served import TEMPLATES, serving


def test_another_content_is_another_path(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}", encoding="utf-8")
    before = Statics(tmp_path).path("a.css")
    assert Statics(tmp_path).path("a.css") == before
    (tmp_path / "a.css").write_text("b {}", encoding="utf-8")
    assert Statics(tmp_path).path("a.css") != before


def test_a_file_that_is_not_there_has_no_path(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Statics(tmp_path / "none").path("a.css")


def test_the_style_sheet_is_small() -> None:
    assert (TEMPLATES / "static" / "monitor.css").stat().st_size < 20_000


async def test_a_file_is_kept_by_browsers_for_a_year_and_compressed_for_those_who_take_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        client = served.browser().client
        path = Statics(TEMPLATES / "static").path("monitor.css")
        compressed = await client.get(path, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await compressed.read()) == await plain.read()
        assert "Content-Encoding" not in plain.headers
        for answer in (compressed, plain):
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/static/0000000000000000/monitor.css", "/static/{digest}/none.css", "/static/{digest}/%2e%2e/base.html"]
)
async def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    async with serving(tmp_path) as served:
        digest = Statics(TEMPLATES / "static").path("monitor.css").split("/")[2]
        assert (await served.browser().get(path.replace("{digest}", digest))).status == 404
