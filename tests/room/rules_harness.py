"""A room's rules without a store or an actor: from calls to outcomes and events."""

from collections.abc import Callable, Collection
from typing import Any, Final

import attrs

from chatroom.hub.envelope import AnyEnvelope, Envelope, ReplyTo
from chatroom.model import AuditEntry, Member, Message, SendReceipt, direct_pair
from chatroom.protocol import calls
from chatroom.protocol.field_types import UserName
from chatroom.room.ahead import NOTHING_AHEAD, Ahead
from chatroom.room.quotas import Terms
from chatroom.room.rules import decide, needed
from chatroom.room.state import RoomState
from chatroom.store.conditions import NO_CONTEXT, Context
from chatroom.store.events import Audited, MessageChanged, MessagePosted, RoleChanged, RoomEvent
from chatroom.store.files import OwnUpload
from chatroom.store.reactions import Reactors, WantedReaction
from chatroom.store.room_log import Prefetched, Written
from chatroom.store.rooms import People

from ..builders import PEOPLE

TO: Final = ReplyTo("session", 1)
START: Final = 1000
ROOM: Final = "lobby"
"""The room named in the calls. Rules ignore it and use the room that they are given."""


def by(user: str, kind: Callable[..., Any], *args: Any, **more: Any) -> AnyEnvelope:
    return Envelope(user, TO, kind(*args, **more))


def send(
    user: str,
    text: str = "hello",
    client_id: str | None = None,
    reply: int | None = None,
    *,
    direct: bool = True,
) -> AnyEnvelope:
    """Send a message. In a direct room it goes to the other person; see :func:`addressed`."""
    where = {"to": user} if direct else {"room": ROOM}
    return by(user, calls.SendMessage, text, client_id=client_id, reply_to=reply, **where)


def in_room(kind: Callable[..., Any]) -> Callable[..., AnyEnvelope]:
    """Return a function from a user and the call's fields after ``room`` to the call."""

    def call(user: str, *args: Any, **more: Any) -> AnyEnvelope:
        return by(user, kind, ROOM, *args, **more)

    return call


edit = in_room(calls.EditMessage)
delete = in_room(calls.DeleteMessage)
read = in_room(calls.MarkRead)
level = in_room(calls.SetNotifications)
leave = in_room(calls.LeaveRoom)
invite = in_room(calls.Invite)
remove = in_room(calls.RemoveMember)
ban = in_room(calls.Ban)
unban = in_room(calls.Unban)
delete_room = in_room(calls.DeleteRoom)
set_room = in_room(calls.SetRoom)
set_role = in_room(calls.SetRole)
mute = in_room(calls.Mute)
unmute = in_room(calls.Unmute)
delete_messages_of = in_room(calls.DeleteMessagesOf)


def join(user: str, *, create: bool = True) -> AnyEnvelope:
    return by(user, calls.JoinRoom, ROOM, create)


def create(user: str, visibility: Any = "private", title: str | None = None) -> AnyEnvelope:
    return by(user, calls.CreateRoom, ROOM, visibility, title)


def create_group(user: str, *users: str) -> AnyEnvelope:
    return by(user, calls.CreateGroup, users, "group 1")


def addressed(room: str, envelope: AnyEnvelope) -> AnyEnvelope:
    """Return the call as the room would receive it: a direct message names the other person."""
    call = envelope.call
    if not isinstance(call, calls.SendMessage) or call.to is None:
        return envelope
    others = [name for name in direct_pair(room) or () if name != envelope.user]
    to = UserName(others[0]) if others else call.to
    return attrs.evolve(envelope, call=attrs.evolve(call, to=to))


@attrs.define(eq=False)
class PureRoom:
    """A room's state and rules. ``entries`` are the events of the last batch, and ``audited`` those
    for the audit.
    """

    name: str = "lobby"
    now: int = START
    accounts: set[str] = attrs.Factory(lambda: set(PEOPLE))
    state: RoomState = attrs.field(init=False)
    log: dict[int, Message] = attrs.Factory(dict)
    reactors: dict[tuple[int, str], list[str]] = attrs.Factory(dict)
    originals: dict[tuple[str, str], SendReceipt] = attrs.Factory(dict)
    entries: list[RoomEvent] = attrs.Factory(list)
    audited: list[AuditEntry] = attrs.Factory(list)
    uploads: dict[str, OwnUpload] = attrs.Factory(dict)
    context: Context = NO_CONTEXT
    terms: Terms = attrs.Factory(Terms)

    def __attrs_post_init__(self) -> None:
        self.state = RoomState(self.name, None)

    def batch(self, *requests: AnyEnvelope) -> list[Any]:
        """Decide and apply one batch, and return the outcomes."""
        requests = tuple(addressed(self.name, request) for request in requests)
        need = needed(requests)
        self.look_up(need.names, need.mentioned)
        call, ahead = requests[0].call, NOTHING_AHEAD
        if isinstance(call, calls.LeaveRoom | calls.SetRole):
            ahead = Ahead(successor=self.successor(requests[0].user))
        elif isinstance(call, calls.CreateGroup):
            self.look_up([requests[0].user, *call.users])
        elif isinstance(call, calls.DeleteMessagesOf):
            ahead = Ahead(written=self.written_by(call.user, call.since))
        found = Prefetched(
            {key: self.originals[key] for key in need.client_ids if key in self.originals},
            {seq: self.log[seq] for seq in (*need.seqs, *ahead.written.seqs) if seq in self.log},
            self.context,
            self._reactors(need.reactions),
            {each: self.uploads[each] for each in need.uploads if each in self.uploads},
        )
        beside: Any = {"now": self.now, "ahead": ahead, "terms": self.terms}
        decision = decide(self.state, requests, found, **beside)
        again = decide(self.state, requests, found, **beside)
        assert len(decision.outcomes) == len(requests)
        assert decision.entries == again.entries, "it is pure"
        self.apply(*decision.entries)
        return list(decision.outcomes)

    def _reactors(self, wanted: Collection[WantedReaction]) -> dict[tuple[int, str], Reactors]:
        """Return who reacted, as the store must."""
        asked = [(each.seq, each.emoji) for each in wanted]
        askers = {each.user for each in wanted}
        return {
            key: Reactors(
                tuple(self.reactors.get(key, [])[: 10 + asked.count(key)]),
                frozenset(askers.intersection(self.reactors.get(key, []))),
            )
            for key in asked
        }

    def call(self, request: AnyEnvelope) -> Any:
        (outcome,) = self.batch(request)
        return outcome

    def look_up(self, names: Collection[str], mentioned: Collection[str] = ()) -> None:
        unknown = self.state.unknown(names, mentioned)
        users = {name: name.title() for name in unknown if name in self.accounts}
        self.state.learn(unknown, People({}, {}, users))

    def apply(self, *entries: RoomEvent) -> None:
        self.entries = [entry for entry in entries if not isinstance(entry, Audited)]
        self.audited = [entry.entry for entry in entries if isinstance(entry, Audited)]
        self.state.apply(entries)
        for entry in entries:
            if isinstance(entry, MessagePosted | MessageChanged):
                self.log[entry.message.seq] = entry.message
            if isinstance(entry, MessageChanged) and (change := entry.reaction):
                users = self.reactors.setdefault((entry.message.seq, change.emoji), [])
                (users.append if change.added else users.remove)(change.user)
            if isinstance(entry, MessagePosted):
                for attachment in entry.message.attachments:
                    del self.uploads[attachment.id]
            if isinstance(entry, MessagePosted) and (client_id := entry.message.client_id):
                assert entry.original is not None
                self.originals[entry.message.sender, client_id] = entry.original

    def promote(self, *users: str) -> None:
        self.apply(*[RoleChanged(user, "moderator") for user in users])

    def successor(self, leaving: str) -> Member | None:
        """Return the next owner, as the store must."""
        order = ["owner", "moderator", "member"]
        others = [member for member in self.members() if member.user != leaving]
        return min(
            others, key=lambda one: (order.index(one.role), one.joined_at, one.user), default=None
        )

    def written_by(self, user: str, since: int) -> Written:
        return Written(
            tuple(
                message.seq
                for message in reversed(self.log.values())
                if message.sender == user and message.timestamp >= since and not message.deleted
            )
        )

    def members(self) -> list[Member]:
        people = self.state.people.values()
        return [person.member for person in people if person.member is not None]

    def roles(self) -> dict[str, str]:
        return {member.user: member.role for member in self.members()}


def room_of(*users: str) -> PureRoom:
    """Create a room. The first person owns it; each joins a millisecond after the previous."""
    room = PureRoom()
    for user in users:
        room.now += 1
        room.batch(join(user))
    return room


def private_of(owner: str, *others: str) -> PureRoom:
    room = PureRoom()
    room.batch(create(owner))
    for user in others:
        room.batch(invite(owner, user))
    return room


def direct_of(one: str, other: str) -> PureRoom:
    """Return a direct room that does not exist yet: the first message creates it."""
    first, second = sorted((one, other))
    return PureRoom(f"@{first}:{second}")
