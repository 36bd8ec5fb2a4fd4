"""The threads that one person follows, with their counts. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import attrs

from ..model import FollowedThread, Message
from ..store.events import ThreadFollowed, ThreadUnfollowed

ThreadKey: TypeAlias = tuple[str, int]
"""The room and root of a thread."""


class Threads:
    """The followed threads by room and root. Each message costs the same, however many there are.

    :ivar unread: the sum over all threads.
    :ivar mentions: likewise.
    :ivar changed: for :meth:`take_changed`.
    """

    def __init__(self, user: str) -> None:
        self.unread = 0
        self.mentions = 0
        self._user: Final = user
        self._rooms: dict[str, dict[int, FollowedThread]] = {}
        self.changed: dict[ThreadKey, FollowedThread | None] = {}

    def find(self, key: ThreadKey) -> FollowedThread | None:
        room, root = key
        return self._rooms.get(room, {}).get(root)

    def of_room(self, room: str) -> Iterable[FollowedThread]:
        return self._rooms.get(room, {}).values()

    def take_changed(self) -> Mapping[ThreadKey, FollowedThread | None]:
        """Return the threads that may have changed since the last call, each as it was then; None
        if it was not followed."""
        changed, self.changed = self.changed, {}
        return changed

    def load(self, room: str, threads: Iterable[FollowedThread]) -> None:
        """Replace the threads of a room by those read from the store."""
        found = {thread.root: thread for thread in threads}
        for thread in list(self.of_room(room)):
            if thread.root not in found:
                self._end(thread)
        for thread in found.values():
            self._put(thread)

    def drop(self, room: str) -> None:
        """Forget the threads of a room, which the person does not see any more."""
        for thread in self._rooms.pop(room, {}).values():
            self._count(thread, -1)
        self.changed = {key: was for key, was in self.changed.items() if key[0] != room}

    # ---- room events. Their revs are new.

    def post(self, message: Message) -> None:
        thread = self._rooms.get(message.room, {}).get(message.thread or 0)
        if thread is not None and thread.following:
            self._put(
                attrs.evolve(
                    thread,
                    unread=thread.unread + (message.sender != self._user),
                    mentions=thread.mentions + message.mentioned(self._user),
                    active_at=message.timestamp,
                )
            )

    def change(self, message: Message, was: Message) -> None:
        thread = self._rooms.get(message.room, {}).get(message.thread or 0)
        if thread is None or not thread.following or message.seq <= thread.read_seq:
            return
        deleted = message.deleted and not was.deleted and message.sender != self._user
        mentions = message.mentioned(self._user) - was.mentioned(self._user)
        if deleted or mentions:
            self._put(
                attrs.evolve(
                    thread, unread=thread.unread - deleted, mentions=thread.mentions + mentions
                )
            )

    def follow(self, event: ThreadFollowed) -> None:
        thread = event.followed
        if thread is None:
            return
        known = self.find((thread.room, thread.root))
        if known is None or not known.following or known.read_seq <= thread.read_seq:
            self._put(thread)

    def unfollow(self, room: str, event: ThreadUnfollowed) -> None:
        if (thread := self.find((room, event.root))) is not None:
            self._end(thread)

    def _end(self, thread: FollowedThread) -> None:
        # It is kept, so that sessions are told. Reading the inbox drops it.
        self._put(attrs.evolve(thread, unread=0, mentions=0, following=False))

    def _put(self, thread: FollowedThread) -> None:
        room = self._rooms.setdefault(thread.room, {})
        was = room.get(thread.root)
        if was is not None:
            self._count(was, -1)
        self._count(thread, 1)
        self.changed.setdefault((thread.room, thread.root), was)
        room[thread.root] = thread

    def _count(self, thread: FollowedThread, sign: int) -> None:
        self.unread += sign * thread.unread
        self.mentions += sign * thread.mentions
