"""Signs of typing reach people who watch the room at another node."""

import trio
from trio.testing import MockClock

from chatroom.protocol import calls

from ..builders import Guest
from .two_nodes import Line, meet, two_nodes

TOLD_S = 0.1


def signs(guest: Guest) -> list[tuple[str, bool, int | None]]:
    return [
        (event["user"], event["typing"], event.get("thread")) for event in guest.events("typing")
    ]


async def test_typing_begins_and_ends(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(double=1)) as (one, two):
        alice, bob = await meet(one, two)
        phone = await two.guest("alice")
        await phone.subscribe("lobby")
        for typing, thread in ((True, None), (True, 7), (False, 7)):
            await alice.ask("lobby", calls.SetTyping, typing, thread)
            await trio.sleep(TOLD_S)
        begun = [("alice", True, None), ("alice", False, None), ("alice", True, 7)]
        assert signs(bob) == [*begun, ("alice", False, 7)]
        assert signs(phone) == []  # one's own


async def test_sending_leaving_and_unsubscribing_end_it(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)

        async def stop() -> None:
            one.leave(alice)

        for end in (
            lambda: alice.send("lobby"),
            lambda: alice.ask("lobby", calls.Unsubscribe),
            stop,
        ):
            await alice.ask("lobby", calls.SetTyping, True)
            await trio.sleep(TOLD_S)
            await end()
            await trio.sleep(TOLD_S)
            assert signs(bob) == [("alice", True, None), ("alice", False, None)]
            bob.heard.clear()


async def test_only_watchers_are_told(autojump_clock: MockClock) -> None:
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        carol = await two.guest("carol")
        await bob.ask("lobby", calls.Unsubscribe)
        for guest in (alice, bob):
            guest.heard.clear()
        channel = two.node.hub.get("lobby")
        assert channel is not None
        two.node.hub.unwatch(bob.session, "lobby")
        await alice.ask("lobby", calls.SetTyping, True)
        await trio.sleep(TOLD_S)
        assert signs(bob) == signs(carol) == []
        assert not channel.typing
