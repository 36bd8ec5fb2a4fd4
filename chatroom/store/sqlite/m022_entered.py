"""Migration 22: whether somebody who has come by an invitation has become a member of its room."""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    # Those who have signed up by an invitation to a room and are no members may still become some.
    connection.execute("ALTER TABLE invitation_uses ADD COLUMN entered INTEGER NOT NULL DEFAULT 0")
    connection.execute(
        """
        UPDATE invitation_uses AS u SET entered = 1 WHERE EXISTS (
            SELECT 1 FROM invitations AS i JOIN members AS m ON m.room = i.room
            WHERE i.id = u.invitation AND m.user = u.user
        )
        """
    )
