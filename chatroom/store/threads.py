"""Threads: what a batch must know of them, and lists of followed ones. Pure data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

from ..model import ListedThread, Thread

NOBODY: Final[Mapping[str, int]] = MappingProxyType({})


@attrs.frozen
class WantedThread:
    """A thread that a batch may write in, read or follow.

    :ivar seq: its root, or one of its messages.
    :ivar users: those who may follow it by the batch.
    """

    seq: int
    users: tuple[str, ...]


@attrs.frozen
class KnownThread:
    """:ivar thread: None if it has no messages yet.
    :ivar owner: who wrote the root, if a member; else None.
    :ivar read: the read cursors of those of the batch's users who follow it.
    """

    thread: Thread | None = None
    owner: str | None = None
    read: Mapping[str, int] = NOBODY


@attrs.frozen
class ThreadList:
    """Followed threads, newest activity first.

    :ivar next: the time, room and root of the last of them, if there are more; else None.
    """

    threads: tuple[ListedThread, ...]
    next: tuple[int, str, int] | None
