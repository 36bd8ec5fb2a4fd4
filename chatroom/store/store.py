"""The interface of the whole store, joined from one Protocol per subject. Code that uses one
subject depends on that Protocol alone.

Guarantees for all subjects:

- A write returns when it is durable (I1), or raises and has written nothing. Only
  :class:`~chatroom.errors.StorageFailed` leaves the outcome unknown; the process must end then.
- Writes are applied in the order of the calls.
- A write is applied even if its caller is cancelled.
- All values in one reply are of one snapshot. The snapshot contains every write that had returned
  before the read was called. A read that fails raises
  :class:`~chatroom.errors.StorageUnavailable`, and does not affect other reads.
- Pages and lists do not delay short reads. ``asker`` is the user for whom a page is read: each
  user's pages are read one at a time.
"""

from typing import Protocol

from .access import AccessStore
from .accounts import AccountStore
from .administration import AdministrationStore
from .audit import AuditStore
from .blocks import BlockStore
from .clock_keeper import ClockStore
from .consumers import ConsumerStore
from .erasures import ErasureStore
from .files import FileStore
from .handovers import HandoverStore
from .housekeeping import HousekeepingStore
from .inboxes import InboxStore
from .invitations import InvitationStore
from .load import StoreLoad
from .news import FollowedRoomStore, NewsStore
from .people import PeopleStore
from .push import PushStore
from .quotas import QuotaStore
from .search import SearchStore


class Store(
    FollowedRoomStore,
    AccessStore,
    InboxStore,
    BlockStore,
    AccountStore,
    PeopleStore,
    AdministrationStore,
    AuditStore,
    HandoverStore,
    ErasureStore,
    InvitationStore,
    QuotaStore,
    HousekeepingStore,
    ConsumerStore,
    SearchStore,
    PushStore,
    FileStore,
    NewsStore,
    ClockStore,
    Protocol,
):
    @property
    def data_set(self) -> str:
        """The random id of the data set."""

    def trouble(self) -> str | None:
        """Return why commits fail or hang at the moment; None if they succeed."""

    def damage(self) -> str | None:
        """Return the first damage found since the start, or None. Commits may still succeed."""

    def load(self) -> StoreLoad:
        """Return counts for the metrics."""
