"""Lets tests that run an asyncio loop of their own live beside those that share Twisted's.

pytest-twisted keeps one reactor, and with it one asyncio loop, alive in a greenlet, and runs every test inside it.
asyncio notes the running loop per thread, so a test that starts a loop of its own would be told that one runs already.
Here only tests decorated by pytest_twisted run inside the reactor, and the note goes with the greenlet.
"""

from __future__ import annotations

import asyncio
import os
from weakref import WeakKeyDictionary

import greenlet
import pytest
import pytest_twisted
from _pytest.python import pytest_pyfunc_call as call_plainly
from hypothesis import settings

# CI judges a change, so it tries the same examples each time; a developer's machine goes on looking for new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "search")

_running: WeakKeyDictionary[greenlet.greenlet, asyncio.AbstractEventLoop] = WeakKeyDictionary()


def _switch_running_loop(_event: str, greenlets: tuple[greenlet.greenlet, greenlet.greenlet]) -> None:
    origin, target = greenlets
    left = asyncio._get_running_loop()
    if left is None:
        _running.pop(origin, None)
    else:
        _running[origin] = left
    asyncio._set_running_loop(_running.get(target))


greenlet.settrace(_switch_running_loop)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Keep tests that did not ask for the reactor out of it."""
    return None if pytest_twisted._get_mark(pyfuncitem.obj) else call_plainly(pyfuncitem)
