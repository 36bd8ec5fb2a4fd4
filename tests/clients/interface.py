"""What the suite needs of a client, of any language."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from chatroom.client import MessageChanged, NewMessage


class Person(Protocol):
    """A client of one account."""

    async def join(self, room: str) -> None:
        """Join a room and watch it."""

    async def look_away(self, room: str) -> None:
        """Watch a room no longer."""

    async def send(self, room: str, text: str) -> int:
        """Return the seq."""

    async def edit(self, room: str, seq: int, text: str) -> None: ...

    async def delete(self, room: str, seq: int) -> None: ...

    async def next(self) -> NewMessage | MessageChanged:
        """Wait for what happens next in the watched rooms, as the client's user sees it."""


class Clients(Protocol):
    """A kind of client.

    :ivar paces: of five watchers, each in its own way slower or faster.
    """

    @property
    def paces(self) -> Sequence[int]: ...

    def connect(
        self, url: str, token: str, pace: int | None
    ) -> AbstractAsyncContextManager[Person]:
        """:param pace: one of ``paces``; None: nothing is watched."""
