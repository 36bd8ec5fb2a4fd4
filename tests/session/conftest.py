import pytest
import trio

from .node_harness import World


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    """A node with the usual settings.

    Tests that wait for time to pass also request ``autojump_clock``: pytest-trio requires that the
    test itself requests it.
    """
    return await World.start(nursery)
