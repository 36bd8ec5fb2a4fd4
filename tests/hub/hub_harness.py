"""Lines, topics and presence without actors: lines that are read when a test says so."""

from collections.abc import Iterable
from typing import Any

import attrs

from chatroom.hub.channels import Channels
from chatroom.hub.flusher import Flusher
from chatroom.hub.line import Line
from chatroom.hub.lines import Lines
from chatroom.hub.presence import Presence
from chatroom.model import Message

from ..builders import Box, Json, decode

GRACE_S = 5


def message(seq: int, rev: int | None = None, text: str = "hello") -> Message:
    return Message("lobby", seq, seq if rev is None else rev, "alice", text, timestamp=seq)


class BoxedLine(Line):
    """A line that nobody flushes: what is queued stays until a test takes it."""

    def __init__(self, session: str, *, outbox_bytes: int) -> None:
        self.box = Box()
        super().__init__(session, outbox_bytes=outbox_bytes, flusher=Flusher(), way=self.box)

    async def drain(self) -> list[bytes]:
        await self.write_out()
        frames, self.box.frames[:] = list(self.box.frames), []
        return frames


async def taken(line: BoxedLine) -> list[Json]:
    """What is queued."""
    return [decode(frame) for frame in await line.drain()]


async def events(line: BoxedLine) -> list[Any]:
    """Method and params of what is queued."""
    return [(frame["method"], frame["params"]) for frame in await taken(line)]


@attrs.define(eq=False)
class Desk:
    """What a node has of delivery. A person's inbox follows rooms when a test says so."""

    lines: Lines = attrs.Factory(Lines)
    topics: Channels = attrs.Factory(lambda: Channels("epoch"))
    presence: Presence = attrs.field(init=False)
    sessions: int = 0

    def __attrs_post_init__(self) -> None:
        self.presence = Presence(self.lines, self.topics, grace_s=GRACE_S, most_members=3)

    def connect(self, user: str, watching: Iterable[str] = ()) -> BoxedLine:
        self.sessions += 1
        line = BoxedLine(f"session-{self.sessions}", outbox_bytes=1 << 20)
        line.identify(user, user.encode())
        self.lines.add(line)
        self.presence.came(user)
        for room in watching:
            self.topics.watch(room, line)
        return line

    def disconnect(self, line: Line) -> None:
        """In the order in which a session does it."""
        self.lines.remove(line)
        for room in list(line.watching):
            self.topics.unwatch(room, line)
        self.presence.went(line.user)
