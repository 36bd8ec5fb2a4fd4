from collections.abc import AsyncIterator
from typing import Any

import pytest
from trio.testing import MockClock

from chatroom.actors.supervisor import Supervisor

from .diary import Diary, supervised


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def other() -> Diary:
    """The diary of actors of another kind."""
    return Diary()


@pytest.fixture
def options() -> dict[str, Any]:
    """See :func:`.diary.supervised`. A test overrides them by parametrization."""
    return {}


@pytest.fixture
async def actors(
    diary: Diary, other: Diary, options: dict[str, Any], autojump_clock: MockClock
) -> AsyncIterator[Supervisor]:
    async with supervised(diary, other, **options) as actors:
        yield actors
