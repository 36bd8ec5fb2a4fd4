"""A running store."""

from collections.abc import AsyncIterator

import pytest

from chatroom.store.postgres import PostgresStore

from ..store.room_log import running


@pytest.fixture
async def store(empty_database: str) -> AsyncIterator[PostgresStore]:
    async with running(PostgresStore.open(empty_database)) as made:
        yield made
