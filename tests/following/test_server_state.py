"""The server's state on two nodes."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.errors import Refused
from chatroom.protocol import calls
from chatroom.protocol.field_types import AnnouncementText, ReadOnlyReason

from .two_nodes import HEALED_S, Line, meet, two_nodes


async def test_all_nodes_are_read_only_and_announce(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        _, bob = await meet(one, two)
        close = calls.SetServer(read_only=ReadOnlyReason("we move"))
        await one.node.server_state.set(close, None)
        await one.node.server_state.announce(calls.Announce(AnnouncementText("tea")), None)
        await trio.sleep(HEALED_S)
        with pytest.raises(Refused, match="we move"):
            two.node.server_state.require_writable()
        told = bob.events("serverChanged")[-1]
        assert (told["readOnly"], told["announcement"]["text"]) == ("we move", "tea")
        assert two.node.server_state.shown() == one.node.server_state.shown()
