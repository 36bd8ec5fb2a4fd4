"""A node without connections, for tests of actors.

Tests create session handles themselves, and decode the frames that these receive.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import orjson
import trio

from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.errors import CloseCode, Refused
from chatroom.hub.envelope import Envelope
from chatroom.hub.pending_calls import Handled
from chatroom.hub.session_handle import SessionHandle
from chatroom.inbox import mail as inbox_mail
from chatroom.model import Account, Token, direct_pair
from chatroom.node import Node
from chatroom.protocol import calls, results
from chatroom.protocol.declaring import InboxCall, RoomCall
from chatroom.protocol.field_types import RoomName, UserName
from chatroom.room import mail as room_mail
from chatroom.store.store import Store

PEOPLE: Final = ("alice", "bob", "carol", "dave")
OUTBOX_BYTES: Final = 64 << 20
CONFIG: Final = Config(data=Path("nowhere"), rate_limits="off")
Json = dict[str, Any]


def accounts(*names: str) -> list[Account]:
    return [Account(name, name.title(), None, created_at=0) for name in names]


def token_of(user: str, digest: bytes = b"") -> Token:
    return Token(digest, user, created_at=0, expires_at=1 << 60, id="id")


def decode(frame: bytes) -> Json:
    """Decode a server's text frame (RFC 6455, section 5.2): unmasked and not fragmented."""
    assert frame[0] == 0x81
    length, start = frame[1], 2
    if length >= 126:
        start = 4 if length == 126 else 10
        length = int.from_bytes(frame[2:start], "big")
    assert len(frame) == start + length
    value: Json = orjson.loads(frame[start:])
    return value


class Answer:
    """The result of one call, once it has arrived. A second result is an error."""

    def __init__(self) -> None:
        self.given = trio.Event()
        self.result: Any = None

    def __call__(self, result: object) -> None:
        assert not self.given.is_set()
        self.result = result
        self.given.set()

    async def wait(self) -> Any:
        await self.given.wait()
        return self.result


@attrs.define(eq=False)
class Box:
    """A session's transport. Frames go into a list, or to a function."""

    frames: list[bytes] = attrs.Factory(list)
    take: Callable[[Sequence[bytes]], None] = attrs.field(init=False)
    open: trio.Event = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.take = self.frames.extend
        self.open = trio.Event()
        self.open.set()

    def send_now(self, frames: bytes) -> int | None:
        return None  # so that frames are sent one by one

    async def send_frames(self, frames: Sequence[bytes]) -> None:
        await self.open.wait()
        self.take(frames)


@attrs.define(eq=False)
class Guest:
    """One session of a person, and all frames that it received, in order."""

    node: Node
    session: SessionHandle
    box: Box
    heard: list[Json] = attrs.Factory(list)
    news: trio.lowlevel.ParkingLot = attrs.Factory(trio.lowlevel.ParkingLot)

    @property
    def user(self) -> str:
        return self.session.user

    def hear(self, frames: Sequence[bytes]) -> None:
        self.heard += map(decode, frames)
        self.news.unpark_all()

    # ---- calls

    async def post(self, room: str, kind: Callable[..., Any], *args: Any, **more: Any) -> Answer:
        """Post a call of that class to a room, without waiting for the result."""
        answer = Answer()
        call = made(self.user, room, kind, *args, **more)
        envelope = Envelope(self.user, self.session.calls.add(Handled(answer)), call)
        await self.node.actors.post(room_mail.address(room), envelope)
        return answer

    async def ask(self, room: str, kind: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Make a call, and return the result or the Refused."""
        return await (await self.post(room, kind, *args, **more)).wait()

    async def call(
        self, call_id: int | str, room: str, kind: Callable[..., Any], *args: Any
    ) -> None:
        """Post a call whose reply arrives as a frame among the events."""
        call = made(self.user, room, kind, *args)
        envelope = Envelope(self.user, self.session.calls.add(call_id), call)
        await self.node.actors.post(room_mail.address(room), envelope)

    async def replied(self, call_id: int | str) -> Json:
        """Wait for the reply to a :meth:`call`, and return its frame."""
        while True:
            for frame in self.heard:
                if frame.get("id") == call_id:
                    return frame
            await self.news.park()

    async def join(self, room: str) -> results.Joined:
        joined: results.Joined = await self.ask(room, calls.JoinRoom, True)
        return joined

    async def send_together(self, room: str, *texts: str) -> list[Any]:
        """Send messages without waiting in between, and return the results."""
        answers = [await self.post(room, calls.SendMessage, text) for text in texts]
        return [await answer.wait() for answer in answers]

    async def send(self, room: str, text: str = "hello", client_id: str | None = None) -> Any:
        return await self.ask(room, calls.SendMessage, text, client_id)

    async def subscribe(
        self,
        room: str,
        since_rev: int | None = None,
        limit: int | None = None,
        epoch: str | None = None,
    ) -> Any:
        if since_rev is not None and epoch is None:
            epoch = self.node.store.epoch
        return await self.ask(room, calls.Subscribe, epoch, since_rev, limit)

    async def post_to_inbox(self, call: InboxCall[Any]) -> Answer:
        """Post a call to the person's inbox, without waiting for the result."""
        answer = Answer()
        envelope = Envelope(self.user, self.session.calls.add(Handled(answer)), call)
        await self.node.actors.post(inbox_mail.address(self.user), envelope)
        return answer

    async def ask_inbox(self, call: InboxCall[Any]) -> Any:
        return await (await self.post_to_inbox(call)).wait()

    async def inbox(self, after: str | None = None, limit: int = 100) -> Any:
        call: Any = calls.GetInbox
        return await self.ask_inbox(call(after, limit))

    async def rooms(
        self, query: str | None = None, after: str | None = None, limit: int = 100
    ) -> Any:
        call: Any = calls.ListRooms
        return await self.ask_inbox(call(query, after, limit))

    # ---- events

    def events(self, *methods: str) -> list[Json]:
        """Return the params of events, of some methods or all, with the method as ``event``."""
        return [
            {"event": frame["method"], **frame["params"]}
            for frame in self.heard
            if frame.get("method") in methods or (not methods and "method" in frame)
        ]

    def revs(self) -> list[int]:
        """Return the revs of all messages in events."""
        return [
            event["rev"]
            for event in self.events("newMessage", "messageChanged", "reactionsChanged")
        ]


def made(user: str, room: str, kind: Callable[..., Any], *args: Any, **more: Any) -> RoomCall[Any]:
    """Create a call of that class to a room. In a direct room, a message names the other person."""
    call: RoomCall[Any]
    if kind is not calls.SendMessage:
        call = kind(room, *args, **more)
        return call
    text, client_id = (*args, None)[:2]
    pair = direct_pair(room)
    if pair is not None and user in pair:
        other = pair[0] if pair[1] == user else pair[1]
        return calls.SendMessage(text, to=UserName(other), client_id=client_id, **more)
    return calls.SendMessage(text, room=RoomName(room), client_id=client_id, **more)


@attrs.define(eq=False)
class House:
    """A running node, and a nursery for the guests' tasks."""

    node: Node
    nursery: trio.Nursery
    sessions: int = 0

    @property
    def store(self) -> Store:
        return self.node.store

    async def guest(
        self, user: str, *, outbox_bytes: int = OUTBOX_BYTES, token: Token | None = None
    ) -> Guest:
        """Connect a person as a session does: register the session, then read the inbox."""
        self.sessions += 1
        box = Box()
        session = SessionHandle(
            f"session-{self.sessions}",
            outbox_bytes=outbox_bytes,
            flusher=self.node.flusher,
            transport=box,
        )
        session.identify(token or token_of(user), connected_at=0)
        guest = Guest(self.node, session, box)
        box.take = guest.hear
        self.node.hub.connect(session)
        await guest.inbox()
        self.node.presence.session_began(user)
        return guest

    async def guests(self, *users: str) -> list[Guest]:
        return [await self.guest(user) for user in users]

    async def meet(self, room: str, *users: str) -> list[Guest]:
        """Connect people and let them join a room, which the first one owns."""
        guests = await self.guests(*users)
        for guest in guests:
            await guest.join(room)
        return guests

    async def private(self, room: str, *users: str) -> list[Guest]:
        """Connect people, of whom the first one creates a private room and invites the others."""
        guests = await self.guests(*users)
        await guests[0].ask(room, calls.CreateRoom, "private", None, None)
        for user in users[1:]:
            await guests[0].ask(room, calls.Invite, user)
        return guests

    def leave(self, guest: Guest) -> None:
        """Disconnect a guest as a session does at its end."""
        node, session = self.node, guest.session
        session.end(CloseCode.NORMAL)
        node.hub.disconnect(session)
        node.presence.session_ended(session.user)

    @contextmanager
    def stuck(self, guest: Guest) -> Iterator[None]:
        """Let the guest's network accept nothing during the block."""
        guest.box.open = trio.Event()
        yield
        guest.box.open.set()

    async def settle(self) -> None:
        """Wait in virtual time until all events of earlier calls have been published."""
        await trio.sleep(1)

    async def hush(self, *guests: Guest) -> None:
        """Drop the frames received so far."""
        await self.settle()
        for guest in guests:
            guest.heard.clear()


@asynccontextmanager
async def open_house(
    store: Store,
    *,
    config: Config = CONFIG,
    clock: Callable[[], int] | None = None,
    people: Iterable[str] = PEOPLE,
    make_node: Callable[..., Node] = Node,
    deadline_s: float = 10_000,
) -> AsyncIterator[House]:
    """Run a node. With the autojump clock, a test that would hang meets the deadline at once."""
    await store.add_accounts(accounts(*people))
    node = make_node(config, store, clock=Clock(clock or Ticking(), None))
    with trio.fail_after(deadline_s):
        async with trio.open_nursery() as nursery:
            await nursery.start(node.run)
            yield House(node, nursery)
            nursery.cancel_scope.cancel()


@attrs.define
class Ticking:
    """A clock in ms that advances with each call. Tests may set ``now`` back."""

    now: int = 1_000_000

    def __call__(self) -> int:
        self.now += 1
        return self.now


def reason(result: object) -> str | None:
    """Return the reason of a refusal; None for a result."""
    return result.reason if isinstance(result, Refused) else None
