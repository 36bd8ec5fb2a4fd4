"""Notify a person's sessions of changed rooms: which rooms, and in which order.

``unread`` events are coalesced. A session whose outbox is filling up is notified later, with the
state at that time.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from ..hub.session_handle import SessionHandle
from ..model import InboxRoom
from ..net.frames import text_frame
from ..protocol.codec import encode_event
from ..protocol.events import UnreadEvent
from .state import show


@attrs.frozen
class _Change:
    """A change of a room that was not sent to a session yet.

    :ivar was: the room as it was last sent to the session; None if it was not.
    """

    was: InboxRoom | None
    to_all: bool
    """Whether sessions that watch the room are notified too."""

    def followed_by(self, later: "_Change | None") -> "_Change":
        return self if later is None else _Change(self.was, self.to_all or later.to_all)


class Notifier:
    """:param eased: called when a session to which not everything was sent has space again."""

    def __init__(self, eased: Callable[[], object]) -> None:
        self._eased: Final = eased
        self._changed: dict[str, _Change] = {}
        # By session: changes that were not sent to it for lack of space.
        self._behind: dict[str, dict[str, _Change]] = {}

    @property
    def has_news(self) -> bool:
        return bool(self._changed)

    def note(self, name: str, was: InboxRoom | None, *, to_all: bool) -> None:
        """Note a change. ``was`` is the room before it; None if sessions may not know the room."""
        change = _Change(was, to_all)
        before = self._changed.get(name)
        self._changed[name] = before.followed_by(change) if before else change

    def forget(self, name: str) -> None:
        """Drop changes of a room that the person has left. That was sent already."""
        for changes in (self._changed, *self._behind.values()):
            changes.pop(name, None)

    def notify(
        self, rooms: Mapping[str, InboxRoom], sessions: Iterable[SessionHandle], *, of_changes: bool
    ) -> None:
        """Push to each session the rooms that it is behind with, newest activity first.

        A session without space gets the rest later.

        :param rooms: the rooms that the person may see.
        :param of_changes: include the changes noted since the last push.
        """
        changed: dict[str, _Change] = {}
        if of_changes:
            changed, self._changed = self._changed, changed
        behind, self._behind = self._behind, {}
        frames: dict[str, bytes] = {}
        for session in sessions:
            waiting = behind.get(session.id, {})
            for name, change in changed.items():
                before = waiting.get(name)
                waiting[name] = before.followed_by(change) if before else change
            if waiting and not self._notify_session(session, waiting, rooms, frames):
                self._behind[session.id] = waiting
                session.outbox.when_eased(self._eased)

    def _notify_session(
        self,
        session: SessionHandle,
        waiting: dict[str, _Change],
        rooms: Mapping[str, InboxRoom],
        frames: dict[str, bytes],
    ) -> bool:
        """Return whether everything was sent to the session. The rest stays in ``waiting``."""
        known = [name for name in waiting if name in rooms]
        for name in sorted(known, key=lambda name: rooms[name].active_at, reverse=True):
            if not session.outbox.has_space:
                return False
            change = waiting.pop(name)
            if not (change.to_all or name not in session.watching):
                continue
            if change.was is not None and _shown(change.was) == _shown(rooms[name]):
                continue
            frame = frames.get(name)
            if frame is None:
                frame = frames[name] = text_frame(encode_event(show(rooms[name], UnreadEvent)))
            session.outbox.push(frame)
        return True


def _shown(room: InboxRoom) -> tuple[object, ...]:
    """Return the fields of an entry that users see."""
    last = room.last_message
    return (
        room.head_seq,
        room.read_seq,
        room.unread,
        room.mentions,
        room.level,
        room.title,
        room.partner,
        (last.seq, last.text, last.truncated, last.deleted) if last else None,
    )
