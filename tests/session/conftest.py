from typing import Any

import pytest
import trio

from .node_harness import World


@pytest.fixture
async def world(settings_of_the_node: dict[str, Any], nursery: trio.Nursery) -> World:
    """A node. Tests that wait for time to pass also request ``autojump_clock``."""
    return await World.start(nursery, **settings_of_the_node)
