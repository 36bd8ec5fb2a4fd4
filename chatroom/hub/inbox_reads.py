"""Commits and departures while inboxes that wake read their rooms from the store.

Rooms do not forward to such an inbox yet. It reads the rooms with commits again, and does not show
those that its owner left.
"""

from collections.abc import Collection, Iterable

import attrs


@attrs.frozen
class _Read:
    """A read in progress.

    :ivar since: number of the last commit noted before the read.
    :ivar left: rooms that the person has left since.
    """

    since: int
    left: set[str] = attrs.field(factory=set)


class InboxReads:
    def __init__(self) -> None:
        self._reads: dict[str, _Read] = {}
        # Rooms with commits while some inbox reads its rooms, with the number of the last one.
        # The map is shared by all those inboxes, so a commit costs the same for any number of them.
        self._commits: dict[str, int] = {}
        self._last_commit = 0

    @property
    def users(self) -> Collection[str]:
        """The owners of the inboxes that read now."""
        return self._reads.keys()

    def begin(self, user: str) -> None:
        self._reads[user] = _Read(self._last_commit)

    def end(self, user: str, rooms: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return which of ``rooms`` the person has not left, and which of these had commits."""
        read = self._reads.pop(user)
        kept = set(rooms) - read.left
        changed = {room for room in kept if self._commits.get(room, 0) > read.since}
        if not self._reads:
            self._commits.clear()
        return kept, changed

    def note_commit(self, room: str) -> None:
        """Note a commit in the room that concerns its members' inboxes."""
        if self._reads:
            self._last_commit += 1
            self._commits[room] = self._last_commit

    def note_joined(self, user: str, room: str) -> None:
        if read := self._reads.get(user):
            read.left.discard(room)

    def note_left(self, user: str, room: str) -> None:
        if read := self._reads.get(user):
            read.left.add(room)
