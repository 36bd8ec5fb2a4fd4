"""Temporary refusals of messages: the client retries, and holds back later ones to the room."""

import itertools
from typing import Any

import attrs
import pytest
import trio

from chatroom.actors.restarts import RestartPolicy
from chatroom.client import CallRefused, Chat, ServerFault, StorageIsFull
from chatroom.inbox.state import InboxState
from chatroom.model import Room
from chatroom.store.room_log import Batch, Decision

from ..faulty_store import FaultyStore
from .network import Network, StartNetwork, log_of, messages


class Store(FaultyStore):
    """Notes the times of all commits. With ``gone``, the room ``general`` cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[float] = []
        self.gone = False

    async def commit(self, batch: Batch) -> Decision:
        self.commits.append(trio.current_time())
        return await super().commit(batch)

    async def room(self, name: str) -> Room | None:
        if self.gone and name == "general":
            raise OSError("broken")
        return await super().room(name)


@attrs.define(eq=False)
class Site:
    network: Network
    store: Store


@pytest.fixture
async def site(start_network: StartNetwork) -> Site:
    store = Store()
    return Site(await start_network(store=store, rate_limits="off"), store)


async def texts(chat: Chat) -> list[str]:
    return [message.text for message in (await log_of(chat, "general")).values()]


async def test_later_messages_to_the_room_wait_and_keep_their_order(site: Site) -> None:
    sent = [f"number {number}" for number in range(5)]
    async with site.network.meet("alice") as [chat]:
        await chat.join("other")
        site.store.poison = sent[0]
        async with trio.open_nursery() as sending:
            for text in sent:
                sending.start_soon(chat.send, "general", text)
                await trio.sleep(0.5)
            assert await texts(chat) == []
            assert (await chat.send("other", "hello")).seq == 1
            site.store.poison = None
        assert await texts(chat) == sent
        assert [m.seq for m in await messages(chat, 6) if m.room == "general"] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "pauses"), [(ServerFault, [1, 2, 4, 8, 16, 30, 30, 30, 30]), (StorageIsFull, [])]
)
async def test_a_message_that_always_fails_is_given_up(
    site: Site, kind: type[CallRefused], pauses: list[int]
) -> None:
    async with site.network.meet("alice") as [chat]:
        site.store.poison, site.store.full = "poison", kind is StorageIsFull
        site.store.commits.clear()
        with pytest.raises(kind) as caught:
            await chat.send("general", "poison")
        assert caught.value.temporary
        times = itertools.pairwise(site.store.commits)
        assert [round(later - earlier) for earlier, later in times] == pauses
        site.store.full = False
        await chat.send("general", "hello")
        assert await texts(chat) == ["hello"]


async def test_a_quarantined_room_is_retried_after_retry_after_ms(site: Site) -> None:
    async with site.network.meet("alice") as [chat]:
        await chat.unsubscribe("general")
        await trio.sleep(100)  # until it is asleep
        site.store.gone = True
        sent = list[float]()

        async def send(text: str) -> None:
            await chat.send("general", text)
            sent.append(trio.current_time())

        started = trio.current_time()
        async with trio.open_nursery() as sending:
            sending.start_soon(send, "first")
            await trio.sleep(30)
            assert site.network.world.node.actors.quarantines == 1
            sending.start_soon(send, "second")
            site.store.gone = False
        assert all(0 < at - started - RestartPolicy().quarantine_s < 60 for at in sent)
        assert await texts(chat) == ["first", "second"]


async def test_a_client_with_a_quarantined_inbox_reconnects_after_retry_after_ms(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("broken")

    async with site.network.meet("alice") as [chat]:
        with monkeypatch.context() as patch:
            patch.setattr(InboxState, "page", broken)
            site.network.wire.cut()
            await trio.sleep(250)
        assert site.network.world.node.actors.quarantines == 1
        assert len(site.network.dialled) < 10
        await chat.send("general", "hello")
        assert trio.current_time() > RestartPolicy().quarantine_s
        assert len(site.network.dialled) < 10
