"""Notify a person's sessions of changed rooms and threads: which, and in which order.

``unread`` and ``threadUnread`` events are coalesced. A session whose outbox is filling up is
notified later, with the state at that time.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import attrs

from ..hub.session_handle import SessionHandle
from ..model import FollowedThread, InboxRoom
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.declaring import Event
from ..protocol.events import ThreadUnread, UnreadEvent
from .state import show
from .threads import ThreadKey

Item: TypeAlias = InboxRoom | FollowedThread


@attrs.frozen
class _Change:
    """A change of a room or thread that was not sent to a session yet.

    :ivar was: the room or thread as it was last sent to the session; None if it was not.
    """

    was: Item | None
    to_all: bool
    """Whether sessions that watch the room are notified too."""

    def followed_by(self, later: "_Change | None") -> "_Change":
        return self if later is None else _Change(self.was, self.to_all or later.to_all)


class Notifier:
    """:param eased: called when a session to which not everything was sent has space again."""

    def __init__(self, eased: Callable[[], object]) -> None:
        self._eased: Final = eased
        self._changed: dict[str | ThreadKey, _Change] = {}
        # By session: changes that were not sent to it for lack of space.
        self._behind: dict[str, dict[str | ThreadKey, _Change]] = {}

    @property
    def has_news(self) -> bool:
        return bool(self._changed)

    def note_room(
        self, name: str, was: InboxRoom | None, room: InboxRoom | None, *, rejoined: bool
    ) -> None:
        """Note a room as it was and as it is, if sessions must be notified of that.

        :param room: None: the person has left it.
        :param rejoined: clients may have dropped the room meanwhile.
        """
        if room is None:
            self.forget(name)
        elif room != was:
            # All devices of a person share the read cursor and the level.
            to_all = was is not None and (room.read_seq, room.level) != (was.read_seq, was.level)
            self.note(name, None if rejoined else was, to_all=to_all)

    def note_thread(
        self, key: ThreadKey, was: FollowedThread | None, thread: FollowedThread | None
    ) -> None:
        """Note a thread as it was and as it is, if sessions must be notified of that."""
        if thread is not None and thread != was:
            to_all = was is None or (
                (thread.read_seq, thread.following) != (was.read_seq, was.following)
            )
            self.note(key, was, to_all=to_all)

    def note(self, name: str | ThreadKey, was: Item | None, *, to_all: bool) -> None:
        """Note a change of a room, or of the thread with that key. ``was`` is its state before;
        None if sessions may not know it."""
        change = _Change(was, to_all)
        before = self._changed.get(name)
        self._changed[name] = before.followed_by(change) if before else change

    def forget(self, name: str) -> None:
        """Drop changes of a room that the person has left, which was sent already, and of its
        threads."""
        for changes in (self._changed, *self._behind.values()):
            for key in [key for key in changes if _room(key) == name]:
                del changes[key]

    def notify(
        self,
        find: Callable[[str | ThreadKey], Item | None],
        sessions: Iterable[SessionHandle],
        *,
        of_changes: bool,
    ) -> None:
        """Push to each session the rooms and threads that it is behind with, newest activity first.

        A session without space gets the rest later.

        :param find: returns a room or thread that the person may see.
        :param of_changes: include the changes noted since the last push.
        """
        changed: dict[str | ThreadKey, _Change] = {}
        if of_changes:
            changed, self._changed = self._changed, changed
        behind, self._behind = self._behind, {}
        frames: dict[str | ThreadKey, bytes] = {}
        for session in sessions:
            waiting = behind.get(session.id, {})
            for name, change in changed.items():
                before = waiting.get(name)
                waiting[name] = before.followed_by(change) if before else change
            if waiting and not self._notify_session(session, waiting, find, frames):
                self._behind[session.id] = waiting
                session.outbox.when_eased(self._eased)

    def _notify_session(
        self,
        session: SessionHandle,
        waiting: dict[str | ThreadKey, _Change],
        find: Callable[[str | ThreadKey], Item | None],
        frames: dict[str | ThreadKey, bytes],
    ) -> bool:
        """Return whether everything was sent to the session. The rest stays in ``waiting``."""
        known = [(name, item) for name in waiting if (item := find(name)) is not None]
        for name, item in sorted(known, key=_activity, reverse=True):
            if not session.outbox.has_space:
                return False
            change = waiting.pop(name)
            if not (change.to_all or _room(name) not in session.watching):
                continue
            if change.was is not None and _shown(change.was) == _shown(item):
                continue
            frame = frames.get(name)
            if frame is None:
                frame = frames[name] = text_frame(encode_event(_event(item)))
            session.outbox.push(frame)
        return True


def _room(key: str | ThreadKey) -> str:
    return key if isinstance(key, str) else key[0]


def _activity(found: tuple[str | ThreadKey, Item]) -> int:
    return found[1].active_at


def _event(item: Item) -> Event:
    if isinstance(item, InboxRoom):
        return show(item, UnreadEvent)
    return ThreadUnread(
        room=item.room,
        thread=item.root,
        read_seq=item.read_seq,
        unread=item.unread,
        mentions=item.mentions,
        following=item.following,
    )


def _shown(item: Item) -> tuple[object, ...]:
    """Return the fields of an entry or a thread that users see."""
    if isinstance(item, FollowedThread):
        return item.read_seq, item.unread, item.mentions, item.following
    last = item.last_message
    return (
        item.head_seq,
        item.read_seq,
        item.unread,
        item.mentions,
        item.level,
        item.title,
        item.visibility,
        item.partner,
        (last.seq, last.text, last.truncated, last.deleted) if last else None,
    )
