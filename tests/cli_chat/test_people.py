"""Names, statuses and completion in the terminal chat."""

import trio
from trio.testing import MockClock

from chatroom.cli.chat.completion import completions
from chatroom.cli.chat.people import PAUSE_S, People
from chatroom.cli.chat.state import State
from chatroom.cli.chat.types import Facts
from chatroom.client import Status

from ..python_client.network import Network
from .server import Place
from .test_terminal import say


async def test_names_and_statuses(place: Place) -> None:
    room, bob = place.name("hall"), place.name("bob")
    async with (
        place.person("bob") as chat,
        place.terminal("alice", "--room", room) as terminal,
    ):
        await terminal.see("begins")
        await say(chat, room, "hello")
        await terminal.see(f"{bob}  hello")
        await chat.set_profile(display_name="Robert B.", status=Status("at lunch"))
        await terminal.see("Robert B.  hello", "online: Robert B.")
        await terminal.enter("/who", f"{bob} Robert B. - at lunch")
        await terminal.enter("/who nobody", "@nobody is nobody with whom you share a room")
        await terminal.enter("/status :beer: 1h at the pub", "your status:", "at the pub (until ")
        await terminal.enter("/status", "you have no status")
        await terminal.enter("/name Alice A.", "others see you as Alice A.")
        await terminal.enter("seen as that")
        await terminal.hear("seen as that")
        await terminal.see("Alice A.  seen")


async def test_names_are_looked_up_when_typing_pauses(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """Of people who are not loaded, by their display names, and once for what is typed."""
    network = await Network.start(nursery)
    async with network.meet("alice", "bob", "zoe") as [alice, _, zoe]:
        await zoe.set_profile(display_name="Weatherwax")
        state = State("alice", "memory", users=alice.users)
        state.open("general", (), 0, Facts())
        redrawn = list[float]()
        people = People(alice, state, lambda: redrawn.append(trio.current_time()))
        nursery.start_soon(people.run)
        for end in range(1, len("hello @weath") + 1):
            people.typed("hello @weath"[:end])
            await trio.sleep(PAUSE_S / 2)
        await trio.sleep(1)
        assert completions(state, "hello @weath") == (6, ["@zoe "])
        people.typed("hello @weath")
        await trio.sleep(1)
        assert len(redrawn) == 1
        people.typed("/dm bo")
        await trio.sleep(1)
        assert completions(state, "/dm bo") == (2, ["bob "])


async def test_profiles_are_loaded_of_those_who_are_shown(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    network = await Network.start(nursery)
    async with network.chat("bob") as bob:
        await bob.set_profile(display_name="Robert")
        await trio.sleep(1)  # until that is told
    async with network.meet("alice", "bob") as [alice, bob]:
        await bob.send("general", "hello")
        state = State("alice", "memory", users=alice.users)
        people = People(alice, state, lambda: None)
        nursery.start_soon(people.run)
        await trio.sleep(1)
        assert "bob" not in state.users
        page = await alice.history("general")
        state.open("general", page.messages, 0, Facts())
        people.show()
        await trio.sleep(1)
        assert state.users.label("bob") == "Robert"
