"""Sessions, hub and presence without actors. Tests decide when a session is read."""

from collections.abc import Iterable
from typing import Any

import attrs

from chatroom.hub.flusher import Flusher
from chatroom.hub.hub import Hub
from chatroom.hub.presence import Presence
from chatroom.hub.session_handle import SessionHandle
from chatroom.hub.session_registry import SessionRegistry
from chatroom.model import Message

from ..builders import Box, Json, decode, token_of

GRACE_S = 5


def message(seq: int, rev: int | None = None, text: str = "hello") -> Message:
    return Message("lobby", seq, seq if rev is None else rev, "alice", text, timestamp=seq)


class BoxedSession(SessionHandle):
    """A session without flushes: frames stay queued until a test takes them."""

    def __init__(self, session: str, *, outbox_bytes: int) -> None:
        self.box = Box()
        super().__init__(session, outbox_bytes=outbox_bytes, flusher=Flusher(), transport=self.box)

    async def drain(self) -> list[bytes]:
        await self.outbox.write_out()
        frames, self.box.frames[:] = list(self.box.frames), []
        return frames


async def taken(session: BoxedSession) -> list[Json]:
    """Take the queued frames."""
    return [decode(frame) for frame in await session.drain()]


async def events(session: BoxedSession) -> list[Any]:
    """Take the queued events, as method and params."""
    return [(frame["method"], frame["params"]) for frame in await taken(session)]


@attrs.define(eq=False)
class Desk:
    """The delivery parts of a node. Tests decide which rooms a person's inbox follows."""

    registry: SessionRegistry = attrs.Factory(SessionRegistry)
    hub: Hub = attrs.field(init=False)
    presence: Presence = attrs.field(init=False)
    opened: int = 0

    def __attrs_post_init__(self) -> None:
        self.hub = Hub("epoch", self.registry, max_presence_members=3)
        self.presence = Presence(self.hub, grace_s=GRACE_S)

    def connect(self, user: str, watching: Iterable[str] = ()) -> BoxedSession:
        self.opened += 1
        session = BoxedSession(f"session-{self.opened}", outbox_bytes=1 << 20)
        session.identify(token_of(user), connected_at=0)
        self.registry.add(session)
        self.presence.session_began(user)
        for room in watching:
            self.hub.watch(room, session)
        return session

    def disconnect(self, session: SessionHandle) -> None:
        """End a session, with the same order of calls as a real one."""
        self.hub.disconnect(session)
        self.presence.session_ended(session.user)
