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

from .errors import Busy, CallRefused, RateLimited, ServerFault

T = TypeVar("T")

PAUSE_S: Final = 1.0
"""At least so long after a refusal, for several calls to have become possible: a refusal counts."""
MAX_PAUSE_S: Final = 30.0
"""Between two attempts at a message that the server fails on, unless it asks for a longer one."""
MAX_FAULTS: Final = 10
"""Attempts at a message that the server fails on: some two and a half minutes."""


@attrs.define(eq=False)
class _Line:
    first: trio.Lock = attrs.field(factory=trio.Lock)
    not_before: float = -math.inf


class RetryQueue:
    """``patient``: rate limits are waited out too, not only a server that is about to restart."""

    def __init__(self, *, patient: bool) -> None:
        self._again = (Busy, RateLimited) if patient else (Busy,)
        self._lines: dict[str, _Line] = defaultdict(_Line)
        # Held by the message of a room that was refused for now, and by those after it.
        self._unsettled: dict[str, trio.Lock] = {}

    async def ask(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        line = self._lines[name]
        if not line.first.locked():
            try:
                return await ask()
            except self._again as refused:
                line.not_before = _later(refused)
        return await self._ask_in_turn(line, ask)

    async def send(self, name: str, room: str, ask: Callable[[], Awaitable[T]]) -> T:
        """A message to a room, by a call of that name. While an earlier one that was refused for
        now is unsettled, it is held back. A fault of the server is one of these refusals too: the
        clientId makes sure that it is sent once.
        """
        line, faults = self._lines[name], 0
        if room not in self._unsettled and not line.first.locked():
            try:
                return await ask()
            except self._again as refused:
                line.not_before = _later(refused)
            except ServerFault as refused:
                faults, not_before = 1, _later(refused)
        unsettled = self._unsettled.setdefault(room, trio.Lock())
        try:
            async with unsettled:
                while True:
                    if faults:
                        await trio.sleep_until(not_before)
                    try:
                        return await self._ask_in_turn(line, ask)
                    except ServerFault as refused:
                        faults += 1
                        if faults == MAX_FAULTS:
                            raise
                        not_before = _later(refused, PAUSE_S * 2 ** (faults - 1))
        finally:
            if not unsettled.locked():
                self._unsettled.pop(room, None)

    async def _ask_in_turn(self, line: _Line, ask: Callable[[], Awaitable[T]]) -> T:
        async with line.first:
            while True:
                await trio.sleep_until(line.not_before)
                try:
                    return await ask()
                except self._again as refused:
                    line.not_before = _later(refused)


def _later(refused: CallRefused, pause_s: float = PAUSE_S) -> float:
    asked_for = (refused.retry_after_ms or 0) / 1000
    return trio.current_time() + max(min(pause_s, MAX_PAUSE_S), asked_for)
