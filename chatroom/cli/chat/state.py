"""The state of the terminal chat: rooms and counts, the open room, unsent messages. Pure.

Applies replies to calls. Events of the client are applied by :mod:`.events`. Knows nothing of
screens, clocks and connections.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from ...client import InboxEntry, Message, ReactionsChanged, Users
from ...model import Quoted, ServerState, Thread, direct_pair
from ...protocol.results import History
from .inbox import Inbox
from .types import Facts, Pending
from .window import Window

MAX_RECENT: Final = 200
"""Maximum number of received messages to apply again to pages and entries that may be older."""


@attrs.define
class State:
    """The state of the terminal chat.

    :ivar shown: the open room.
    :ivar draft: the partner of an open direct room that does not exist yet; None: it exists.
    :ivar found: names of people that were asked for to complete what is typed.
    :ivar threads: the threads below messages of the open room, by root.
    :ivar quoted: the beginning of messages that others answer, by seq.
    :ivar recent: received messages and reactions, for pages that are older.
    :ivar dismissed: the time of the announcement that is not shown any more.
    :ivar editing: the seq of the message being edited in the input line.
    """

    me: str
    server: str
    inbox: Inbox = attrs.field(init=False)
    shown: str | None = None
    draft: str | None = None
    facts: Facts = attrs.field(factory=Facts)
    window: Window = attrs.field(factory=Window)
    threads: Mapping[int, Thread] = attrs.field(factory=dict)
    quoted: dict[int, Quoted] = attrs.field(factory=dict)
    members: set[str] = attrs.field(factory=set)
    users: Users = attrs.field(factory=Users)
    found: set[str] = attrs.field(factory=set)
    joinable: set[str] = attrs.field(factory=set)
    typing: dict[str, float] = attrs.field(factory=dict)
    pending: dict[str, Pending] = attrs.field(factory=dict)
    connected: bool = True
    server_state: ServerState | None = None
    dismissed: int = 0
    editing: int | None = None
    quitting: bool = False
    recent: deque[Message | ReactionsChanged] = attrs.field(
        factory=lambda: deque(maxlen=MAX_RECENT), init=False
    )

    @inbox.default
    def _new_inbox(self) -> Inbox:
        return Inbox(self.me)

    # ---- the list of rooms

    @property
    def rooms(self) -> list[str]:
        """Rooms, then direct rooms, by name, so that entries do not move in the list."""
        names = set(self.inbox.entries)
        if self.shown is not None:
            names.add(self.shown)
        return sorted(names, key=lambda name: (name.startswith("@"), self.label(name)))

    def label(self, room: str) -> str:
        """Return ``#general``, ``@bob``, or the title of a group."""
        pair = direct_pair(room)
        if pair is None:
            entry = self.inbox.entries.get(room) if room.startswith("~") else None
            return f"#{room if entry is None else entry.title}"
        return f"@{pair[1] if pair[0] == self.me else pair[0]}"

    def neighbour(self, step: int) -> str | None:
        rooms = self.rooms
        if not rooms:
            return None
        here = rooms.index(self.shown) if self.shown is not None else -(step > 0)
        return rooms[(here + step) % len(rooms)]

    def load_inbox(self, entries: Iterable[InboxEntry]) -> None:
        self.inbox.load(entries, self._recent_messages())

    def put_entry(self, entry: InboxEntry) -> None:
        self.inbox.put(entry, self._recent_messages())

    # ---- the open room

    def expire(self, now: float) -> None:
        self.typing = {user: until for user, until in self.typing.items() if until > now}

    def open(
        self,
        room: str,
        messages: Iterable[Message],
        read_seq: int,
        facts: Facts,
        draft: str | None = None,
        head_seq: int = 0,
    ) -> None:
        """Open a room with its latest messages, of which ``head_seq`` is the last, perhaps in a
        thread."""
        self.shown, self.facts, self.draft = room, facts, draft
        self.quoted = {}
        latest = list(messages)
        entry = self.inbox.entries.get(room)
        new = any(m.seq > read_seq and m.sender != self.me and not m.deleted for m in latest)
        new = new or (entry is not None and entry.unread > 0)
        self.window = Window(
            {message.seq: message for message in latest},
            older=more_before(latest),
            divider=read_seq if new else None,
            seen=head_seq,
        )
        self.drop_stored()
        self.recent.clear()
        self.recent.extend(latest)
        for message in latest:
            self.inbox.count(message)
        self.members.clear()
        self.typing.clear()
        self.editing = None

    def apply_older(self, first: int, page: History) -> None:
        if page.room == self.shown:
            self.window.put_before(first, page.messages, older=page.has_more_before)
            self._complete(page)

    def apply_newer(self, last: int, page: History) -> None:
        if page.room == self.shown:
            self.window.put_after(
                last, page.messages, newer=page.has_more_after, head_seq=page.head_seq
            )
            self._complete(page)

    def apply_part(self, page: History) -> None:
        """Show another part of the log: the latest, or around a message."""
        if page.room == self.shown:
            self.window.replace(
                page.messages,
                older=page.has_more_before,
                newer=page.has_more_after,
                head_seq=page.head_seq,
            )
            self._complete(page)

    def _complete(self, page: History) -> None:
        """Take what is beside the messages of a page, and apply events that arrived before it,
        which it may not include."""
        self.quoted |= {each.seq: each for each in page.quoted}
        for event in self.recent:
            if isinstance(event, Message):
                self.window.apply(event)
                self.quote(event)
            else:
                self.window.apply_reaction(event)

    def quote(self, message: Message) -> None:
        """Update what an answer shows of a message that has changed."""
        known = self.quoted.get(message.seq)
        if known is not None and message.rev > known.rev:
            self.quoted[message.seq] = message.quote()

    def _recent_messages(self) -> list[Message]:
        return [event for event in self.recent if isinstance(event, Message)]

    def close(self) -> None:
        self.drop_stored()
        self.shown, self.draft, self.facts, self.window = None, None, Facts(), Window()
        self.members.clear()
        self.typing.clear()
        self.editing = None

    def seq_to_mark(self) -> int | None:
        """Return the seq for markRead; None: nothing to report."""
        entry = None if self.shown is None else self.inbox.entries.get(self.shown)
        if entry is None or not entry.unread or not self.window.following:
            return None
        return self.window.last if self.window.last > entry.read_seq else None

    def my_last(self) -> Message | None:
        """Return the user's last loaded message."""
        return self.last_of(self.me)

    def last_of(self, sender: str | None) -> Message | None:
        """Return the last loaded message; with ``sender``, the last one by this user."""
        for message in reversed(self.window.messages.values()):
            if not message.deleted and sender in (None, message.sender):
                return message
        return None

    def people(self) -> set[str]:
        """Return user names for completion."""
        names = {message.sender for message in self.window.messages.values()}
        known = names | self.inbox.partners() | self.members | self.facts.online | self.found
        return known - {self.me}

    def to_show(self) -> set[str]:
        """Return the names of people of whom profiles are needed: those who write."""
        names = {message.sender for message in self.window.messages.values()}
        pair = None if self.shown is None else direct_pair(self.shown)
        return {name for name in (*names, *(pair or ())) if name not in self.users}

    # ---- unsent messages

    def sending(self, line: Pending) -> None:
        """Show a message as being sent, and scroll to it."""
        self.pending[line.client_id] = line
        self.window.bottom = None

    def sent(self, client_id: str) -> None:
        """Note that the server has stored a message.

        If its room is open, the message is shown until its event arrives.
        """
        line = self.pending.pop(client_id, None)
        if line is not None and line.room == self.shown and self.window.following:
            self.pending[client_id] = attrs.evolve(line, stored=True)

    @property
    def unsent(self) -> list[Pending]:
        return [line for line in self.pending.values() if not line.stored]

    def drop_stored(self) -> None:
        """Drop stored messages: the reloaded messages include them."""
        self.pending = {line.client_id: line for line in self.unsent}

    def not_sent(self, client_id: str, why: str) -> None:
        """Note that the server has refused a message. Shows its text."""
        line = self.pending.pop(client_id, None)
        if line is not None:
            where = "" if line.room == self.shown else f" in {self.label(line.room)}"
            self.window.notice(f"not sent{where}: {line.text}", why)


def more_before(messages: Sequence[Message]) -> bool:
    """Whether older messages may exist; they may also have been pruned."""
    return bool(messages) and messages[0].seq > 1
