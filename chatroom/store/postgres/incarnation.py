"""The incarnation: one for each run of PostgreSQL, which all nodes share.

All connections of a run end before the next run begins. So all that an incarnation wrote precedes
what a later one wrote, whichever nodes did it. A fail-over, and a database that was put back, begin
a new one.
"""

from typing import Final

from ...errors import StorageAway
from ..sql.incarnations import Incarnation, add
from .connection import SCHEMA, Connection

# The file of the table is another one after the table was emptied or made anew. The timeline is not
# used: it may be known only some time after a fail-over.
_RUN: Final = """
    concat_ws(
        '/',
        extract(epoch FROM pg_postmaster_start_time()),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        pg_relation_filenode('incarnations')
    )
"""


def current(connection: Connection) -> Incarnation:
    """Return the incarnation of PostgreSQL's current run. The first call in a run adds it.

    :raises StorageAway: it may not be durable.
    """
    if (found := _find(connection)) is not None:
        return found
    connection.noticed = None
    connection.execute("BEGIN")
    connection.execute("SET LOCAL synchronous_commit TO DEFAULT")
    connection.execute(f"SELECT pg_advisory_xact_lock(hashtext('{SCHEMA}.incarnations'))")
    found = _find(connection)
    if found is None:
        found = add(connection)
        connection.execute(
            f"UPDATE incarnations SET run = {_RUN} WHERE number = :number", {"number": found.number}
        )
    connection.execute("COMMIT")
    if connection.noticed is not None:
        raise StorageAway(connection.noticed)
    return found


def _find(connection: Connection) -> Incarnation | None:
    row = connection.execute(f"SELECT number, id FROM incarnations WHERE run = {_RUN}").fetchone()
    return None if row is None else Incarnation(*row)
