"""The Python client and a complete node in this process, in virtual time.

Connections are in memory. Tests can pause, cut and refuse them.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias, TypeVar, cast

import attrs
import trio
from trio.testing import MemoryReceiveStream, MemorySendStream, memory_stream_pair

from chatroom.client import Chat, Message, MessageChanged, NewMessage
from chatroom.client.connecting import connect_over
from chatroom.client.transport import Transport, upgrade

from ..client import PausableStream
from ..session.node_harness import World

E = TypeVar("E")
MemoryStream: TypeAlias = trio.StapledStream[MemorySendStream, MemoryReceiveStream]

DEADLINE_S = 30 * 3600
"""Timeout in virtual seconds."""


class Wire(PausableStream):
    """The client's end of a connection. While it is paused, it can still send."""

    def __init__(self, stream: MemoryStream) -> None:
        super().__init__(stream)
        self._ends = (stream.send_stream, stream.receive_stream)
        self._cut = False
        self.bytes_per_s: int | None = None

    def cut(self) -> None:
        self._cut = True
        self.resume()
        for end in self._ends:
            end.close()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            if self.bytes_per_s is not None:
                await trio.sleep(1)
                max_bytes = self.bytes_per_s
            data = await super().receive_some(max_bytes)
        except trio.ClosedResourceError:
            raise trio.BrokenResourceError from None
        if self._cut:
            raise trio.BrokenResourceError
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self._cut:
            await trio.lowlevel.checkpoint()
            raise trio.BrokenResourceError
        await super().send_all(data)


@attrs.define(eq=False)
class Network:
    """Connects clients. ``peer`` answers new connections, by default the node."""

    world: World
    down: bool = False
    dialled: list[float] = attrs.field(factory=list)
    wires: list[Wire] = attrs.field(factory=list)
    peer: "Peer | None" = None

    @classmethod
    async def start(cls, nursery: trio.Nursery, **settings: Any) -> "Network":
        return cls(await World.start(nursery, **settings))

    @property
    def wire(self) -> Wire:
        """The latest connection."""
        return self.wires[-1]

    def go_down(self) -> None:
        """Cut the latest connection, and refuse new ones."""
        self.down = True
        self.wire.cut()

    @asynccontextmanager
    async def dial(self) -> AsyncIterator[Transport]:
        self.dialled.append(trio.current_time())
        if self.down:
            raise OSError("unreachable")
        if self.peer is None:
            stream: trio.abc.Stream = self.world.stream()
        else:
            stream, theirs = memory_stream_pair()
            self.world.nursery.start_soon(self.peer, self, theirs)
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
            async with connect_over(self.dial, "memory", token, buffer, patient) as chat:
                yield chat

    @asynccontextmanager
    async def meet(self, *names: str, **options: Any) -> AsyncIterator[list[Chat]]:
        """Yield a client for each name. All have joined the room ``general``, which the first owns.

        :param options: of the last client.
        """
        async with AsyncExitStack() as stack:
            chats = list[Chat]()
            for name in names:
                opening = self.chat(name, **(options if name == names[-1] else {}))
                chats.append(await stack.enter_async_context(opening))
            for chat in chats:
                await chat.join("general")
            yield chats


Peer: TypeAlias = Callable[[Network, trio.abc.Stream], Awaitable[None]]
"""Answers a connection."""
StartNetwork: TypeAlias = Callable[..., Awaitable[Network]]
"""Starts a network with a node of these settings."""


@attrs.define(eq=False)
class Heard:
    """The messages of events, by room and seq. Checks that each is told once and in order."""

    rooms: defaultdict[str, dict[int, Message]] = attrs.field(factory=lambda: defaultdict(dict))

    def take(self, event: object) -> None:
        match event:
            case NewMessage(message):
                assert message.seq == len(self.rooms[message.room]) + 1
                self.rooms[message.room][message.seq] = message
            case MessageChanged(message):
                assert message.rev > self.rooms[message.room][message.seq].rev
                self.rooms[message.room][message.seq] = message
            case _:
                pass  # not part of the log


async def next_of(chat: Chat, kind: type[E]) -> E:
    """Return the next event of that kind, and drop others."""
    async for event in chat.events():
        if isinstance(event, kind):
            return event
    raise AssertionError("events() ended")


async def messages(chat: Chat, count: int) -> list[Message]:
    """Return the next ``count`` new messages, and drop other events."""
    return [(await next_of(chat, NewMessage)).message for _ in range(count)]


async def log_of(chat: Chat, room: str) -> dict[int, Message]:
    """Read all messages of a room, by seq."""
    log = dict[int, Message]()
    page = await chat.history(room, after=0, limit=200)
    while page.messages:
        log |= {message.seq: message for message in page.messages}
        page = await chat.history(room, after=page.messages[-1].seq, limit=200)
    return log
