"""The whole store: what lasts, by subject. Whoever uses one subject takes that Protocol alone.

For all subjects:

- A write returns when it is durable (I1), or raises and nothing of it is kept; only
  :class:`~chatroom.errors.StorageFailed` leaves that open, and then the process must end.
- Writes are done in the order in which they were asked for.
- A write whose waiter is cancelled is done all the same; deadlines belong to the waiter.
- A read sees one moment: all values in one reply are of the same snapshot, which holds at least
  everything whose write had returned when the read was asked for. A read that fails
  raises :class:`~chatroom.errors.StorageUnavailable`, and others succeed all the same.
- Pages and lists keep no short read waiting. ``asker`` is the person whom one is for: of each
  person one at a time is read.
"""

from typing import Protocol

from .access import AccessStore
from .accounts import AccountStore
from .blocks import BlockStore
from .clock_keeper import ClockStore
from .housekeeping import HousekeepingStore
from .inboxes import InboxStore
from .load import StoreLoad
from .quotas import QuotaStore
from .rooms import RoomStore


class Store(
    RoomStore,
    AccessStore,
    InboxStore,
    BlockStore,
    AccountStore,
    QuotaStore,
    HousekeepingStore,
    ClockStore,
    Protocol,
):
    def trouble(self) -> str | None:
        """Why commits are not getting through just now; None while they are."""

    def damage(self) -> str | None:
        """The first damage that a read met since the start; None: none. Commits
        get through all the same."""

    def load(self) -> StoreLoad: ...
