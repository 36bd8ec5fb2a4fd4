"""A PostgreSQL server for a session of tests, and a database that is empty for each test."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from chatroom.store.postgres import PostgresStore

from .postgres_server import PostgresServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with closing(PostgresServer()) as server:
        server.start()
        yield server


@pytest.fixture(scope="session")
def database(postgres: PostgresServer) -> str:
    """The URL of a database with our tables."""
    postgres.execute("CREATE DATABASE ours")
    PostgresStore.open(postgres.url("ours")).close()
    return postgres.url("ours")


@pytest.fixture
def empty_database(postgres: PostgresServer, database: str) -> str:
    """The URL of a database without rows."""
    postgres.empty("ours")
    return database
