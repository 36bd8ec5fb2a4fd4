"""Calls of this process to its own rooms and inboxes. No session waits for their replies."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from .envelope import ReplyTo

INTERNAL: Final = ""
"""Session id of these replies."""


class InternalCalls:
    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[object], None]] = {}
        self._numbers = itertools.count()

    @contextmanager
    def expecting(self, handle: Callable[[object], None]) -> Iterator[ReplyTo]:
        """Yield an address for one reply. ``handle`` gets the reply."""
        number = next(self._numbers)
        self._handlers[number] = handle
        try:
            yield ReplyTo(INTERNAL, number)
        finally:
            self._handlers.pop(number, None)

    def answer(self, number: int, result: object) -> None:
        """Hand over a reply. No-op if there was one, or nobody waits any more."""
        if (handle := self._handlers.pop(number, None)) is not None:
            handle(result)
