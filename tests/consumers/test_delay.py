"""A consumer that wants messages of a certain age."""

from collections.abc import Iterable
from typing import Final

import pytest
import trio

from chatroom.consumers.room_delay import RoomDelay

from ..session.node_harness import now_ms
from ..store.room_log import StoredRoom, rooms
from .harness import ConsumedStore, Consuming

pytestmark = pytest.mark.usefixtures("autojump_clock")
DELAY_S: Final = 10.0


@pytest.fixture
async def consuming() -> Consuming:
    return Consuming(ConsumedStore())


async def post(talk: StoredRoom, text: str = "hello") -> float:
    """Post with the present time. Return that of the virtual clock."""
    talk.now = now_ms() - 10  # each event of the model comes 10 ms after the last one
    await talk.post("alice", text)
    return trio.current_time()


def times(consuming: Consuming) -> dict[int, float]:
    """Return when each rev was handed, where a page has one message."""
    attempts = [time for times in consuming.attempts.values() for time in times]
    return {page.entries[0][1]: time for page, time in zip(consuming.pages, attempts, strict=True)}


async def test_messages_are_handed_at_their_age(consuming: Consuming) -> None:
    (talk,) = await rooms(consuming.store, 1)
    async with consuming.running(posts_at_s=DELAY_S, clock=now_ms, page_messages=1):
        posted = []
        for _ in range(4):
            await trio.sleep(3)
            posted.append(await post(talk))
        await trio.sleep(2 * DELAY_S)
        handed = times(consuming)
    assert list(handed) == [1, 2, 3, 4]
    for rev, time in enumerate(posted, 1):
        assert handed[rev] == pytest.approx(time + DELAY_S, abs=0.1)
    assert consuming.faults(talk) == []


async def test_messages_posted_before_the_start_wait_too(consuming: Consuming) -> None:
    (talk,) = await rooms(consuming.store, 1)
    old = await post(talk)
    await trio.sleep(DELAY_S - 1)
    young = await post(talk)
    async with consuming.running(posts_at_s=DELAY_S, clock=now_ms, page_messages=1):
        await trio.sleep(2 * DELAY_S)
        handed = times(consuming)
    assert handed[1] == pytest.approx(old + DELAY_S, abs=0.1)
    assert handed[2] == pytest.approx(young + DELAY_S, abs=0.1)


async def test_changes_are_not_handed_and_delay_nothing(consuming: Consuming) -> None:
    (talk,) = await rooms(consuming.store, 1)
    async with consuming.running(posts_at_s=DELAY_S, clock=now_ms):
        for number in range(3):
            await post(talk, f"number {number}")
            await talk.edit(number + 1, "edited once")
            await trio.sleep(1)
        await talk.edit(1, "edited twice")
        await trio.sleep(2 * DELAY_S)
        await talk.edit(2, "edited late")
        await trio.sleep(2 * DELAY_S)
    handed = [entry for page in consuming.pages for entry in page.entries]
    assert [(seq, text) for seq, _, text, _ in handed] == [
        (1, "edited twice"),
        (2, "edited once"),
        (3, "edited once"),
    ]
    found = await consuming.store.moved_rooms("index", "", 10)
    assert found == ([], None)


async def test_an_edit_of_an_old_message_does_not_hurry_a_young_one(consuming: Consuming) -> None:
    (talk,) = await rooms(consuming.store, 1)
    async with consuming.running(posts_at_s=DELAY_S, clock=now_ms, page_messages=1):
        await post(talk)
        await trio.sleep(2 * DELAY_S)
        young = await post(talk)
        await talk.edit(1, "edited")
        await talk.edit(2, "edited too")
        await trio.sleep(2 * DELAY_S)
        handed = times(consuming)
    assert list(handed) == [1, 4]
    assert handed[4] == pytest.approx(young + DELAY_S, abs=0.1)


async def test_messages_of_a_clock_that_was_set_back_do_not_wait(consuming: Consuming) -> None:
    (talk,) = await rooms(consuming.store, 1)
    async with consuming.running(posts_at_s=DELAY_S, clock=lambda: now_ms() - 3_600_000):
        await post(talk)
        await trio.sleep(DELAY_S + 1)
    assert consuming.revs(talk.name) == [1]


async def test_more_rooms_than_are_held_are_found_by_a_scan(consuming: Consuming) -> None:
    talks = await rooms(consuming.store, 30)
    async with consuming.running(posts_at_s=DELAY_S, clock=now_ms, max_ready=10):
        for talk in talks:
            await post(talk)
        await trio.sleep(3 * DELAY_S)
    assert all(consuming.revs(talk.name) == [1] for talk in talks)


async def test_the_first_time_of_a_room_counts() -> None:
    due: list[tuple[float, str]] = []
    overflows: list[None] = []

    def take(found: Iterable[str]) -> None:
        due.extend((trio.current_time() - began, room) for room in found)

    delay = RoomDelay(DELAY_S, take, lambda: overflows.append(None), max_rooms=3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(delay.run)
        began = trio.current_time()
        delay.add(["a", "b"])
        await trio.sleep(1)
        delay.add(["a", "c", "d"])
        delay.hold("b", 3)
        delay.hold("c", 2 * DELAY_S)
        assert len(delay) == 3
        await trio.sleep(2 * DELAY_S)
        nursery.cancel_scope.cancel()
    assert due == [(4, "b"), (10, "a"), (11, "c")]
    assert overflows == [None]
