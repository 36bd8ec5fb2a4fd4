"""Sessions, hub and presence without actors. Tests decide when a session is read."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import trio

from chatroom.hub.flusher import Flusher
from chatroom.hub.hub import Hub
from chatroom.hub.memory_budget import MemoryBudget
from chatroom.hub.presence import Presence
from chatroom.hub.session_handle import SessionHandle
from chatroom.hub.session_registry import SessionRegistry
from chatroom.model import Message
from chatroom.net.websocket import Closed

from ..builders import Box, Json, decode, token_of

GRACE_S = 5


def message(seq: int, rev: int | None = None, text: str = "hello") -> Message:
    return Message("lobby", seq, seq if rev is None else rev, "alice", text, timestamp=seq)


class Stuck(Box):
    """A transport that accepts nothing until a test sets ``open``."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.open = trio.Event()


class Gone(Box):
    """A transport whose peer has gone."""

    async def send_frames(self, frames: Sequence[bytes]) -> None:
        raise Closed(1006)


class BoxedSession(SessionHandle):
    """A session whose frames stay queued until a test takes them, unless a flusher is given."""

    def __init__(
        self,
        session: str = "session",
        user: str = "alice",
        *,
        digest: bytes = b"",
        outbox_bytes: int = 1000,
        flusher: Flusher | None = None,
        box: Box | None = None,
        budget: MemoryBudget | None = None,
    ) -> None:
        self.box = box or Box()
        super().__init__(
            session,
            outbox_bytes=outbox_bytes,
            flusher=flusher or Flusher(),
            transport=self.box,
            budget=budget,
        )
        self.identify(token_of(user, digest), connected_at=0)

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


def new_hub(registry: SessionRegistry | None = None) -> Hub:
    return Hub("epoch", SessionRegistry() if registry is None else registry, max_presence_members=3)


@attrs.define(eq=False)
class Desk:
    """The delivery parts of a node. Tests decide which rooms a person's inbox follows."""

    registry: SessionRegistry = attrs.Factory(SessionRegistry)
    hub: Hub = attrs.field(init=False)
    presence: Presence = attrs.field(init=False)
    opened: int = 0

    def __attrs_post_init__(self) -> None:
        self.hub = new_hub(self.registry)
        self.presence = Presence(self.hub, grace_s=GRACE_S)

    def connect(self, user: str, watching: Iterable[str] = ()) -> BoxedSession:
        self.opened += 1
        session = BoxedSession(f"session-{self.opened}", user, outbox_bytes=1 << 20)
        self.hub.connect(session)
        self.presence.session_began(user)
        for room in watching:
            self.hub.watch(session, room)
        return session

    def disconnect(self, session: SessionHandle) -> None:
        """End a session, with the same order of calls as a real one."""
        self.hub.disconnect(session)
        self.presence.session_ended(session.user)
