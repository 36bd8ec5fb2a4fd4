"""The lookalike keys of accounts: see :mod:`chatroom.names.lookalikes`.

Of several accounts with one key, all but the first are marked.
"""

from ...names.lookalikes import looks, reserved_looks
from .connection import Connection
from .rows import among, json_array


def add_looks(connection: Connection, name: str, display_name: str) -> None:
    """Add the keys of a new account, and mark it if one of them is taken."""
    _add(connection, name, looks(name, display_name))


def replace_looks(connection: Connection, name: str, display_name: str) -> None:
    """Set the keys of an account with a new display name, and mark or unmark it."""
    keys = looks(name, display_name)
    rows = connection.execute("SELECT look FROM looks WHERE user = :user", {"user": name})
    had = {look for (look,) in rows}
    connection.executemany(
        "DELETE FROM looks WHERE look = :look AND user = :user",
        [{"look": key, "user": name} for key in had - keys],
    )
    _add(connection, name, keys - had)


def _add(connection: Connection, name: str, keys: frozenset[str]) -> None:
    rows = connection.execute(
        f"SELECT DISTINCT look FROM looks WHERE look {among('looks')}", {"looks": json_array(keys)}
    )
    taken = reserved_looks().union(look for (look,) in rows)
    connection.executemany(
        "INSERT INTO looks (look, user, taken) VALUES (:look, :user, :taken)",
        [{"look": key, "user": name, "taken": key in taken} for key in keys],
    )
    connection.execute(
        """
        UPDATE users SET lookalike = EXISTS (SELECT 1 FROM looks WHERE user = :name AND taken)
        WHERE name = :name
        """,
        {"name": name},
    )
