"""A server process with two nodes on its store. Connections go to each by turns."""

from itertools import cycle
from random import Random
from typing import Any

import trio

import chatroom.server
from chatroom.node import Node
from chatroom.store.sqlite import SqliteStore

from .two_nodes import Line, share


class TwoNodes(Node):
    """The first node, which has the second one. Their news is lost, doubled and late at random."""

    def __init__(self, config: Any, store: SqliteStore, **more: Any) -> None:
        more["alone"] = False
        one, two = share(store, _line(1), _line(2))
        super().__init__(config, one, **more)
        more.pop("consumers", None)  # each has one cursor
        self.other = Node(config, two, **more)
        by_turns = cycle([self.admission.handle_socket, self.other.admission.handle_socket])

        async def handle_socket(stream: trio.SocketStream, **more: Any) -> None:
            await next(by_turns)(stream, **more)

        self.admission.handle_socket = handle_socket  # type: ignore[method-assign,assignment]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(super().run)
            await nursery.start(self.other.run)
            task_status.started()

    async def drain(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(super().drain)
            nursery.start_soon(self.other.drain)


def _line(seed: int) -> Line:
    return Line(Random(seed), lose=0.2, double=0.2, delay_s=0.05)  # noqa: S311


def serve_from_two_nodes() -> None:
    """Let this process serve from two nodes."""
    setattr(chatroom.server, "Node", TwoNodes)  # noqa: B010
