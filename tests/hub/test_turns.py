"""How long a batch is held back for other nodes."""

from typing import Final

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.hub.turns import LONG_S, MAX_S, Tries, Turns

ROOM: Final = "lobby"
pytestmark = pytest.mark.usefixtures("autojump_clock")


class Batch:
    """A batch of this node.

    :ivar caught_up: when it has read what others have committed.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.caught_up: list[float] = []
        self.released_at: float | None = None

    async def run(self) -> None:
        await self._turns.wait(ROOM, self._catch_up)
        self.released_at = trio.current_time()

    async def _catch_up(self) -> None:
        self.caught_up.append(trio.current_time())


async def test_a_batch_waits_for_all_who_have_a_turn_and_not_for_others(
    nursery: trio.Nursery,
) -> None:
    turns = Turns()
    batch, began = Batch(turns), trio.current_time()
    turns.give(ROOM, 2, 1.0)
    turns.give(ROOM, 3, 1.0)
    nursery.start_soon(batch.run)
    await wait_all_tasks_blocked()
    turns.news(ROOM)  # of node 4
    await wait_all_tasks_blocked()
    assert batch.caught_up == [began]
    turns.give(ROOM, 2, 0)
    await wait_all_tasks_blocked()
    assert batch.released_at is None
    turns.give(ROOM, 3, 0)
    await wait_all_tasks_blocked()
    assert batch.released_at == began
    assert not turns.given


async def test_nobody_waits_longer_than_the_turn_or_the_limit(nursery: trio.Nursery) -> None:
    turns = Turns()
    began = trio.current_time()
    turns.give(ROOM, 2, 0.5)
    short = Batch(turns)
    await short.run()
    assert short.released_at == pytest.approx(began + 0.5)
    long, began = Batch(turns), trio.current_time()
    turns.give(ROOM, 2, MAX_S)
    nursery.start_soon(long.run)
    await trio.sleep(MAX_S / 2)
    turns.give(ROOM, 3, 2 * MAX_S)
    await trio.sleep(2 * MAX_S)
    assert long.released_at == pytest.approx(began + MAX_S)


async def test_a_turn_is_asked_for_after_two_tries_or_a_long_one_and_ends_with_them() -> None:
    turns = Turns()
    told: list[tuple[str, bool]] = []
    turns.told = lambda room, seconds: told.append((room, bool(seconds)))
    with Tries(turns, "first"):
        pass
    with Tries(turns, "once") as tries:
        tries.overtaken()
    assert told == []
    with Tries(turns, "twice") as tries:
        tries.overtaken()
        tries.overtaken()
    assert told == [("twice", True), ("twice", False)]
    told.clear()
    with Tries(turns, "long") as tries:
        await trio.sleep(LONG_S)
        tries.overtaken()
    assert told == [("long", True), ("long", False)]
