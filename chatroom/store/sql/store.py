"""The store in SQL: START HERE. Passes reads to the readers and writes to the writer.

Writer and readers: :mod:`.database`. Tables: :mod:`.m001_first`. Writes: :mod:`.writer` (when),
:mod:`.apply` (which rows). Queries: :mod:`.rooms`, :mod:`.log`, :mod:`.reactions`, :mod:`.inbox`,
:mod:`.search`, :mod:`.files`, :mod:`.accounts`, :mod:`.people`.
"""

from .account_store import SqlAccountStore
from .administration_store import SqlAdministrationStore
from .consumer_store import SqlConsumerStore
from .file_store import SqlFileStore
from .inbox_store import SqlInboxStore
from .operating_store import SqlOperatingStore
from .people_store import SqlPeopleStore
from .push_store import SqlPushStore
from .room_store import SqlRoomStore


class SqlStore(
    SqlRoomStore,
    SqlInboxStore,
    SqlAccountStore,
    SqlPeopleStore,
    SqlAdministrationStore,
    SqlConsumerStore,
    SqlPushStore,
    SqlFileStore,
    SqlOperatingStore,
):
    """Implements :class:`chatroom.store.store.Store`, but for what differs between engines: search,
    space, and the id of the data set."""
