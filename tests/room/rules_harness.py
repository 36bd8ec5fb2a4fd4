"""A room's rules without a store or an actor: requests in, outcomes and entries out."""

from collections.abc import Iterable
from typing import Any, Final

import attrs

from chatroom.hub.line import ReplyTo
from chatroom.model import Member, Message, SendReceipt
from chatroom.room import mail
from chatroom.room.quotas import Terms
from chatroom.room.rules import client_ids_in, decide, mentioned_in, names_in, seqs_in
from chatroom.room.state import RoomState
from chatroom.store.conditions import NO_CONTEXT, Context
from chatroom.store.events import MessageChanged, MessagePosted, RoomEvent
from chatroom.store.room_log import Prefetched
from chatroom.store.rooms import People

from ..builders import PEOPLE

TO: Final = ReplyTo("session", 1)
START: Final = 1000


def send(
    user: str,
    text: str = "hello",
    client_id: str | None = None,
    reply: int | None = None,
    *,
    direct: bool = True,
) -> mail.Send:
    """For the other person, in a direct room."""
    return mail.Send(user, TO, text, client_id, reply, direct)


def edit(user: str, seq: int, text: str) -> mail.Edit:
    return mail.Edit(user, TO, seq, text)


def delete(user: str, seq: int) -> mail.Delete:
    return mail.Delete(user, TO, seq)


def read(user: str, seq: int) -> mail.MarkRead:
    return mail.MarkRead(user, TO, seq)


def level(user: str, to: Any) -> mail.SetLevel:
    return mail.SetLevel(user, TO, to)


def join(user: str, *, create: bool = True) -> mail.Join:
    return mail.Join(user, TO, create)


def create(user: str, visibility: Any = "private", title: str | None = None) -> mail.Create:
    return mail.Create(user, TO, visibility, title, None)


def leave(user: str) -> mail.Leave:
    return mail.Leave(user, TO)


def invite(user: str, target: str) -> mail.Invite:
    return mail.Invite(user, TO, target)


def remove(user: str, target: str) -> mail.Remove:
    return mail.Remove(user, TO, target)


def ban(user: str, target: str) -> mail.Ban:
    return mail.Ban(user, TO, target)


def unban(user: str, target: str) -> mail.Unban:
    return mail.Unban(user, TO, target)


@attrs.define(eq=False)
class Court:
    """``entries`` are those of the last batch."""

    name: str = "lobby"
    now: int = START
    accounts: set[str] = attrs.Factory(lambda: set(PEOPLE))
    state: RoomState = attrs.field(init=False)
    log: dict[int, Message] = attrs.Factory(dict)
    originals: dict[tuple[str, str], SendReceipt] = attrs.Factory(dict)
    entries: list[RoomEvent] = attrs.Factory(list)
    context: Context = NO_CONTEXT
    terms: Terms = attrs.Factory(Terms)

    def __attrs_post_init__(self) -> None:
        self.state = RoomState(self.name, None)

    def do(self, *requests: mail.Write) -> list[Any]:
        """One batch, decided and then applied; the outcomes."""
        self.look_up(
            [name for request in requests for name in names_in(self.name, request)],
            [name for request in requests for name in mentioned_in(request)],
        )
        successor = None
        if isinstance(requests[0], mail.Leave):
            successor = self.successor(requests[0].user)
        found = Prefetched(
            {key: self.originals[key] for key in client_ids_in(requests) if key in self.originals},
            {seq: self.log[seq] for seq in seqs_in(requests) if seq in self.log},
            self.context,
        )
        beside: Any = {"now": self.now, "successor": successor, "terms": self.terms}
        decision = decide(self.state, requests, found, **beside)
        again = decide(self.state, requests, found, **beside)
        assert len(decision.outcomes) == len(requests)
        assert decision.entries == again.entries, "it is pure"
        self.apply(*decision.entries)
        return list(decision.outcomes)

    def one(self, request: mail.Write) -> Any:
        (outcome,) = self.do(request)
        return outcome

    def look_up(self, names: Iterable[str], mentioned: Iterable[str] = ()) -> None:
        unknown = self.state.unknown(names, mentioned)
        users = {name: name.title() for name in unknown if name in self.accounts}
        self.state.learn(unknown, People({}, frozenset(), users))

    def apply(self, *entries: RoomEvent) -> None:
        self.entries = list(entries)
        self.state.follow(entries)
        for entry in entries:
            if isinstance(entry, MessagePosted | MessageChanged):
                self.log[entry.message.seq] = entry.message
            if isinstance(entry, MessagePosted) and (client_id := entry.message.client_id):
                assert entry.original is not None
                self.originals[entry.message.sender, client_id] = entry.original

    def successor(self, leaving: str) -> Member | None:
        """As the store has to tell it."""
        order = ["owner", "moderator", "member"]
        others = [member for member in self.members() if member.user != leaving]
        return min(
            others, key=lambda one: (order.index(one.role), one.joined_at, one.user), default=None
        )

    def members(self) -> list[Member]:
        people = self.state.people.values()
        return [person.member for person in people if person.member is not None]

    def roles(self) -> dict[str, str]:
        return {member.user: member.role for member in self.members()}


def room_of(*users: str, name: str = "lobby") -> Court:
    """The first one owns it; each joins a millisecond after the last."""
    court = Court(name)
    for user in users:
        court.now += 1
        court.do(join(user))
    return court


def private_of(*users: str) -> Court:
    court = Court()
    court.do(create(users[0]))
    for user in users[1:]:
        court.do(invite(users[0], user))
    return court


def direct_of(one: str, other: str) -> Court:
    """Not made yet: that is for the first message."""
    first, second = sorted((one, other))
    return Court(f"@{first}:{second}")
