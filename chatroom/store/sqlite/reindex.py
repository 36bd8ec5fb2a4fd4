"""Emptying the search index, so that the next server fills it anew."""

from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from ..search import CONSUMER
from ..sql.m001_first import search
from .connection import checkpoint
from .explaining import explained
from .m001_first import SEARCH
from .startup import FILE, open_database


def reindex(directory: Path, found: Collection[str]) -> None:
    """Make an empty index. The caller holds the lock of the directory, in which it found some
    files.

    :raises StartError: the database cannot be used.
    """
    connection, mark, _ = open_database(directory, found)
    with closing(mark), closing(connection), explained(directory / FILE):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DROP TABLE search_index")
        connection.execute("DROP TABLE search_documents")  # with its triggers
        for statement in (*search.STATEMENTS, *SEARCH):
            connection.execute(statement)
        connection.execute("DELETE FROM meta WHERE name = 'search_removed'")
        connection.execute(
            "DELETE FROM consumer_cursors WHERE consumer = :consumer", {"consumer": CONSUMER}
        )
        connection.execute("COMMIT")
        checkpoint(connection)
