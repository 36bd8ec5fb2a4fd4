"""Locks on the rows of rooms, until the end of the transaction."""

from typing import Final

from ..sql.rows import among, json_array
from .connection import Connection

FOR_CHANGES: Final = "NO KEY UPDATE"
"""Excludes itself."""
AGAINST_DELETION: Final = "KEY SHARE"
"""Excludes the deletion of the room alone."""


def lock(connection: Connection, rooms: set[str], strength: str) -> None:
    """Lock rooms in an order that all nodes have, so that none waits for another."""
    if rooms:
        connection.execute(
            f"SELECT 1 FROM rooms WHERE name {among('rooms')} ORDER BY name FOR {strength}",
            {"rooms": json_array(rooms)},
        )
