"""One room's log: commits of a room's batches, pages by seq, changes by rev, and pruning."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

import attrs

from ..model import Message, SendReceipt
from .conditions import NO_CONTEXT, Context, Wanted
from .events import RoomEvent


@attrs.frozen
class Prefetched:
    """What the writer looked up for a batch, inside its transaction.

    ``originals`` also knows the messages of batches earlier in the same group.
    """

    originals: Mapping[tuple[str, str], SendReceipt]
    messages: Mapping[int, Message]
    context: Context = NO_CONTEXT


@attrs.frozen
class Decision:
    """What a room's rules made of a batch: what to write, and an outcome for each operation.

    The store writes the entries in order and hands the outcomes through untouched.
    """

    entries: tuple[RoomEvent, ...]
    outcomes: tuple[Any, ...] = ()


@attrs.frozen(eq=False)
class Batch:
    """A room's requests, to be decided and written.

    ``decide`` is pure, takes no time to speak of, runs inside the transaction (in another thread)
    and may run again. ``client_ids`` are (sender, clientId) pairs; ``seqs`` are messages of this
    room that the operations refer to; ``wanted`` is what they turn on elsewhere. ``reads`` are the
    places, by user, where read cursors may move far: what they pass is counted before the
    transaction, for which the batch waits alone.
    """

    room: str
    decide: Callable[[Prefetched], Decision]
    client_ids: tuple[tuple[str, str], ...] = ()
    seqs: tuple[int, ...] = ()
    wanted: Wanted | None = None
    reads: Mapping[str, Collection[int]] = {}


@attrs.frozen
class Page:
    """Messages ascending by seq, and where the room stood in the same moment."""

    head_seq: int
    head_rev: int
    first_seq: int
    messages: tuple[Message, ...]
    more_before: bool
    more_after: bool


@attrs.frozen
class Changes:
    """Messages whose rev lies in ``(since, next_rev]``, ascending by rev.

    ``next_rev`` is ``head_rev`` on the last page. ``pruned``: messages after ``since`` are gone,
    so the rest would have holes; then ``messages`` is empty.
    """

    head_seq: int
    head_rev: int
    first_seq: int
    messages: tuple[Message, ...]
    next_rev: int
    pruned: bool = False


def text_size(message: Message) -> int:
    """Bytes of a message's text alone."""
    return len(message.text.encode())


class RoomLogStore(Protocol):
    @property
    def epoch(self) -> str:
        """The random id of the incarnation that this store is: see :meth:`last_valid_rev`."""

    async def commit(self, batch: Batch) -> Decision:
        """Decide and write; the decision comes back with its
        :class:`~chatroom.store.events.ReadCursorMoved` events filled in. Batches of all rooms are
        joined into groups; a batch that fails costs no other batch anything.

        :raises StorageUnavailable: nothing was written, and later commits may succeed.
        :raises StorageFailed: unknown whether it was written.
        """

    async def page(
        self,
        room: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        size: Callable[[Message], int] = text_size,
        asker: str = "",
    ) -> Page:
        """At most one bound: exclusive ``before`` or ``after``, inclusive ``around`` (its message
        in the middle, as far as there are any); none: the latest page. A page ends early, at the
        end away from its bound, when its messages pass :data:`.results.PAGE_BYTES` as ``size``
        counts them. The cost does not depend on the length of the log.
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
        """The page of a resume: see :class:`Changes`. It ends early as :meth:`page` does. Never
        scans messages by rev."""

    async def last_valid_rev(self, room: str, epoch: str) -> int | None:
        """Up to which rev of the room a cursor of that epoch is good: to the one before the first
        that a later incarnation wrote there, else to the head. None: the epoch is unknown.

        Of an incarnation that has ended it never changes.
        """

    async def prune_point(
        self, room: str, keep_messages: int | None, before: int | None, most: int
    ) -> int:
        """The seq through which to prune now, at most ``most`` messages; 0: nothing to prune."""
