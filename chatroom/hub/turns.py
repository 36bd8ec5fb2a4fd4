"""Turns of nodes in rooms in which several of them write all the time.

A node whose batch was overtaken reads what it has missed before the next try, so one that was not
is quicker, again and again. After some tries it asks the others for a turn: they hold their next
batch in that room back until it has committed, or for some times as long as its last try took. That
is a hint. Lost, it costs time; it is no lock, so nobody waits for long for a node that is frozen.
"""

from collections.abc import Callable
from typing import Final

import attrs
import trio

MIN_TRIES: Final = 2
"""Tries that were overtaken before a node asks."""
TRIES_PER_TURN: Final = 3
"""A turn takes as long as this many tries."""
MIN_S: Final = 0.02
MAX_S: Final = 2.0
"""Limits of the time for which a batch is held back."""


@attrs.define(eq=False)
class Turn:
    """:ivar until: when it ends at the latest, by Trio's clock."""

    until: float
    awaited: bool = False
    over: trio.Event = attrs.field(factory=trio.Event)


class Turns:
    """
    :ivar given: the turns of other nodes, by room; mostly none.
    :ivar told: called with a room and a number of seconds to ask for a turn; None: there are no
        other nodes.
    """

    def __init__(self) -> None:
        self.told: Callable[[str, float], object] | None = None
        self.given: dict[str, Turn] = {}

    def overtaken(self, room: str, tries: int, seconds: float) -> None:
        """Ask for a turn if this node was overtaken often enough.

        :param tries: how often in sequence.
        :param seconds: how long the last try took, with the reading before it.
        """
        if tries >= MIN_TRIES and self.told is not None:
            self.told(room, min(MAX_S, max(MIN_S, TRIES_PER_TURN * seconds)))

    def give(self, room: str, seconds: float) -> None:
        """Hold the next batch of a room back for this time."""
        now = trio.current_time()
        self.given = {name: turn for name, turn in self.given.items() if turn.until > now}
        self.given[room] = Turn(now + min(seconds, MAX_S))

    def end(self, room: str) -> None:
        """End the wait, if there is one: another node has committed."""
        if (turn := self.given.get(room)) is not None and turn.awaited:
            turn.over.set()

    async def wait(self, room: str) -> None:
        """Wait while another node has its turn."""
        if (turn := self.given.get(room)) is None:
            return
        turn.awaited = True
        with trio.move_on_at(turn.until):
            await turn.over.wait()
        if self.given.get(room) is turn:
            del self.given[room]
