"""Version 1 of the schema, a module for each subject."""

import sqlite3

from . import accounts, consumers, files, inboxes, messages, meta, push, rooms, search, threads


def upgrade(connection: sqlite3.Connection) -> None:
    for subject in (
        meta,
        accounts,
        rooms,
        messages,
        threads,
        inboxes,
        consumers,
        search,
        push,
        files,
    ):
        for statement in subject.STATEMENTS:
            connection.execute(statement)
    meta.fill(connection)
