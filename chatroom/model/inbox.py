"""What an inbox says of a room."""

import attrs

from ..frozen import frozen
from .messages import Preview
from .people import User
from .rooms import Kind, Level, Visibility
from .threads import FollowedThread


@frozen
class InboxRoom:
    """A room in a user's inbox.

    :ivar head_seq: the last message of the main log.
    :ivar rev: the last one counted.
    :ivar version: the room's version when the entry was read from the store.
    """

    room: str
    kind: Kind
    title: str
    visibility: Visibility
    head_seq: int
    rev: int
    read_seq: int
    unread: int
    mentions: int
    level: Level
    active_at: int
    version: int = attrs.field(default=0, eq=False)
    partner: User | None = None
    last_message: Preview | None = None
    threads: tuple[FollowedThread, ...] = attrs.field(default=(), eq=False)
    """The threads that the user follows in it, when the entry was read from the store."""
