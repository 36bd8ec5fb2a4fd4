"""Random histories of several people in several rooms, and a runner for them on a node."""

from collections.abc import Sequence
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from chatroom.errors import Refused
from chatroom.model import InboxRoom, Level
from chatroom.protocol import calls, results
from chatroom.room import mail
from chatroom.store.events import MemberRemoved

from ..builders import PEOPLE, Guest, House, made, reason
from ..reference import ChatModel, wire

ROOMS: Final = ("lobby", "den", "@alice:bob", "@carol:carol")


TEXTS: Final = (
    *("hello", "hello @bob", "@alice, @carol.", "@room", "all in the @room, and @dave"),
    "mail to x@bob",
)


@attrs.frozen
class Op:
    """A person's call on a room."""

    kind: Any
    user: str
    room: str
    args: tuple[Any, ...] = ()


@attrs.frozen
class Together:
    """Calls that are posted without waiting for the replies in between."""

    ops: tuple[Op, ...]


@attrs.frozen
class Prune:
    room: str
    keep: int


@attrs.frozen
class Away:
    """End all sessions of a person, who connects again before the next call."""

    user: str


Step = Together | Prune | Away


@attrs.frozen
class Back:
    """A seq, counted back from the room's head at the time of the call. Below 0 it is past it."""

    by: int


# Repeated by weight; `one_of` would draw all with the same probability.
_KINDS: Final = (
    *[calls.SendMessage] * 8,
    *[calls.MarkRead] * 4,
    *[calls.EditMessage, calls.DeleteMessage, calls.JoinRoom, calls.Invite] * 3,
    *[calls.SetNotifications, calls.LeaveRoom, calls.RemoveMember, calls.Ban, calls.Unban],
)


@st.composite
def _ops(draw: st.DrawFn) -> Op:
    kind, user = draw(st.sampled_from(_KINDS)), draw(st.sampled_from(PEOPLE))
    room, text = draw(st.sampled_from((*ROOMS[:1] * 4, *ROOMS))), st.sampled_from(sorted(TEXTS))
    if kind in (calls.JoinRoom, calls.Invite, calls.RemoveMember, calls.Ban, calls.Unban):
        room = draw(st.sampled_from(ROOMS[:2]))
    args: tuple[st.SearchStrategy[Any], ...] = ()
    match kind:
        case calls.SendMessage:
            args = text, st.sampled_from([None, None, None, "a", "b"])
        case calls.EditMessage:
            args = st.builds(Back, st.integers(0, 4)), text
        case calls.DeleteMessage | calls.MarkRead:
            args = (st.builds(Back, st.integers(-1, 2)),)
        case calls.SetNotifications:
            args = (st.sampled_from(["all", "mentions", "none"]),)
        case calls.JoinRoom:
            args = (st.just(True),)
        case calls.Invite | calls.RemoveMember | calls.Ban | calls.Unban:
            args = (st.sampled_from(PEOPLE),)
        case calls.LeaveRoom:
            pass
        case _:
            raise NotImplementedError(kind)
    return Op(kind, user, room, tuple(map(draw, args)))


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    match draw(st.integers(0, 11)):
        case 0:
            return Prune(draw(st.sampled_from(ROOMS)), draw(st.integers(0, 3)))
        case 1:
            return Away(draw(st.sampled_from(PEOPLE)))
        case _:
            return Together(tuple(draw(st.lists(_ops(), min_size=1, max_size=6))))


def histories(most: int = 25) -> st.SearchStrategy[list[Step]]:
    """Return histories that begin with everybody in a public room and most in a private one."""
    steps = st.lists(_steps(), min_size=most // 3, max_size=most)
    return steps.map(lambda drawn: [_BEGINNING, *drawn])


_BEGINNING: Final = Together(
    (
        *[Op(calls.JoinRoom, user, "lobby", (True,)) for user in PEOPLE],
        Op(calls.CreateRoom, "alice", "den", ("private", None, None)),
        *[Op(calls.Invite, "alice", "den", (user,)) for user in PEOPLE[1:3]],
        Op(calls.SendMessage, "alice", "den", ("hello @bob", None)),
    )
)


@attrs.define(eq=False)
class Life:
    """A node with its people, and the model of their calls."""

    house: House
    chat: ChatModel = attrs.Factory(lambda: ChatModel(users=set(PEOPLE)))
    guests: dict[str, Guest] = attrs.Factory(dict)

    async def guest(self, user: str) -> Guest:
        if user not in self.guests:
            self.guests[user] = await self.house.guest(user)
        return self.guests[user]

    async def live(self, step: Step) -> None:
        match step:
            case Together(drawn):
                ops = [self._resolved(op) for op in drawn]
                answers = [
                    await (await self.guest(op.user)).post(op.room, op.kind, *op.args) for op in ops
                ]
                # A room handles calls in the order in which they were posted.
                for op, answer in zip(ops, answers, strict=True):
                    result = await answer.wait()
                    if not isinstance(result, Refused):
                        self._enter(op, result)
                    assert reason(result) != "internal", op
            case Prune(room, keep):
                await self._prune(room, keep)
            case Away(user):
                if guest := self.guests.pop(user, None):
                    self.house.leave(guest)

    def _enter(self, op: Op, result: Any) -> None:
        """Enter a call that was done into the model, which must do the same.

        The order of joining, and so the owner, depends on the server's clock. So whoever may
        moderate owns the room in the model too.
        """
        call, name = made(op.user, op.room, op.kind, *op.args), op.kind.__name__
        members = self.chat.rooms[op.room].members if op.room in self.chat.rooms else {}
        for user, member in members.items():
            members[user] = attrs.evolve(member, role="owner" if user == op.user else "member")
        done = self.chat.call(op.user, name[0].lower() + name[1:], wire(call), now=0)
        expected = done.result
        if isinstance(expected, results.Sent):
            expected = attrs.evolve(expected, timestamp=result.timestamp)
        if isinstance(expected, results.Sent | results.Changed):
            assert result == expected, op

    def _resolved(self, op: Op) -> Op:
        """Replace relative seqs by real ones, and the author of an edit by the message's sender."""
        room = self.chat.rooms.get(op.room)
        head = 0 if room is None else room.head_seq
        args = [max(head - arg.by, 0) if isinstance(arg, Back) else arg for arg in op.args]
        user = op.user
        if op.kind is calls.EditMessage and room and (message := room.log.get(args[0])):
            user = message.sender
        return attrs.evolve(op, user=user, args=tuple(args))

    async def _prune(self, name: str, keep: int) -> None:
        """Prune a room if there is something to prune, as housekeeping does."""
        room = self.chat.rooms.get(name)
        if room is None or not room.prune_point(keep, None):
            return
        address = mail.address(name)
        await self.house.node.actors.post(address, mail.Prune(keep, None))
        # A reply in a later batch shows that the pruning is done.
        anybody = await self.guest("alice")
        for _ in range(2):
            await anybody.ask(name, calls.MarkRead, 0)
        self.chat.call("", "prune", {"room": name, "keep": keep}, now=0)

    async def erase(self, user: str) -> None:
        """Erase a person, and wait until nothing in rooms is left to erase."""
        if guest := self.guests.pop(user, None):
            self.house.leave(guest)
        await self.house.node.accounts.erase(user)
        await self.house.settle()
        assert await self.house.store.erasures("", 1) == []
        for room in self.chat.rooms.values():
            if user in room.members and room.kind != "direct":
                room.apply(MemberRemoved(user))
            for message in reversed(room.log.copy().values()):
                if message.sender == user and not message.deleted:
                    room.changing(message.seq, None)

    async def check(self, users: Sequence[str] = PEOPLE) -> None:
        """Check that the store, the awake inbox and the model agree for everybody."""
        for user in users:
            expected = self.chat.inbox(user)
            stored = await self.house.store.inbox(user)
            assert sorted(map(counts_of, stored)) == sorted(map(counts_of, expected)), user
            if guest := self.guests.get(user):
                inbox = await guest.inbox()
                assert sorted(
                    shown_counts(entry, entry.notifications) for entry in inbox.rooms
                ) == [shown_counts(room, room.level) for room in expected], user
                assert inbox.unread == sum(room.unread for room in expected)
                assert inbox.mentions == sum(room.mentions for room in expected)


def counts_of(room: InboxRoom) -> tuple[Any, ...]:
    """Return what must be equal in the store and in the model, which has other times and titles."""
    return (room.rev, *shown_counts(room, room.level))


def shown_counts(room: InboxRoom | results.InboxEntry, level: Level) -> tuple[Any, ...]:
    last = room.last_message.text if room.last_message else None
    counts = room.head_seq, room.read_seq, room.unread, room.mentions
    return room.room, room.visibility, *counts, level, last
