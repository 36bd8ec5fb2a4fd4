"""``chatroom check`` on PostgreSQL: what is found in a file is found there too."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import trio

from chatroom.store.moving import move
from chatroom.store.postgres.connection import ANY, Connection
from chatroom.store.postgres.integrity import faults
from chatroom.store.sql.integrity import wrong_rooms
from chatroom.store.sqlite.startup import FILE

from ..postgres_server import PostgresServer
from ..store.test_checking import HARMS, live


@pytest.fixture(scope="module")
def lived_in(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with all kinds of data."""
    directory = tmp_path_factory.mktemp("lived_in")
    trio.run(live, directory)
    postgres.execute("CREATE DATABASE lived_in")
    url = postgres.url("lived_in")
    move(directory, [FILE], url, lambda done, total: None)
    yield url
    postgres.execute("DROP DATABASE lived_in")


def test_a_sound_database_has_no_faults(lived_in: str) -> None:
    assert faults(lived_in, {}) == []


def test_each_inconsistency_is_found(lived_in: str) -> None:
    with closing(Connection(lived_in, ANY)) as connection:
        connection.connect()
        for harm, found in HARMS:
            if found.startswith("search index"):
                continue  # PostgreSQL keeps it
            connection.execute("BEGIN")
            assert connection.execute(harm).rowcount > 0
            lines = list(wrong_rooms(connection))
            assert any(found in line for line in lines), (harm, lines)
            connection.execute("ROLLBACK")
