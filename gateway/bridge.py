"""The one meeting place of Deferred and awaitable.

`smpp` and `ivr` speak Deferred, the gateway speaks asyncio; awaiting one's object in the other's coroutine raises, so
every crossing goes through here.  Both run on the same loop (Twisted's asyncio reactor).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


async def result_of(deferred: Deferred[T]) -> T:
    """What `deferred` fires with, in asyncio.  One that has fired already costs no turn of the loop."""
    if deferred.called and not deferred.paused:
        result: Any = deferred.result
        if isinstance(result, Failure):
            deferred.addErrback(lambda _: None)  # it is raised here, and need not be logged as unhandled
            result.raiseException()
        return result  # type: ignore[no-any-return]  # Deferred.result is untyped
    return await deferred.asFuture(asyncio.get_running_loop())


def deferred_of(work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> Deferred[T]:
    """A Deferred that fires with the result of `work`, which is started as an asyncio task if it is none yet."""
    return Deferred.fromFuture(asyncio.ensure_future(work))
