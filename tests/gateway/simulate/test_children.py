"""The processes of a trial run: which of them may end before the others are ready."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.simulate.children import ChildFailed, Children

_SECONDS = 60.0


@pytest.fixture
async def children(tmp_path: Path) -> AsyncIterator[Children]:
    found = Children(tmp_path / "log")
    yield found
    await found.stop()


async def until_another_is_ready(children: Children, path: Path) -> None:
    """It is ready once the first has ended, and its end was noticed."""
    gone = f"while kill -0 {children.pid('first')} 2>/dev/null; do :; done; touch {path}; exec sleep 600"
    await children.start("another", "sh", "-c", gone)
    await children.wait_for("another", path, _SECONDS)
    children.check()


async def test_who_is_to_end_may_be_done_before_another_is_ready(children: Children, tmp_path: Path) -> None:
    await children.start("first", "true", ends=True)
    await until_another_is_ready(children, tmp_path / "ready")
    await children.finished("first")
    children.check()


async def test_who_is_to_end_may_not_fail(children: Children, tmp_path: Path) -> None:
    await children.start("first", "sh", "-c", "echo no room; exit 3", ends=True)
    with pytest.raises(ChildFailed, match="first ended with status 3: no room"):
        await until_another_is_ready(children, tmp_path / "ready")


async def test_who_is_to_stay_may_not_end(children: Children, tmp_path: Path) -> None:
    await children.start("first", "true")
    with pytest.raises(ChildFailed, match="first ended with status 0: it said nothing"):
        await until_another_is_ready(children, tmp_path / "ready")
