"""A thread of its own for statements that wait for the database, with a waiting room of limited size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from gateway.registry.faults import Crowded

Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")


class OneThread:
    """Runs one statement after the other.  `most_waiting` counts the one that runs."""

    def __init__(self, name: str, most_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def run(self, statement: Callable[Asked, Answered], *asked: Asked.args, **named: Asked.kwargs) -> Answered:
        """What the statement returns or raises.  Raises Crowded where too many wait already."""
        if self._waiting >= self._most_waiting:
            raise Crowded("too many requests wait: come back")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, partial(statement, *asked, **named))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for the statement at hand."""
        self._thread.shutdown(wait=True)
