"""The documents of the search, which a log consumer writes."""

from typing import Final

STATEMENTS: Final = (
    # The id is the message's time in ms, times 2^20, plus a number: see
    # search_documents.TIME_SHIFT.
    """
    CREATE TABLE search_documents (
        doc INTEGER PRIMARY KEY,
        room TEXT NOT NULL,
        seq INTEGER NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (room, seq)
    ) STRICT
    """,
)
