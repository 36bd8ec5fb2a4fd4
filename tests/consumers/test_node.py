"""Consumers of a node: what clients write is handed, and metrics show how far they are."""

import trio
from trio.testing import MockClock

from chatroom.consumers.log_consumer import LogConsumer
from chatroom.node import metrics_of
from chatroom.store.room_log import Changes

from ..metrics.scraping import Samples
from ..session.node_harness import World
from .index import Index, Page, entry_of


async def test_consumers_of_a_node_get_all_that_was_committed(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    index = Index()

    async def handle(room: str, page: Changes) -> None:
        index.take(Page.of(room, page))

    failing = []

    async def fail(room: str, page: Changes) -> None:
        failing.append(world.node.consumers[1].failing)
        raise ValueError(room)

    consumers = (LogConsumer("index", handle), LogConsumer("failing", fail))
    world = await World.start(nursery, consumers=consumers, rate_limits="off")
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general", create=True)
        for number in range(5):
            await alice.call("sendMessage", room="general", text=f"hi {number}")
        await alice.call("editMessage", room="general", seq=2, text="edited")
        await alice.call("deleteMessage", room="general", seq=3)
        world.store.fail_commit = True  # written, but the room fails before it tells anybody
        untold = await alice.refused("sendMessage", room="general", text="untold")
        assert untold.reason == "internal"
    await trio.sleep(10)
    log = (await world.store.page("general", 100)).messages
    assert len(log) == 6
    assert index.faults({"general": map(entry_of, log)}) == []
    samples = Samples((await metrics_of(world.node).render()).decode())
    assert samples.value("consumer_rooms", consumer="index") == 0
    assert samples.value("consumer_messages_total", consumer="index") >= len(log)
    assert samples.value("consumer_rooms", consumer="failing") == 1
    assert samples.value("consumer_rooms_failing", consumer="failing") == 1
    assert samples.value("consumer_failures_total", consumer="failing") > 1
    assert failing == [0] + [1] * (len(failing) - 1), "a retry is no success"
    assert samples.value("consumer_messages_total", consumer="failing") == 0
