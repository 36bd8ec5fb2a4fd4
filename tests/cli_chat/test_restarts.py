"""The terminal chat during a restart of its server."""

import signal

import pytest
import trio

from .server import Place
from .terminal import CTRL_C, Terminal


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restart_loses_and_doubles_nothing(own_place: Place, how: signal.Signals) -> None:
    place = own_place
    size = (80, 80)
    async with (
        place.person("bob") as chat,
        place.terminal("alice", "--room", "hall", size=size) as terminal,
    ):
        await chat.join("hall")
        expected: list[str] = []

        async def bob_says(count: int) -> None:
            for _ in range(count):
                expected.append(f"bob {len(expected)}")
                await chat.send("hall", expected[-1])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(bob_says, 40)
            await terminal.see("bob 10")
            await place.server.stop(how)
            await terminal.see("connection lost")
            await terminal.enter("typed while it was down")
            await terminal.enter("and more", "and more", "2 to send")
            place.server.start()
        await terminal.until(lambda: "  connected" in terminal.status and not on_its_way(terminal))
        await terminal.hear("bob 39", "typed while it was down", "and more")
        await terminal.say("after it")
        shown = [text for text in terminal.texts if not text.startswith("bob ")]
        assert shown == ["typed while it was down", "and more", "after it"]
        assert [text for text in terminal.texts if text.startswith("bob ")] == expected
        log = await chat.history("hall", limit=200)
        assert terminal.texts == [message.text for message in log.messages]


def on_its_way(terminal: Terminal) -> bool:
    return any("\N{HORIZONTAL ELLIPSIS}   alice" in row for row in terminal.said)


async def test_a_message_on_its_way_keeps_one_from_quitting_once(own_place: Place) -> None:
    async with own_place.terminal("alice", "--room", "hall") as terminal:
        await own_place.server.kill()
        await terminal.see("connection lost")
        await terminal.enter("for later", "1 to send")
        await terminal.type(CTRL_C)
        await terminal.see("1 message is not sent yet")
        await terminal.type(CTRL_C)
        assert await terminal.ended() == 0
