"""The store's interface and its guarantees.

- A ``commit`` returns when its entries are durable (I1), or raises and none of them is kept; only
  :class:`~chatroom.errors.StorageFailed` leaves that open, and then the process must end.
- Commits of all rooms are joined into groups. A batch that fails costs no other batch anything.
- Writes are done in the order in which they were asked for.
- A commit whose waiter is cancelled is written all the same; deadlines belong to the waiter.
- A read sees one moment: all values in one reply are of the same snapshot, which holds at least
  everything whose commit had returned when the read was asked for. A read that fails
  raises :class:`~chatroom.errors.StorageUnavailable`, and others succeed all the same.
- Pages and lists keep no short read waiting. ``asker`` is the person whom one is for: of each
  person one at a time is read.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import attrs

from ..clock import ClockState
from ..model import (
    Account,
    InboxRoom,
    Member,
    Message,
    Room,
    SendReceipt,
    Token,
)
from .conditions import NO_CONTEXT, Context, Wanted
from .events import RoomEvent
from .quotas import QuotaStore


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


@attrs.frozen
class RoomList:
    """A page of rooms by name, each with whether the user who asks is a member.

    ``next`` is the name to go on after, None at the end. With a query the page may end before it
    is full, since a call looks at a bounded number of rooms.
    """

    rooms: tuple[tuple[Room, bool], ...]
    next: str | None


@attrs.frozen
class People:
    """What a room has to know about some names before it decides.

    ``members`` has only those who are members; ``banned`` and ``users`` (name -> display name of an
    existing account) only those of the names that are.
    """

    members: Mapping[str, Member]
    banned: frozenset[str]
    users: Mapping[str, str]


@attrs.frozen
class RoomAccess:
    """How a person stands to a room; ``original`` is the message under the clientId asked about.
    ``retired``: the room was deleted, and its name is not given again.
    """

    room: Room | None
    is_member: bool
    original: SendReceipt | None = None
    retired: bool = False


class Store(QuotaStore, Protocol):
    @property
    def epoch(self) -> str:
        """The random id of the incarnation that this store is: see :meth:`last_valid_rev`."""

    def trouble(self) -> str | None:
        """Why commits are not getting through just now; None while they are."""

    def damage(self) -> str | None:
        """The first damage that a read met since the start; None: none. Commits
        get through all the same."""

    # ---- rooms

    async def commit(self, batch: Batch) -> Decision:
        """Decide and write; the decision comes back with its :class:`Read` entries filled in.

        :raises StorageUnavailable: nothing was written, and later commits may succeed.
        :raises StorageFailed: unknown whether it was written.
        """

    async def room(self, name: str) -> Room | None: ...

    async def standing(self, room: str, user: str, client_id: str | None) -> RoomAccess:
        """Takes the same steps whether the room is there or not."""

    async def people(self, room: str, names: Collection[str]) -> People: ...

    async def successor(self, room: str, leaving: str) -> Member | None:
        """Who is first in line apart from that member: by role, then by time of joining."""

    async def page(
        self,
        room: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        asker: str = "",
    ) -> Page:
        """At most one bound: exclusive ``before`` or ``after``, inclusive ``around`` (its message
        in the middle, as far as there are any); none: the latest page. A page ends early, at the
        end away from its bound, when its messages pass :data:`.results.PAGE_BYTES`. The cost
        does not depend on the length of the log.
        """

    async def last_valid_rev(self, room: str, epoch: str) -> int | None:
        """Up to which rev of the room a cursor of that epoch is good: to the one before the first
        that a later incarnation wrote there, else to the head. None: the epoch is unknown.

        Of an incarnation that has ended it never changes.
        """

    async def changes(self, room: str, since: int, limit: int, *, asker: str = "") -> Changes:
        """The page of a resume: see :class:`Changes`. Never scans messages by rev."""

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        """Public rooms and that user's own (direct ones aside), by name; ``query`` is a part of the
        name or title in any case. The cost does not depend on how many rooms there are."""

    async def members(self, room: str, after: str, limit: int, *, asker: str = "") -> list[Member]:
        """By name, those after ``after``."""

    async def prunable(
        self, keep_messages: int | None, before: int | None, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        """Of the ``limit`` rooms after ``after``, by name, those with more messages than that, or
        with one older than ``before`` (ms); and the name to go on after, None at the end."""

    async def prune_point(
        self, room: str, keep_messages: int | None, before: int | None, most: int
    ) -> int:
        """The seq through which to prune now, at most ``most`` messages; 0: nothing to prune."""

    async def give_back(self) -> bool:
        """Give unused space back to the file system, as much as takes some ms; whether there is
        more of it. A kind of store that does so by itself, or cannot, says False.
        """

    # ---- inboxes

    async def inbox(self, user: str, room: str | None = None) -> list[InboxRoom]:
        """All rooms of that person, or the one, counted without scanning messages, in a fixed
        number of queries. An entry lacks its last message, or is left out, when it is damaged."""

    # ---- accounts

    async def account(self, name: str) -> Account | None: ...

    async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
        """By name, those after ``after``."""

    async def known(self, names: Collection[str]) -> list[Account]:
        """Those that exist, in any order."""

    async def add_accounts(
        self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
    ) -> set[str]:
        """The names that were added, marked if they look like others; those that existed stay as
        they are. The tokens are added in the same commit."""

    async def set_password(self, name: str, password: str | None) -> None: ...

    async def set_disabled(self, name: str, disabled: bool) -> None: ...

    async def reset_password(
        self, name: str, password: str | None, tokens: Sequence[Token] = ()
    ) -> None:
        """In one commit: the account has that password, and these tokens only."""

    async def add_tokens(self, tokens: Sequence[Token], most: int | None = None) -> list[bytes]:
        """The digests of those that had to go: where an account has ``most`` tokens, each new one
        displaces its oldest."""

    async def replace_token(self, digest: bytes, token: Token) -> bool:
        """Add a token in place of another; False: that one is not there."""

    async def own_token(self, user: str, token_id: str) -> Token | None: ...

    async def tokens(self, user: str, now: int, limit: int) -> list[Token]:
        """Those that have not expired, the newest first."""

    async def set_used(self, digests: Collection[bytes], now: int) -> None: ...

    async def token(self, digest: bytes) -> tuple[Token, Account] | None: ...

    async def remove_token(self, digest: bytes) -> None: ...

    async def remove_tokens(self, user: str) -> None: ...

    async def remove_expired_tokens(self, now: int) -> None: ...

    # ---- the clock

    async def clock_state(self) -> ClockState | None:
        """The state that was kept last; None if there is none that can be used."""

    async def keep_clock_state(self, state: ClockState) -> None: ...
