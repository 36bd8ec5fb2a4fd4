"""The Python client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs

from chatroom.client import Chat, MessageChanged, NewMessage, connect


@attrs.frozen
class PythonPerson:
    chat: Chat

    async def join(self, room: str) -> None:
        await self.chat.join(room)

    async def look_away(self, room: str) -> None:
        await self.chat.unsubscribe(room)

    async def send(self, room: str, text: str) -> int:
        return (await self.chat.send(room, text)).seq

    async def edit(self, room: str, seq: int, text: str) -> None:
        await self.chat.edit(room, seq, text)

    async def delete(self, room: str, seq: int) -> None:
        await self.chat.delete(room, seq)

    async def next(self) -> NewMessage | MessageChanged:
        while True:
            event = await anext(self.chat.events())
            if isinstance(event, NewMessage | MessageChanged):
                return event


class PythonClients:
    """A pace is the number of events that wait for the user at most."""

    paces: Final = (1000, 1000, 200, 50, 7)

    @asynccontextmanager
    async def connect(self, url: str, token: str, pace: int | None) -> AsyncIterator[PythonPerson]:
        async with connect(url, token, buffer=pace) as chat:
            yield PythonPerson(chat)
