"""The store in one SQLite file: START HERE. Passes reads to the readers and writes to the writer.

Connections and threads: :mod:`.database`. Tables: :mod:`.schema`. Checks at the start:
:mod:`.startup`, :mod:`.wal_files` and :mod:`.commit_mark`; full check: :mod:`.integrity`. Writes:
:mod:`.writer` (when), :mod:`.transaction` (in which transaction), :mod:`.apply` (which rows).
Queries: :mod:`.rooms`, :mod:`.log`, :mod:`.reactions`, :mod:`.inbox`, :mod:`.search`,
:mod:`.files`, :mod:`.accounts`, :mod:`.people`.
"""

from .account_store import SqliteAccountStore
from .administration_store import SqliteAdministrationStore
from .consumer_store import SqliteConsumerStore
from .file_store import SqliteFileStore
from .inbox_store import SqliteInboxStore
from .operating_store import SqliteOperatingStore
from .people_store import SqlitePeopleStore
from .push_store import SqlitePushStore
from .room_store import SqliteRoomStore


class SqliteStore(
    SqliteRoomStore,
    SqliteInboxStore,
    SqliteAccountStore,
    SqlitePeopleStore,
    SqliteAdministrationStore,
    SqliteConsumerStore,
    SqlitePushStore,
    SqliteFileStore,
    SqliteOperatingStore,
):
    """Implements :class:`chatroom.store.store.Store`."""
