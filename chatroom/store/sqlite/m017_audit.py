"""Migration 17: the audit of what admins, moderators and owners do to others."""

import sqlite3
from typing import Final


def upgrade(connection: sqlite3.Connection) -> None:
    for statement in _STATEMENTS:
        connection.execute(statement)


_STATEMENTS: Final = (
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        act TEXT NOT NULL,
        by TEXT,
        room TEXT,
        user TEXT,
        details TEXT
    ) STRICT
    """,
    "CREATE INDEX audit_by_room ON audit (room, id) WHERE room IS NOT NULL",
    # Rows are only appended. INSERT OR REPLACE deletes without the trigger for it.
    """
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id)
    BEGIN SELECT raise(ABORT, 'the audit is only appended to'); END
    """,
    """
    CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit is only appended to'); END
    """,
    """
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit is only appended to'); END
    """,
)
