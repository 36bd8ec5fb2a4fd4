"""News of commits, for several nodes on one store: a room on each node follows the room's log.

News is a hint. It may be lost, late, doubled or out of order. The version of a room and the number
of an inbox show what was missed, and the store has it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

import attrs

from .bus import Bus
from .events import RoomEvent
from .rooms import RoomStore


@attrs.frozen
class RoomNews:
    """A commit took the room from the version before to ``version``.

    :ivar events: its numbered events; none if only the version is known.
    """

    room: str
    version: int
    events: tuple[RoomEvent, ...] = ()


@attrs.frozen
class InboxNews:
    """A read cursor or notification level of a user was set, or the user joined a room.

    :ivar number: the number of such commits of the user, dense.
    :ivar room: empty if only the number is known.
    """

    user: str
    number: int
    room: str = ""


News: TypeAlias = RoomNews | InboxNews


class FollowedRoomStore(RoomStore, Protocol):
    async def since(self, room: str, version: int) -> list[RoomNews] | None:
        """Return the commits of the room after ``version``, in order; None if some are no longer
        kept. Only commits since :meth:`.NewsStore.telling_news` began are kept, and of these the
        latest."""

    async def versions(self, rooms: Collection[str]) -> Mapping[str, int]:
        """Return the versions of those of ``rooms`` that exist."""


class NewsStore(Protocol):
    @property
    def leads(self) -> bool:
        """Whether this node does what is to be done once for all nodes. For a moment there may be
        two such nodes, or none."""

    @property
    def node(self) -> int:
        """The number of this node; another one after a restart."""

    @property
    def others(self) -> Collection[int]:
        """The other nodes that are alive, as known since a few seconds at most."""

    @property
    def bus(self) -> Bus:
        """Messages between nodes."""

    def telling_news(
        self,
        told: Callable[[Sequence[News]], None],
        follows: Callable[[str], bool] = lambda room: True,
    ) -> AbstractContextManager[None]:
        """Call ``told`` during the block with the news of each group of commits, of this node too.

        ``told`` must be fast and must not raise. Without such a block nothing is done for a commit.

        :param follows: returns whether the events of a room are wanted. News of other nodes may
            lack those of other rooms, unless somebody has joined or left.
        """

    def telling_epoch(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Call ``told`` during the block when another epoch has begun, before a commit of it
        returns."""

    async def inbox_numbers(self, users: Collection[str]) -> Mapping[str, int]:
        """Return the numbers of these users' inboxes: see :class:`InboxNews`."""
