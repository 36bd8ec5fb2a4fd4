"""A client's view of a room: the latest messages with their changes applied, and presence.

Updated in the order of events, when the client receives them.
"""

import time
from collections.abc import Callable
from typing import Final

import attrs

from ..model import (
    MAX_SHOWN_USERS,
    Message,
    Quoted,
    Reaction,
    Role,
    Thread,
    Visibility,
    Who,
    thread_after,
)
from ..protocol.events import MemberChanged, MuteChanged, Presence, ReactionsChanged, Typing
from ..protocol.results import RoomSettings, Subscribed
from .events import LogEvent, MessageChanged, NewMessage, Resynced

MAX_MESSAGES: Final = 1000
"""Maximum number of messages in a view. ``Chat.history`` returns older ones."""
TYPING_S: Final = 6
"""How long a typing notification is valid. The server does not repeat it, and sends no end if the
user merely pauses."""


@attrs.define(eq=False)
class Room:
    """A subscribed room.

    :ivar messages: those of the main log, by seq, ascending.
    :ivar in_threads: the latest messages in threads that came as events, by seq, ascending.
    :ivar threads: the threads below ``messages``, by root.
    :ivar my_reactions: by seq, the emojis with which the user reacted; none for messages without.
    :ivar quoted: by seq, the beginning of messages that others answer, as far as pages told it.
    :ivar head_seq: the latest seq known from the server.
    :ivar online: user names; empty in rooms too large for presence. A presence event
        does not name a room. So a user who came online later may be a member of another subscribed
        room instead.
    """

    name: str
    title: str = ""
    topic: str = ""
    visibility: Visibility = "public"
    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False
    role: Role = "member"
    read_seq: int = 0
    head_seq: int = 0
    messages: dict[int, Message] = attrs.field(factory=dict)
    my_reactions: dict[int, tuple[str, ...]] = attrs.field(factory=dict)
    quoted: dict[int, Quoted] = attrs.field(factory=dict)
    in_threads: dict[int, Message] = attrs.field(factory=dict)
    threads: dict[int, Thread] = attrs.field(factory=dict)
    user: str = ""
    online: set[str] = attrs.field(factory=set)
    _has_presence: bool = True
    _typing: dict[str, tuple[int | None, float]] = attrs.field(factory=dict)
    _clock: Callable[[], float] = time.monotonic

    @property
    def typing(self) -> set[str]:
        """Who types in the main log."""
        return self.typing_in(None)

    def typing_in(self, thread: int | None) -> set[str]:
        """Return who types in a thread, or in the main log."""
        from_ = self._clock() - TYPING_S
        typists = self._typing.items()
        return {user for user, (where, since) in typists if where == thread and since > from_}

    @property
    def last(self) -> Message | None:
        return self.messages[next(reversed(self.messages))] if self.messages else None

    def apply(self, event: LogEvent) -> None:
        match event:
            case NewMessage(message):
                self.head_seq = max(self.head_seq, message.seq)
                if message.thread is not None:
                    self._apply_in_thread(message, message.thread)
                    return
                self.messages[message.seq] = message
                if message.reply_to in self.messages:
                    self.quoted[message.reply_to] = self.messages[message.reply_to].quote()
                if len(self.messages) > MAX_MESSAGES:
                    oldest = next(iter(self.messages))
                    gone = self.messages.pop(oldest)
                    self.my_reactions.pop(oldest, None)
                    self.threads.pop(oldest, None)
                    self._forget_quoted(gone.reply_to)
            case MessageChanged(message):
                if message.seq in self.quoted:
                    self.quoted[message.seq] = message.quote()
                for messages in (self.messages, self.in_threads):
                    if message.seq in messages:
                        messages[message.seq] = message
                if message.deleted:
                    self.my_reactions.pop(message.seq, None)
            case ReactionsChanged(seq=seq):
                for messages in (self.messages, self.in_threads):
                    if seq in messages:
                        messages[seq] = with_reaction(messages[seq], event)
                        if event.user == self.user:
                            self._react(event)
            case Resynced(messages=messages):
                self.messages = {m.seq: m for m in messages if m.thread is None}
                self.in_threads = {m.seq: m for m in messages if m.thread is not None}

    def _apply_in_thread(self, message: Message, root: int) -> None:
        self.in_threads[message.seq] = message
        known = self.threads.get(root)
        # A page may count messages whose events come later.
        if root in self.messages and (known is None or message.seq > known.last_seq):
            self.threads[root] = thread_after(known, root, message)
        if len(self.in_threads) > MAX_MESSAGES:
            oldest = next(iter(self.in_threads))
            del self.in_threads[oldest]
            self.my_reactions.pop(oldest, None)

    def _forget_quoted(self, seq: int | None) -> None:
        if seq is not None and all(each.reply_to != seq for each in self.messages.values()):
            self.quoted.pop(seq, None)

    def _react(self, event: ReactionsChanged) -> None:
        others = tuple(e for e in self.my_reactions.pop(event.seq, ()) if e != event.emoji)
        if emojis := (*others, event.emoji) if event.added else others:
            self.my_reactions[event.seq] = emojis

    def apply_transient(self, event: Typing | Presence | MemberChanged | MuteChanged) -> None:
        match event:
            case Typing(user=user, typing=True):
                self._typing[user] = event.thread, self._clock()
            case Typing(user=user):  # it ends before it begins elsewhere
                self._typing.pop(user, None)
            case Presence(user=user, online=True):
                if self._has_presence:
                    self.online.add(user)
            case Presence(user=user):
                self.online.discard(user)
            case MemberChanged(user=user, role=None):
                self.online.discard(user)
                self._typing.pop(user, None)
            case MemberChanged() | MuteChanged():
                pass  # a view has no list of members

    def configure(self, settings: RoomSettings | Subscribed) -> None:
        self.title, self.topic = settings.title, settings.topic
        self.visibility, self.archived = settings.visibility, settings.archived
        self.posting, self.inviting = settings.posting, settings.inviting
        self.slow_mode_s = settings.slow_mode_s

    def refresh(self, page: Subscribed) -> None:
        """Apply the fields of a reply to ``subscribe``, except its messages."""
        self.configure(page)
        self.role, self.read_seq = page.role, page.read_seq
        self.head_seq = page.head_seq
        self._has_presence = page.online.users is not None
        self.online = set(page.online.users or ())
        if not page.recovered:
            self.my_reactions.clear()
            self.quoted.clear()
            self.threads.clear()
        for message in page.messages:
            self.my_reactions.pop(message.seq, None)
        self.my_reactions |= {each.seq: each.emojis for each in page.my_reactions}
        self.quoted |= {each.seq: each for each in page.quoted}
        self.threads |= {each.root: each for each in page.threads}
        self._typing.clear()


def with_reaction(message: Message, event: ReactionsChanged) -> Message:
    """Return the message after a change of its reactions.

    If one of the users that it names took the reaction back, it may name fewer than the server.
    """
    reactions = {each.emoji: each for each in message.reactions}
    known = reactions.get(event.emoji, Reaction(event.emoji, 0, ()))
    users = tuple(user for user in known.users if user != event.user)
    if event.added and len(known.users) == event.count - 1 < MAX_SHOWN_USERS:
        users = (*users, event.user)
    reactions[event.emoji] = Reaction(event.emoji, event.count, users)
    kept = tuple(each for each in reactions.values() if each.count)
    return attrs.evolve(message, rev=event.rev, reactions=kept)
