"""Version 1 of the schema, a module for each subject: what all engines have.

The types are those of SQLite, and BOOLEAN. Triggers and indexes of the search are the engines' own.
"""

from typing import Final

from . import accounts, consumers, files, inboxes, messages, meta, push, rooms, search, threads
from .meta import fill

__all__ = ["STATEMENTS", "fill"]

STATEMENTS: Final = tuple(
    statement
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
    )
    for statement in subject.STATEMENTS
)
