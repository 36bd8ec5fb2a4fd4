"""Searching: what is found, by whom, and what is never shown (I5)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.consumers.search_indexer import search_consumer
from chatroom.inbox.searching import Searcher
from chatroom.model import Message
from chatroom.store.room_log import text_size
from chatroom.store.search import Search, SearchPage

from ..client import CallFailed, Client
from ..faulty_store import FaultyStore
from .node_harness import World

pytestmark = pytest.mark.usefixtures("autojump_clock")


class SlowSearches(FaultyStore):
    """``meanwhile`` is awaited between the read of a search and its reply."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def search(
        self, wanted: Search, size: Callable[[Message], int] = text_size
    ) -> SearchPage:
        page = await super().search(wanted, size)
        if self.meanwhile is not None:
            await self.meanwhile()
        return page


@asynccontextmanager
async def talking(nursery: trio.Nursery, *names: str) -> AsyncIterator[tuple[World, list[Client]]]:
    """Run a node with an index, on which these people have met in the room ``general``."""
    store = SlowSearches()
    consumers = [search_consumer(store, cpu_s=lambda: 0.0)]
    world = await World.start(nursery, store=store, consumers=consumers, rate_limits="off")
    async with world.sessions(*names) as people:
        for each in people:
            await each.call("joinRoom", room="general")
        yield world, list(people)


async def found(client: Client, query: str, **more: Any) -> list[tuple[str, int]]:
    """Wait until all is indexed, and return the rooms and seqs of the messages found."""
    await trio.sleep(2)
    reply = await client.call("searchMessages", query=query, **more)
    assert reply["pending"] == 0
    assert len(reply["messages"]) == len(reply["ranges"])
    return [(message["room"], message["seq"]) for message in reply["messages"]]


async def send(client: Client, text: str, **where: str) -> int:
    reply = await client.call("sendMessage", text=text, **(where or {"room": "general"}))
    return int(reply["seq"])


async def test_messages_of_all_my_rooms_are_found(nursery: trio.Nursery) -> None:
    async with talking(nursery, "alice", "bob") as (_, [alice, bob]):
        await send(alice, "The deployment is done")
        await send(bob, "deploy again, please")
        await send(bob, "and tell me: deployed?", to="alice")
        direct = ("@alice:bob", 1)
        assert await found(alice, "deploy") == [direct, ("general", 2), ("general", 1)]
        assert await found(alice, "deploy", room="general") == [("general", 2), ("general", 1)]
        assert await found(alice, "deploy", sender="alice") == [("general", 1)]
        assert await found(alice, '"deploy"') == [("general", 2)]
        reply = await bob.call("searchMessages", query="TELL me")
        assert reply["ranges"] == [[{"start": 4, "end": 8}, {"start": 9, "end": 11}]]
        assert reply["messages"][0]["text"] == "and tell me: deployed?"
        page = await alice.call("getHistory", room="general", around=2, limit=1)
        assert page["messages"][0]["text"] == "deploy again, please"


async def test_pages_have_every_message_once(nursery: trio.Nursery) -> None:
    async with talking(nursery, "alice") as (_, [alice]):
        for number in range(7):
            await send(alice, f"number {number}")
        assert len(await found(alice, "number")) == 7
        seqs, cursor = [], None
        while True:
            page = await alice.call("searchMessages", query="number", limit=3, cursor=cursor)
            seqs += [message["seq"] for message in page["messages"]]
            if (cursor := page["next"]) is None:
                break
        assert seqs == [7, 6, 5, 4, 3, 2, 1]


async def test_changes_are_followed(nursery: trio.Nursery) -> None:
    async with talking(nursery, "alice") as (_, [alice]):
        await send(alice, "first")
        await send(alice, "second")
        await alice.call("editMessage", room="general", seq=1, text="third")
        await alice.call("deleteMessage", room="general", seq=2)
        assert await found(alice, "first") == await found(alice, "second") == []
        assert await found(alice, "third") == [("general", 1)]


@pytest.mark.parametrize("query", ["?!", "  ", '""', "_ -"])
async def test_a_query_without_a_word_is_refused(nursery: trio.Nursery, query: str) -> None:
    async with talking(nursery, "alice") as (_, [alice]):
        refused = await alice.refused("searchMessages", query=query)
        assert refused.reason == "invalid_params"
        assert refused.message.startswith("query: ")
        refused = await alice.refused("searchMessages", query="word", cursor="nonsense")
        assert (refused.reason, refused.message[:8]) == ("invalid_params", "cursor: ")


async def test_outsiders_find_nothing_and_learn_nothing(nursery: trio.Nursery) -> None:
    async with talking(nursery, "alice", "bob") as (world, [alice, bob]):
        await alice.call("createRoom", room="den", visibility="private")
        await send(alice, "a secret", room="den")
        await send(alice, "no secret, but theirs")
        await send(alice, "our secret", to="bob")
        async with world.session("carol") as carol:
            reply = await carol.call("searchMessages", query="secret")
            assert reply == {"messages": [], "ranges": [], "pending": 0, "next": None}
            assert await found(carol, "secret") == []
            for room, reason in [
                ("den", "not_found"),
                ("nowhere", "not_found"),
                ("@alice:bob", "not_found"),
                ("general", "forbidden"),
            ]:
                refused = await carol.refused("searchMessages", query="secret", room=room)
                assert refused.reason == reason
        assert len(await found(bob, "secret")) == 2


async def _was_member(world: World, alice: Client, bob: Client) -> None:
    """Let bob have been a member of the private room."""
    await alice.call("createRoom", room="den", visibility="private")
    await alice.call("invite", room="den", user="bob")
    await send(alice, "a secret", room="den")
    assert await found(bob, "secret") == [("den", 1)]


async def test_former_members_find_nothing_any_more(nursery: trio.Nursery) -> None:
    async with talking(nursery, "alice", "bob") as (world, [alice, bob]):
        await _was_member(world, alice, bob)
        await alice.call("removeMember", room="den", user="bob")
        assert await found(bob, "secret") == []
        refused = await bob.refused("searchMessages", query="secret", room="den")
        assert refused.reason == "not_found"


async def removed_meanwhile(nursery: trio.Nursery, **params: str) -> Any:
    """Return the answer to a search by somebody who is removed while it is read."""
    async with talking(nursery, "alice", "bob") as (world, [alice, bob]):
        await _was_member(world, alice, bob)
        store = world.store
        assert isinstance(store, SlowSearches)
        store.meanwhile = lambda: alice.call("removeMember", room="den", user="bob")
        try:
            return await bob.call("searchMessages", query="secret", **params)
        except CallFailed as failed:
            return failed.reason


async def test_who_is_removed_while_it_is_searched_gets_nothing(nursery: trio.Nursery) -> None:
    assert (await removed_meanwhile(nursery))["messages"] == []


async def test_nor_from_the_room_alone(nursery: trio.Nursery) -> None:
    assert await removed_meanwhile(nursery, room="den") == "not_found"


async def test_a_search_that_leaks_is_found(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both checks are needed: without the second one, the test above fails."""
    monkeypatch.setattr(Searcher, "_follows", lambda *_: True)
    assert (await removed_meanwhile(nursery))["messages"] != []


async def test_what_is_not_indexed_yet_is_told(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    async with talking(nursery, "alice") as (_, [alice]):
        await send(alice, "at once")
        reply = await alice.call("searchMessages", query="at once")
        assert (reply["messages"], reply["pending"]) == ([], 1)
        assert await found(alice, "at once") == [("general", 1)]
