"""With any concurrent calls, each session receives correct events in order, and all in the end.

This includes failing rooms, pruning, and actors that sleep and wake.
"""

import random

import attrs
import pytest
import trio
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.hub import message_cache
from chatroom.inbox import actor as inbox_actor
from chatroom.protocol import calls

from ..builders import CONFIG, open_house
from .people import PEOPLE, Crowd, Restless
from .session_checker import SessionChecker

pytestmark = pytest.mark.long(10)

FAILURES = 3


@settings(
    derandomize=True,
    database=None,
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],  # shrinking a seed does not simplify
)
@given(seed=st.integers(0, 2**32), failing=st.booleans(), narrow=st.booleans())
def test_everybody_at_once(seed: int, failing: bool, narrow: bool) -> None:
    """Hypothesis also seeds the order in which Trio runs tasks."""
    with pytest.MonkeyPatch.context() as patch:
        if narrow:  # caches overflow early
            patch.setattr(message_cache, "MAX_CHANGES", 3)
            patch.setattr(inbox_actor, "FOLDED", 2)
            patch.setattr(message_cache, "MAX_MESSAGES", 3)
        failures = FAILURES if failing else 0
        trio.run(meet, seed, failures, clock=MockClock(autojump_threshold=0))


async def meet(seed: int, failures: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    store = Restless(dice, failures)
    idle_s = dice.choice([0.02, 1])
    config = attrs.evolve(
        CONFIG,
        presence_grace_s=0.05,
        inbox_idle_s=idle_s,
        room_idle_s=idle_s,
        unread_interval_ms=dice.choice([0, 10, 100]),
    )
    async with open_house(store, config=config, people=PEOPLE) as house:
        crowd = Crowd(house, store, dice)
        host = await house.guest(PEOPLE[0])
        await host.ask("den", calls.CreateRoom, "private", None, None)
        for user in PEOPLE[1:]:
            await host.ask("den", calls.Invite, user)
        house.leave(host)
        async with trio.open_nursery() as nursery:
            until = trio.current_time() + 1.5
            for user in PEOPLE * 2:
                nursery.start_soon(crowd.live, user, until)
            if dice.random() < 0.5:
                nursery.start_soon(crowd.prune, until)
        await trio.sleep(10)
        for device in crowd.devices:
            if device.guest.session.ending is not None and not device.over:
                crowd.end(device)
        await trio.sleep(10)

        here = [device for device in crowd.devices if not device.over]
        online = {device.guest.user for device in here}
        members = {
            room: {member.user for member in (await store.members(room, "", 1000)).members}
            for room in store.commits
        }
        for device in crowd.devices:
            checker = SessionChecker(device, store.commits)
            checker.check()
            if device in here:
                checker.check_end(members, online)
        for device in here:
            crowd.end(device)
        await trio.sleep(100)
        assert len(house.node.actors) == len(house.node.hub) == len(house.node.registry) == 0
