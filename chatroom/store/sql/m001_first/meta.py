"""Single values: ids, keys, the last clock; and the incarnations."""

import secrets
from base64 import urlsafe_b64encode
from typing import Final

from ..connection import Connection
from ..incarnations import new_id
from ..meta import DATA_SET, LINK_KEY

P256_ORDER: Final = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551


def fill(connection: Connection) -> None:
    # A private key of the curve is any number below its order, so that no library is needed here.
    key = (secrets.randbelow(P256_ORDER - 1) + 1).to_bytes(32)
    connection.executemany(
        "INSERT INTO meta (name, value) VALUES (:name, :value)",
        [
            {"name": DATA_SET, "value": new_id()},
            {"name": LINK_KEY, "value": secrets.token_urlsafe()},
            # The key by which push services know this server.
            {"name": "push_key", "value": urlsafe_b64encode(key).rstrip(b"=").decode()},
        ],
    )


STATEMENTS: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE incarnations (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT",
    # By room first: a room has few rows, and they are read together.
    """
    CREATE TABLE room_incarnations (
        room TEXT NOT NULL,
        incarnation INTEGER NOT NULL, -- its number
        first_rev INTEGER NOT NULL, -- that it wrote in the room
        PRIMARY KEY (room, incarnation)
    ) STRICT, WITHOUT ROWID
    """,
)
