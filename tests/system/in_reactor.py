"""Tests as coroutines of Twisted: they await Deferreds, inside the running reactor."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest_twisted


def in_reactor(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
    """Run an `async def` test in the reactor.  The wrapper is a plain function, or pytest-asyncio would take it."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Coroutine[Any, Any, None]:
        return test(*args, **kwargs)

    return pytest_twisted.ensureDeferred(run)
