"""Threads: conversations beside a room's main log, below one of its messages."""

from typing import Final

from ..frozen import frozen
from .messages import Message, Preview

MAX_THREAD_USERS: Final = 10
"""Maximum number of users that the summary of a thread names."""


@frozen
class Thread:
    """The summary of a thread.

    :ivar root: the seq of the message below which it is.
    :ivar count: the number of its messages that are not pruned. Deleted ones count.
    :ivar users: the first MAX_THREAD_USERS who wrote in it, in that order.
    """

    root: int
    count: int
    last_seq: int
    last_timestamp: int
    users: tuple[str, ...]


def thread_after(thread: Thread | None, root: int, message: Message) -> Thread:
    """Return the summary after the next message. ``thread`` is None before the first one."""
    users = thread.users if thread else ()
    if message.sender not in users and len(users) < MAX_THREAD_USERS:
        users = (*users, message.sender)
    count = thread.count if thread else 0
    return Thread(root, count + 1, message.seq, message.timestamp, users)


@frozen
class FollowedThread:
    """A thread as its follower's inbox counts it.

    :ivar active_at: the time of its last message; 0 if it has none.
    :ivar following: False: no longer.
    """

    room: str
    root: int
    read_seq: int
    unread: int = 0
    mentions: int = 0
    active_at: int = 0
    following: bool = True


@frozen
class ListedThread:
    """A followed thread in a list. ``message`` is its root; None if that was pruned."""

    followed: FollowedThread
    thread: Thread
    message: Preview | None
