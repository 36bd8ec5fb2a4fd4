"""One room's log: commits of batches, pages by seq, changes by rev, and pruning."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

import attrs

from ..frozen import frozen
from ..model import Message, SendReceipt
from .beside import NOTHING_BESIDE, Beside
from .conditions import NO_CONTEXT, Context, Wanted
from .events import RoomEvent
from .files import OwnUpload
from .reactions import ReactionList, Reactors, WantedReaction
from .threads import KnownThread, WantedThread

NO_REACTORS: Final[Mapping[tuple[int, str], Reactors]] = MappingProxyType({})
NO_UPLOADS: Final[Mapping[str, OwnUpload]] = MappingProxyType({})
NO_THREADS: Final[Mapping[int, KnownThread]] = MappingProxyType({})


@frozen
class Prefetched:
    """What the store looked up for a batch, inside its transaction.

    ``originals``: receipts by (sender, clientId), including those of batches earlier in the same
    group. ``messages``: by seq. ``reactors``: by seq and emoji. ``threads``: by root.
    ``uploads``: by id, the complete ones that are in no message.
    """

    originals: Mapping[tuple[str, str], SendReceipt]
    messages: Mapping[int, Message]
    context: Context = NO_CONTEXT
    reactors: Mapping[tuple[int, str], Reactors] = NO_REACTORS
    uploads: Mapping[str, OwnUpload] = NO_UPLOADS
    threads: Mapping[int, KnownThread] = NO_THREADS


@frozen
class Written:
    """Messages that a user wrote, the latest first, without deleted ones.

    ``next``: look before this seq for more; None at the end.
    """

    seqs: tuple[int, ...] = ()
    next: int | None = None


@frozen
class Decision:
    """The result of a room's rules for a batch: events to write, and an outcome per operation.

    The store writes the events in order and returns the outcomes unchanged.
    """

    entries: tuple[RoomEvent, ...]
    outcomes: tuple[Any, ...] = ()


@frozen(eq=False)
class Batch:
    """A room's requests, to be decided and written in one commit.

    ``decide`` runs inside the transaction, in another thread, and may run more than once: it must
    be pure and fast. ``client_ids`` are the (sender, clientId) pairs to look up. ``seqs`` are the
    messages of this room that the requests refer to, ``reactions`` the reactions that they add or
    remove, ``threads`` the threads that they may concern. ``uploads`` are those that they put into
    messages. ``wanted`` are the facts outside the
    room.
    ``reads`` are seqs, by user, to which read cursors may move far: the messages they pass are
    counted before the transaction, and only this batch waits for that. ``version`` is the room's
    version on which the requests are decided, and 0 if there is no room; None if ``decide`` does
    not depend on it.
    """

    room: str
    decide: Callable[[Prefetched], Decision]
    client_ids: tuple[tuple[str, str], ...] = ()
    seqs: tuple[int, ...] = ()
    wanted: Wanted | None = None
    reads: Mapping[str, Collection[int]] = {}
    version: int | None = None
    reactions: tuple[WantedReaction, ...] = ()
    uploads: tuple[str, ...] = ()
    threads: tuple[WantedThread, ...] = ()


@frozen
class Page:
    """Messages ascending by seq, what stands beside them, and the bounds of the room's log in the
    same snapshot.
    """

    head_seq: int
    head_rev: int
    first_seq: int
    messages: tuple[Message, ...]
    more_before: bool
    more_after: bool
    beside: Beside = NOTHING_BESIDE
    low: int = attrs.field(default=0, eq=False)
    """The place of the first message in its part of the log: see :mod:`.paging`."""
    version: int = attrs.field(default=0, eq=False)
    """The room's version in that snapshot."""


@frozen
class Changes:
    """Messages whose rev lies in ``(since, next_rev]``, ascending by rev, and what stands
    beside them.

    ``next_rev`` is ``head_rev`` on the last page. ``pruned``: some messages after ``since`` were
    pruned, so the rest would have gaps; ``messages`` is empty then, and ``next_rev`` is the first
    rev after which the log has no gap.
    """

    head_seq: int
    head_rev: int
    first_seq: int
    messages: tuple[Message, ...]
    next_rev: int
    pruned: bool = False
    beside: Beside = NOTHING_BESIDE
    version: int = attrs.field(default=0, eq=False)
    """The room's version in the same snapshot."""


@frozen
class Posts:
    """Messages in the order in which they were posted, each as it is now.

    :ivar page: its ``next_rev`` is the rev up to which everything that was posted is in it.
    :ivar young: the time of the next message, if that is too young.
    """

    page: Changes
    young: int | None = None


@frozen
class Pins:
    """Pinned messages, the last pinned first, and what stands beside them.

    :ivar next: the rev at which the last of them was pinned, if there are more; else None.
    :ivar version: the room's version in the same snapshot.
    """

    messages: tuple[Message, ...]
    next: int | None
    version: int
    beside: Beside = NOTHING_BESIDE


@attrs.frozen
class Bounds:
    """Which part of a log a page is of, and where it is: see :meth:`RoomLogStore.page`."""

    before: int | None = None
    after: int | None = None
    around: int | None = None
    at: int | None = None
    thread: int | None = None
    whole: bool = False


LATEST: Final = Bounds()


def text_size(message: Message) -> int:
    """Return the size of a message's text, in bytes of UTF-8."""
    return len(message.text.encode())


class RoomLogStore(Protocol):
    @property
    def epoch(self) -> str:
        """The random id of this start of the store: see :meth:`last_valid_rev`."""

    async def commit(self, batch: Batch) -> Decision:
        """Decide and write a batch. Return the decision, with its
        :class:`~chatroom.store.events.ReadCursorMoved` events filled in.

        Batches of all rooms are joined into groups. A batch that fails does not affect others.

        :raises Behind: the room has another version than the batch; nothing was written (I2).
        :raises StorageUnavailable: nothing was written; later commits may succeed.
        :raises StorageFailed: it is unknown whether the batch was written.
        """

    async def page(
        self,
        room: str,
        limit: int,
        bounds: Bounds = LATEST,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Page:
        """Return a page of up to ``limit`` messages of the main log, of the thread below
        ``thread``, or of the ``whole`` log.

        Give at most one bound: ``before`` or ``after`` (exclusive), or ``around`` (inclusive; that
        message is in the middle if there are enough on both sides), or ``at``, a time in ms: around
        the first message at or after it, else around the last one. Without a bound it is the latest
        page. The page is shorter, at the end away from its bound, if its messages exceed
        :data:`.results.PAGE_BYTES` as ``size`` counts them. The cost does not depend on the length
        of the log.
        """

    async def changes(
        self,
        room: str,
        since: int,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Changes:
        """Return a page of a resume: see :class:`Changes`. It is shortened as in :meth:`page`.
        Messages are never scanned by rev."""

    async def written_by(
        self, room: str, user: str, since: int, before: int | None, limit: int
    ) -> Written:
        """Return up to ``limit`` messages of a user with a timestamp of at least ``since``. A call
        looks at a bounded number of messages."""

    async def reacted_by(self, room: str, user: str, limit: int) -> tuple[tuple[int, str], ...]:
        """Return up to ``limit`` reactions of a user, each as seq and emoji."""

    async def pins(
        self,
        room: str,
        before: int | None,
        limit: int,
        *,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Pins:
        """Return pinned messages, the last pinned first.

        :param before: only those pinned before this rev.
        """

    async def reactions(
        self,
        room: str,
        seq: int,
        limit: int,
        *,
        after: tuple[str, int] = ("", 0),
        asker: str = "",
    ) -> ReactionList:
        """Return a page of the reactions to a message, by emoji, and of each emoji in the order in
        which users reacted.

        :param after: the emoji and rev of the last reaction on the previous page.
        """

    async def last_valid_rev(self, room: str, epoch: str) -> int | None:
        """Return the last rev up to which a cursor of ``epoch`` is valid in the room; None if the
        epoch is unknown.

        It is the rev before the first one that a later incarnation wrote in the room, or else the
        head. It never changes for an incarnation that has ended.
        """

    async def prune_point(
        self, room: str, keep_messages: int | None, before: int | None, limit: int
    ) -> int:
        """Return the seq through which to prune now, so that at most ``limit`` messages go; 0 if
        there is nothing to prune. ``before`` is a time in ms."""
