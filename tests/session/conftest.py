import pytest
import trio

from .node_harness import World


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    """A node with the usual settings.

    Tests that wait for time to pass take ``autojump_clock`` as well: pytest-trio wants it from the
    test itself.
    """
    return await World.start(nursery)
