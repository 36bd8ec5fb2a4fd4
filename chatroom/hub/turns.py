"""Turns of nodes in rooms in which several of them write all the time.

A node whose batch was overtaken reads what it has missed before the next try, so one that was not
is quicker, again and again. After some tries, or a long one, it asks the others for a turn: they
hold their next batch in that room back until it has committed, or for some times as long as its
last try took. Meanwhile they apply what it commits. That is a hint. Lost, it costs time; it is no
lock, so nobody waits for long for a node that is frozen.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Self

import attrs
import trio

MIN_TRIES: Final = 2
"""Tries that were overtaken before a node asks."""
LONG_S: Final = 0.5
"""Duration of a try after which a node asks at once."""
TRIES_PER_TURN: Final = 3
"""A turn takes as long as this many tries."""
MIN_S: Final = 0.02
MAX_S: Final = 5.0
"""Limits of the time for which a batch is held back. It is long only if commits are slow.
PostgreSQL holds the locks of a node that is frozen for up to MAX_S too."""


@attrs.define(eq=False)
class Held:
    """The turns of other nodes in a room.

    :ivar ends: when the turn of each node ends at the latest, by Trio's clock.
    :ivar changed: set when a turn has ended, and when there is news of the room.
    """

    ends: dict[int, float] = attrs.field(factory=dict)
    changed: trio.Event = attrs.field(factory=trio.Event)

    @property
    def until(self) -> float:
        return max(self.ends.values(), default=0.0)

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()


class Turns:
    """
    :ivar given: the turns of other nodes, by room; mostly none.
    :ivar told: called with a room and a number of seconds to ask for a turn, and with 0 at its end;
        None: there are no other nodes.
    """

    def __init__(self) -> None:
        self.told: Callable[[str, float], object] | None = None
        self.given: dict[str, Held] = {}

    def give(self, room: str, node: int, seconds: float) -> None:
        """Hold the next batch of a room back for this time; 0: the turn of the node has ended."""
        now = trio.current_time()
        self.given = {name: held for name, held in self.given.items() if held.until > now}
        if seconds:
            held = self.given.setdefault(room, Held())
            held.ends[node] = now + min(seconds, MAX_S)
        elif (found := self.given.get(room)) is not None:
            found.ends.pop(node, None)
            if not found.ends:
                del self.given[room]
            found.wake()

    def news(self, room: str) -> None:
        """Let a batch that is held back catch up: another node has committed."""
        if (held := self.given.get(room)) is not None:
            held.wake()

    async def wait(self, room: str, catch_up: Callable[[], Awaitable[None]]) -> None:
        """Wait while other nodes have turns.

        :param catch_up: reads and applies what they have committed. Otherwise the batch that is
            held back would be overtaken. It is called after each commit, so that listeners need
            not wait too.
        """
        last = trio.current_time() + MAX_S
        while (held := self.given.get(room)) is not None:
            until = min(last, held.until)
            if until <= trio.current_time():
                return
            with trio.move_on_at(until):
                await held.changed.wait()
            await catch_up()


class Tries:
    """The tries of a node to commit a batch, as a context. Its turn, if it has asked for one, ends
    with that."""

    __slots__ = ("_asked", "_began", "_count", "_room", "_turns")

    def __init__(self, turns: Turns, room: str) -> None:
        self._turns = turns
        self._room = room
        self._count = 0
        self._asked = False
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = trio.current_time()
        return self

    def overtaken(self) -> None:
        """Ask for a turn if this node was overtaken often enough, or by a long try."""
        self._count += 1
        seconds = trio.current_time() - self._began
        self._began += seconds
        if (self._count >= MIN_TRIES or seconds >= LONG_S) and self._turns.told is not None:
            self._asked = True
            self._turns.told(self._room, min(MAX_S, max(MIN_S, TRIES_PER_TURN * seconds)))

    def __exit__(self, *_: object) -> None:
        if self._asked and self._turns.told is not None:
            self._turns.told(self._room, 0.0)
