"""The user's inbox in the terminal chat: unread counts of all rooms, kept up to date. Pure."""

from collections.abc import Iterable

import attrs

from ...client import InboxEntry, Message


@attrs.define
class Inbox:
    """The entries of the inbox by room.

    :ivar _updated: rooms whose entries were received after the inbox was requested.
    """

    me: str
    entries: dict[str, InboxEntry] = attrs.field(factory=dict)
    _updated: set[str] = attrs.field(factory=set, init=False)

    def begin_load(self) -> None:
        """Note that the inbox is requested: entries received later are newer."""
        self._updated.clear()

    def load(self, entries: Iterable[InboxEntry], recent: Iterable[Message]) -> None:
        """Apply a complete inbox. For ``recent``, see :meth:`put`."""
        newer = {room: entry for room, entry in self.entries.items() if room in self._updated}
        older = {entry.room: entry for entry in entries if entry.room not in self._updated}
        self.entries = newer
        for entry in older.values():
            self.put(entry, recent)

    def put(self, entry: InboxEntry, recent: Iterable[Message]) -> None:
        """Apply an entry.

        :param recent: messages received before. The entry may not count them.
        """
        self.entries[entry.room] = entry
        self._updated.add(entry.room)
        for message in recent:
            if message.room == entry.room and message.thread is None:
                self.count(message)

    def drop(self, room: str) -> None:
        self.entries.pop(room, None)
        self._updated.add(room)

    def count(self, message: Message) -> None:
        """Count a message of a subscribed room, for which the server sends no entry."""
        entry = self.entries.get(message.room)
        if entry is None or message.seq <= entry.head_seq:
            return
        self.entries[message.room] = attrs.evolve(
            entry,
            head_seq=message.seq,
            unread=entry.unread + (message.sender != self.me and not message.deleted),
            mentions=entry.mentions + message.mentioned(self.me),
        )

    def for_me(self, shown: str | None) -> int:
        """Return how many unread messages mention the user or are in direct rooms. Messages of the
        open direct room are seen as they come, and rooms without notifications do not count."""
        return sum(
            entry.unread if entry.with_ is not None and entry.room != shown else entry.mentions
            for entry in self.entries.values()
            if entry.notifications != "none"
        )

    def partners(self) -> set[str]:
        """Return the partners of direct rooms."""
        return {entry.with_.name for entry in self.entries.values() if entry.with_ is not None}

    def next_unread(self, shown: str | None) -> str | None:
        """Return a room with unread messages other than ``shown``, those with mentions first."""
        unread = [e for e in self.entries.values() if e.unread and e.room != shown]
        first = min(unread, key=lambda entry: (not entry.mentions, entry.room), default=None)
        return None if first is None else first.room
