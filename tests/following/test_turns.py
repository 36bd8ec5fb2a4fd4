"""Two nodes that write in one room all the time, of which one always comes too late."""

from typing import Final

import attrs
import trio
from trio.testing import MockClock

from ..builders import Guest
from .two_nodes import Line, meet, two_nodes

TIME_S: Final = 3.0
WANTED: Final = 3
"""Messages of the slow node in that time."""


@attrs.define(eq=False)
class Slow(Line):
    """:ivar pause_s: time before and after each commit of this node."""

    pause_s: float = 0

    async def pause(self) -> None:
        await trio.sleep(self.pause_s)


async def keep_sending(guest: Guest, sent: list[int]) -> None:
    while True:
        sent.append((await guest.send("lobby")).seq)


async def sent_by_both(quick: Slow, slow: Slow) -> tuple[list[int], list[int]]:
    """Return the seqs of the messages that were acknowledged at a quick node and at a slow one."""
    by_alice: list[int] = []
    by_bob: list[int] = []
    async with two_nodes(quick, slow) as (one, two):
        alice, bob = await meet(one, two)
        quick.pause_s, slow.pause_s = 0.005, 0.05
        with trio.move_on_after(TIME_S):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(keep_sending, alice, by_alice)
                nursery.start_soon(keep_sending, bob, by_bob)
    return by_alice, by_bob


async def test_a_node_that_is_overtaken_gets_its_turn(autojump_clock: MockClock) -> None:
    by_alice, by_bob = await sent_by_both(Slow(), Slow())
    assert len(by_bob) >= WANTED, f"{len(by_bob)} beside {len(by_alice)}"
    assert len(by_alice) > len(by_bob)
    assert len({*by_alice, *by_bob}) == len(by_alice) + len(by_bob)


async def test_a_node_that_has_waited_for_a_turn_is_not_overtaken_by_it(
    autojump_clock: MockClock,
) -> None:
    quick, slow = Slow(), Slow()
    by_alice, by_bob = await sent_by_both(quick, slow)
    assert by_alice
    assert by_bob
    assert quick.overtaken == 0


async def test_a_node_that_does_not_hear_of_it_goes_on(autojump_clock: MockClock) -> None:
    by_alice, by_bob = await sent_by_both(Slow(lose=1), Slow())
    assert len(by_bob) < WANTED < len(by_alice)
