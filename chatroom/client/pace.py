"""Calls that the server refuses for now, asked again at its pace. Knows no calls, only their names.

One at a time for each name, first come, first served: if all that wait asked together, all but one
would be refused together, again and again, and a server ends a session that does this.
"""

import math
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import attrs
import trio

from .errors import Busy, RateLimited

T = TypeVar("T")

PAUSE_S: Final = 1.0
"""At least so long after a refusal, for several calls to have become possible: a refusal counts."""


@attrs.define(eq=False)
class _Line:
    first: trio.Lock = attrs.field(factory=trio.Lock)
    not_before: float = -math.inf


class Pace:
    """``patient``: rate limits are waited out too, not only a server that is about to restart."""

    def __init__(self, *, patient: bool) -> None:
        self._again = (Busy, RateLimited) if patient else (Busy,)
        self._lines: dict[str, _Line] = defaultdict(_Line)

    async def ask(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        line = self._lines[name]
        if not line.first.locked():
            try:
                return await ask()
            except self._again as refused:
                line.not_before = _later(refused)
        async with line.first:
            while True:
                await trio.sleep_until(line.not_before)
                try:
                    return await ask()
                except self._again as refused:
                    line.not_before = _later(refused)


def _later(refused: Busy | RateLimited) -> float:
    return trio.current_time() + max(PAUSE_S, (refused.retry_after_ms or 0) / 1000)
