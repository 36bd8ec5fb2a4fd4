"""Temporary refusals of messages: the client retries, and holds back later ones to the room."""

import itertools
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.actors.restarts import RestartPolicy
from chatroom.client import Chat, Message, ServerFault
from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.inbox.state import InboxState
from chatroom.model import Room
from chatroom.node import Node
from chatroom.store.events import MessagePosted
from chatroom.store.room_log import Batch, Decision

from ..faulty_store import FaultyStore
from ..session.node_harness import World, now_ms
from .network import Network, messages


class Ailing(FaultyStore):
    """A store with faults.

    :ivar ailing: commits of messages to the room ``general`` fail.
    :ivar gone: that room cannot be read.
    :ivar poison: commits of messages with this text fail.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ailing = False
        self.gone = False
        self.poison: str | None = None
        self.attempts: list[tuple[float, str]] = []

    async def commit(self, batch: Batch) -> Decision:
        decide = batch.decide

        def decide_or_not(found: Any) -> Decision:
            decision = decide(found)
            for entry in decision.entries:
                if isinstance(entry, MessagePosted) and batch.room == "general":
                    self.attempts.append((trio.current_time(), entry.message.text))
                    if self.ailing or entry.message.text == self.poison:
                        raise OSError("broken")
            return decision

        return await super().commit(attrs.evolve(batch, decide=decide_or_not))

    async def room(self, name: str) -> Room | None:
        if self.gone and name == "general":
            raise OSError("broken")
        return await super().room(name)


@attrs.define(eq=False)
class Place:
    network: Network
    store: Ailing


@pytest.fixture
async def place(nursery: trio.Nursery) -> Place:
    store = Ailing()
    node = Node(Config(rate_limits="off"), store, clock=Clock(now_ms, None))
    await nursery.start(node.run)
    return Place(Network(World(node, nursery, store)), store)


async def log(chat: Chat) -> list[str]:
    page: tuple[Message, ...] = (await chat.history("general")).messages
    return [message.text for message in page]


async def test_later_messages_to_the_room_wait_and_keep_their_order(
    place: Place, autojump_clock: MockClock
) -> None:
    texts = [f"number {number}" for number in range(5)]
    async with place.network.chat() as chat:
        for room in ("general", "other"):
            await chat.join(room)
        place.store.ailing = True
        async with trio.open_nursery() as sending:
            for text in texts:
                sending.start_soon(chat.send, "general", text)
                await trio.sleep(0.5)
            assert {text for _, text in place.store.attempts} == {texts[0]}
            assert (await chat.send("other", "hello")).seq == 1
            place.store.ailing = False
        assert await log(chat) == texts
        assert [m.seq for m in await messages(chat, 6) if m.room == "general"] == [1, 2, 3, 4, 5]


async def test_a_message_that_always_fails_is_given_up_in_the_end(
    place: Place, autojump_clock: MockClock
) -> None:
    async with place.network.chat() as chat:
        await chat.join("general")
        place.store.poison = "poison"
        with pytest.raises(ServerFault):
            await chat.send("general", "poison")
        times = [at for at, _ in place.store.attempts]
        pauses = [round(later - at) for at, later in itertools.pairwise(times)]
        assert pauses == [1, 2, 4, 8, 16, 30, 30, 30, 30]
        await chat.send("general", "hello")
        assert await log(chat) == ["hello"]


async def test_a_quarantined_room_is_asked_again_when_it_says(
    place: Place, autojump_clock: MockClock
) -> None:
    async with place.network.chat() as chat:
        await chat.join("general")
        await chat.unsubscribe("general")
        await trio.sleep(100)  # until it is asleep
        place.store.gone = True
        sent = list[float]()

        async def send(text: str) -> None:
            await chat.send("general", text)
            sent.append(trio.current_time())

        started = trio.current_time()
        async with trio.open_nursery() as sending:
            sending.start_soon(send, "first")
            await trio.sleep(30)
            assert place.network.world.node.actors.quarantines == 1
            sending.start_soon(send, "second")
            place.store.gone = False
        assert all(0 < at - started - RestartPolicy().quarantine_s < 60 for at in sent)
        assert await log(chat) == ["first", "second"]


async def test_who_has_a_quarantined_inbox_comes_back_when_it_says(
    place: Place, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("broken")

    async with place.network.chat() as chat:
        await chat.join("general")
        with monkeypatch.context() as patch:
            patch.setattr(InboxState, "page", broken)
            place.network.wire.cut()
            await trio.sleep(250)
        assert place.network.world.node.actors.quarantines == 1
        assert len(place.network.dialled) < 10
        await chat.send("general", "hello")
        assert trio.current_time() > RestartPolicy().quarantine_s
        assert len(place.network.dialled) < 10
