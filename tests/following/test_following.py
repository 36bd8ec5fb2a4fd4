"""A room on one node follows what another node commits, whatever becomes of the news of it."""

from typing import Any, Final

import pytest
import trio
from trio.testing import MockClock

from chatroom.errors import CloseCode
from chatroom.model import OwnReactions
from chatroom.protocol import calls
from chatroom.room import mail as room_mail
from chatroom.store.sql import news as kept_news

from ..builders import Guest, reason
from .two_nodes import HEALED_S, Line, meet, texts, two_nodes

UP: Final = "\U0001f44d"


async def test_messages_arrive_once_and_in_order(line: Line, autojump_clock: MockClock) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        for number in range(9):
            await (alice if number % 3 else bob).send("lobby", str(number))
        await trio.sleep(HEALED_S)
        for guest in (alice, bob):
            assert texts(guest) == [str(number) for number in range(9)]
            assert guest.session.ending is None


async def test_edits_and_deletes_arrive(line: Line, autojump_clock: MockClock) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        await alice.send("lobby", "one")
        await alice.ask("lobby", calls.EditMessage, 1, "two")
        await alice.ask("lobby", calls.DeleteMessage, 1)
        await trio.sleep(HEALED_S)
        assert bob.revs() == [1, 2, 3]
        assert bob.session.ending is None


async def test_reactions_arrive_once_and_count_alike(line: Line, autojump_clock: MockClock) -> None:
    """Also when both nodes add and remove the same emoji at once."""
    line.commit_delay_s = 0.01
    async with two_nodes(Line(commit_delay_s=0.01), line) as (one, two):
        alice, bob = await meet(one, two)
        await alice.send("lobby", "one")

        async def react(guest: Guest) -> None:
            for kind in (calls.AddReaction, calls.AddReaction, calls.RemoveReaction) * 3:
                await guest.ask("lobby", kind, 1, UP)
            await guest.ask("lobby", calls.AddReaction, 1, UP)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(react, alice)
            nursery.start_soon(react, bob)
        await trio.sleep(HEALED_S)
        for guest in (alice, bob):
            assert guest.revs() == list(range(1, 16))
            page = await guest.ask("lobby", calls.GetHistory)
            [reaction] = page.messages[0].reactions
            assert (reaction.count, set(reaction.users)) == (2, {"alice", "bob"})
            assert page.my_reactions == (OwnReactions(1, (UP,)),)
        told = [each.events("reactionsChanged") for each in (alice, bob)]
        assert told[0] == told[1]


async def test_two_nodes_write_at_once(line: Line, autojump_clock: MockClock) -> None:
    """Each commit compares and swaps the version, so the later of two is decided again (I2)."""
    line.commit_delay_s = 0.01
    async with two_nodes(Line(commit_delay_s=0.01), line) as (one, two):
        alice, bob = await meet(one, two)
        sent: dict[str, int] = {}

        async def talk(guest: Guest) -> None:
            for number in range(30):
                text = f"{guest.user} {number}"
                sent[text] = (await guest.send("lobby", text)).seq

        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk, alice)
            nursery.start_soon(talk, bob)
        await trio.sleep(HEALED_S)
        assert sorted(sent.values()) == list(range(1, 61))
        for guest in (alice, bob):
            assert texts(guest) == sorted(sent, key=lambda text: sent[text])


async def test_commits_that_are_no_longer_kept_are_healed(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    """Sessions that watch the room are ended, and resume. Inboxes read the room again."""
    monkeypatch.setattr(kept_news, "KEPT_COMMITS", 2)
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        await (await two.guest("carol")).join("lobby")
        elsewhere = await two.guest("carol")
        for number in range(5):
            await alice.send("lobby", str(number))
        await trio.sleep(HEALED_S)
        assert bob.session.ending is CloseCode.RESTART
        assert (await elsewhere.inbox()).rooms[0].unread == 5
        again = await two.guest("bob")
        resumed = await again.subscribe("lobby", 0)
        assert [message.text for message in resumed.messages] == list("01234")
        assert resumed.recovered


async def test_a_room_that_sleeps_is_followed_for_awake_inboxes(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        await bob.ask("lobby", calls.Unsubscribe)
        await trio.sleep(2 * two.node.config.room_idle_s)
        assert not two.node.actors.awake(room_mail.address("lobby"))
        await alice.send("lobby", "@bob")
        await trio.sleep(HEALED_S)
        assert (bob.events("unread")[-1]["unread"], (await bob.inbox()).mentions) == (1, 1)


async def test_a_room_is_created_once(line: Line, autojump_clock: MockClock) -> None:
    line.commit_delay_s = 0.01
    async with two_nodes(Line(commit_delay_s=0.01), line) as (one, two):
        joined: list[Any] = []

        async def join(guest: Guest) -> None:
            joined.append(await guest.join("garden"))

        async with trio.open_nursery() as nursery:
            for house, user in ((one, "alice"), (two, "bob")):
                nursery.start_soon(join, await house.guest(user))
        assert sorted(each.created for each in joined) == [False, True]
        assert sorted(each.role for each in joined) == ["member", "owner"]


async def test_a_direct_room_is_created_once(line: Line, autojump_clock: MockClock) -> None:
    line.commit_delay_s = 0.01
    async with two_nodes(Line(commit_delay_s=0.01), line) as (one, two):
        alice, bob = await one.guest("alice"), await two.guest("bob")
        seqs: list[int] = []

        async def send(guest: Guest) -> None:
            seqs.append((await guest.send("@alice:bob")).seq)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send, alice)
            nursery.start_soon(send, bob)
        await trio.sleep(HEALED_S)
        assert sorted(seqs) == [1, 2]
        for guest in (alice, bob):
            assert (await guest.inbox()).unread == 1


async def test_a_deleted_room_ends_on_both_nodes(line: Line, autojump_clock: MockClock) -> None:
    async with two_nodes(None, line) as (one, two):
        _, bob = await meet(one, two)
        await one.node.rooms.delete("lobby")
        await trio.sleep(HEALED_S)
        assert (await bob.inbox()).rooms == ()
        assert [event["role"] for event in bob.events("memberChanged")] == [None]
        assert reason(await bob.send("lobby")) in ("forbidden", "not_found")


async def test_late_news_brings_no_deleted_room_back(autojump_clock: MockClock) -> None:
    line = Line()
    async with two_nodes(None, line) as (one, two):
        _, bob = await meet(one, two)
        await one.node.rooms.delete("lobby")
        await trio.sleep(HEALED_S)
        bob.heard.clear()
        assert two.node.others is not None
        two.node.others.following.heard(line.carried)
        await trio.sleep(HEALED_S)
        assert bob.events() == []
        assert (await bob.inbox()).rooms == ()


async def test_a_cursor_of_another_node_is_not_ahead(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        await alice.send("lobby")
        resumed = await bob.subscribe("lobby", 1)
        assert (resumed.recovered, resumed.reason, resumed.messages) == (True, None, ())
        assert (await bob.subscribe("lobby", 2)).reason == "ahead"


async def test_messages_count_against_a_quota_once(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        alice, _ = await meet(one, two)
        await alice.send("lobby")
        await trio.sleep(HEALED_S)
        assert (one.node.meter.posted, two.node.meter.posted) == (1, 0)
