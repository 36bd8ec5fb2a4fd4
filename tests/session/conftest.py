import pytest
import trio

from .node_harness import World


@pytest.fixture
async def world(request: pytest.FixtureRequest, nursery: trio.Nursery) -> World:
    """A node. ``@pytest.mark.config(name=value)`` of a test or a module changes its settings.

    Tests that wait for time to pass also request ``autojump_clock``: pytest-trio requires that the
    test itself requests it.
    """
    marks = reversed(list(request.node.iter_markers("config")))
    settings = {name: value for mark in marks for name, value in mark.kwargs.items()}
    return await World.start(nursery, **settings)
