"""A client of ours and a whole node in this process, in virtual time: connections are in memory,
and can be muted, cut and refused at will."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar, cast

import attrs
import trio
from trio.testing import MemoryReceiveStream, MemorySendStream, memory_stream_pair

from chatroom.client import Chat, Message, NewMessage
from chatroom.client.chat import talk
from chatroom.client.transport import Transport, upgrade

from ..session.node_harness import World

E = TypeVar("E")
MemoryStream: TypeAlias = trio.StapledStream[MemorySendStream, MemoryReceiveStream]

DEADLINE_S = 30 * 3600
"""Virtual: whatever takes longer hangs."""


class Wire(trio.abc.Stream):
    """The client's end of a connection."""

    def __init__(self, stream: MemoryStream) -> None:
        self._stream = stream
        self._cut = False
        self._heard = trio.Event()
        self._heard.set()
        self.bytes_per_s: int | None = None

    def mute(self) -> None:
        """What the server says from now on is not heard; what it is told, it still hears."""
        self._heard = trio.Event()

    def unmute(self) -> None:
        self._heard.set()

    def cut(self) -> None:
        self._cut = True
        self._heard.set()
        self._stream.send_stream.close()
        self._stream.receive_stream.close()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            if self.bytes_per_s is not None:
                await trio.sleep(1)
                max_bytes = self.bytes_per_s
            data = await self._stream.receive_some(max_bytes)
            await self._heard.wait()
        except trio.ClosedResourceError:
            raise trio.BrokenResourceError from None
        if self._cut:
            raise trio.BrokenResourceError
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self._cut:
            await trio.lowlevel.checkpoint()
            raise trio.BrokenResourceError
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


@attrs.define(eq=False)
class Network:
    """``answer``: who is met at the other end; the node, if nobody else is put there."""

    world: World
    down: bool = False
    dialled: list[float] = attrs.field(factory=list)
    wires: list[Wire] = attrs.field(factory=list)
    answer: Callable[[trio.abc.Stream], Awaitable[None]] | None = None

    @classmethod
    async def start(cls, nursery: trio.Nursery, **settings: Any) -> "Network":
        return cls(await World.start(nursery, **settings))

    @property
    def wire(self) -> Wire:
        """The last connection that was made."""
        return self.wires[-1]

    @asynccontextmanager
    async def dial(self) -> AsyncIterator[Transport]:
        self.dialled.append(trio.current_time())
        if self.down:
            raise OSError("no way there")
        if self.answer is None:
            stream: trio.abc.Stream = self.world.stream()
        else:
            stream, theirs = memory_stream_pair()
            self.world.nursery.start_soon(self.answer, theirs)
        self.wires.append(Wire(cast("MemoryStream", stream)))
        async with upgrade(self.wire, "localhost", "/ws") as dialled:
            yield dialled

    @asynccontextmanager
    async def chat(
        self,
        name: str = "alice",
        *,
        token: str | None = None,
        buffer: int | None = 1000,
        patient: bool = False,
    ) -> AsyncIterator[Chat]:
        token = token or await self.world.token(name)
        with trio.fail_after(DEADLINE_S):
            async with talk(self.dial, "memory", token, buffer, patient) as chat:
                yield chat


async def next_of(chat: Chat, kind: type[E]) -> E:
    """The next event of that kind; others are dropped."""
    async for event in chat.events():
        if isinstance(event, kind):
            return event
    raise AssertionError("events() ended")


async def messages(chat: Chat, count: int) -> list[Message]:
    """So many new messages; other events are dropped."""
    return [(await next_of(chat, NewMessage)).message for _ in range(count)]
