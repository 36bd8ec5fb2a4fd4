"""An awake inbox in the hub: the rooms that it follows, and what happened to them.

These notes save the inbox from checking all of its rooms each time.
"""

from collections.abc import Iterable

import attrs

from .session_handle import SessionHandle


@attrs.define(eq=False)
class InboxHandle:
    """Exists from the time the inbox wakes until it sleeps.

    :ivar rooms: the rooms that it follows.
    :ivar left: rooms that its owner left, for :meth:`take_left`.
    :ivar unwatched: rooms that no session of its owner watches any more, for
        :meth:`take_unforwarded`.
    :ivar no_session: its owner had no session meanwhile.
    :ivar held: while it holds its forwards, the rooms with commits since; else None.
    :ivar number: the number of the last of its commits that is in its state; None if unknown.
        See :class:`~chatroom.store.news.InboxNews`.
    """

    rooms: set[str] = attrs.field(factory=set)
    left: set[str] = attrs.field(factory=set)
    unwatched: set[str] = attrs.field(factory=set)
    no_session: bool = False
    held: set[str] | None = None
    number: int | None = None

    def take_left(self) -> Iterable[str]:
        """Return the rooms that the person has left since the last call."""
        left, self.left = self.left, set()
        return left

    def hold(self) -> None:
        """Hold the forwards of commits until :meth:`take_held`.

        So an inbox that pushes at most once in an interval is not woken for each commit.
        """
        if self.held is None:
            self.held = set()

    def take_held(self) -> Iterable[str]:
        """End :meth:`hold`. Return the rooms with commits since it began."""
        held, self.held = self.held, None
        return held or ()

    def take_unforwarded(self, sessions: Iterable[SessionHandle]) -> set[str]:
        """Return the rooms that may have commits, since the last call, not forwarded to the inbox.

        A room does not forward to an inbox while all sessions of its owner watch the room, nor
        while its owner has no session. :meth:`take_held` returns those of :meth:`hold`.

        :param sessions: those of the inbox's owner.
        """
        unforwarded = self.unwatched.union(*(session.watching for session in sessions))
        self.unwatched = set()
        if self.no_session:
            unforwarded.update(self.rooms)
            self.no_session = False
        return unforwarded
