"""Lines, topics and presence without actors: lines that are read when a test says so."""

from collections.abc import Iterable
from typing import Any

import attrs
import trio

from chatroom.delivery.line import Line
from chatroom.delivery.lines import Lines
from chatroom.delivery.presence import Presence
from chatroom.delivery.topics import Topics
from chatroom.model import Message

from ..builders import Json, decode

GRACE_S = 5


def message(seq: int, rev: int | None = None, text: str = "hello") -> Message:
    return Message("lobby", seq, seq if rev is None else rev, "alice", text, timestamp=seq)


async def taken(line: Line) -> list[Json]:
    """What is queued, without waiting for more."""
    frames: list[bytes] = []
    with trio.move_on_after(0):
        frames = await line.drain()
    line.sent()
    return [decode(frame) for frame in frames]


async def events(line: Line) -> list[Any]:
    """Method and params of what is queued."""
    return [(frame["method"], frame["params"]) for frame in await taken(line)]


@attrs.define(eq=False)
class Desk:
    """What a node has of delivery. A person's inbox follows rooms when a test says so."""

    lines: Lines = attrs.Factory(Lines)
    topics: Topics = attrs.Factory(lambda: Topics("epoch"))
    presence: Presence = attrs.field(init=False)
    sessions: int = 0

    def __attrs_post_init__(self) -> None:
        self.presence = Presence(self.lines, self.topics, grace_s=GRACE_S, most_members=3)

    def connect(self, user: str, watching: Iterable[str] = ()) -> Line:
        self.sessions += 1
        line = Line(f"session-{self.sessions}", outbox_bytes=1 << 20)
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
