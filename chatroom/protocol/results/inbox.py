"""What one person has read and wants."""

from ...frozen import frozen
from ...model import Kind, Level, Preview, User, Visibility


@frozen
class InboxEntry:
    """A room in someone's inbox. ``lastMessage`` has at most 200 characters of its text, and is
    ``truncated`` where it was cut.
    """

    room: str
    kind: Kind
    title: str
    visibility: Visibility
    head_seq: int
    read_seq: int
    unread: int
    mentions: int
    notifications: Level
    with_: User | None = None
    last_message: Preview | None = None


@frozen
class ThreadSums:
    """Over all threads that I follow."""

    unread: int
    mentions: int


@frozen
class Inbox:
    """``unread`` and ``mentions`` are sums over all rooms, not only over this page. Messages in
    threads do not count there, but in ``threads``."""

    unread: int
    mentions: int
    threads: ThreadSums
    rooms: tuple[InboxEntry, ...]
    next: str | None


@frozen
class ListedThread:
    """A thread that I follow. ``message`` is the beginning of its root, unless that was pruned."""

    room: str
    thread: int
    count: int
    last_seq: int
    last_timestamp: int
    users: tuple[str, ...]
    read_seq: int
    unread: int
    mentions: int
    message: Preview | None = None


@frozen
class Threads:
    threads: tuple[ListedThread, ...]
    next: str | None


@frozen
class Blocked:
    users: tuple[User, ...]
    next: str | None
