"""The function by which the store runs blocking work: Trio's threads, or inline in tests."""

from collections.abc import Callable
from typing import Protocol, TypeVar, TypeVarTuple

import trio

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class RunSync(Protocol):
    """The part of :func:`trio.to_thread.run_sync` that the store uses.

    :raises RuntimeError: no thread could be started, and nothing was run.
    """

    async def __call__(
        self,
        sync_fn: Callable[[*Ts], T],
        *args: *Ts,
        limiter: trio.CapacityLimiter | None = None,
    ) -> T: ...
