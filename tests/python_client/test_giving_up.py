"""Calls with a deadline. A call cancelled at any moment leaves the client in a valid state."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.client import Chat, NewMessage, SessionEnded

from .network import Network, next_of

CALLS: Final[dict[str, Callable[[Chat], Awaitable[object]]]] = {
    "send": lambda chat: chat.send("general", "given up"),
    "join": lambda chat: chat.join("other"),
    "subscribe": lambda chat: chat.subscribe("beside"),
    "unsubscribe": lambda chat: chat.unsubscribe("general"),
}


@pytest.mark.parametrize("steps", range(20))
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("cut", [False, True])
async def test_a_call_can_be_cancelled_at_each_step(
    network: Network, call: str, cut: bool, steps: int
) -> None:
    """With or without the loss of the connection."""
    async with network.meet("bob", "alice") as [bob, alice]:
        await bob.join("beside")
        await bob.join("other")
        await alice.join("beside")
        await alice.unsubscribe("beside")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(CALLS[call], alice)
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            if cut:
                network.wire.cut()
            nursery.cancel_scope.cancel()
        rooms = ("general", "beside", "other")
        for room in rooms:
            await bob.send(room, "hello")
            await alice.join(room)
            await bob.send(room, "bye")
        await wait_all_tasks_blocked()
        for room in rooms:
            log = (await alice.history(room)).messages
            assert list(alice.room(room).messages.values()) == list(log)
            assert len(log) in (2, 3) if room == "general" and call == "send" else (2,)
        assert alice._session._calls._unanswered == {}
        assert not alice._session._calls._unsent


async def test_calls_that_meet_their_deadline_leave_nothing(network: Network) -> None:
    async with network.meet("alice") as [chat]:
        network.go_down()
        for _ in range(100):
            with pytest.raises(trio.TooSlowError), trio.fail_after(5):
                await chat.send("general", "hello", client_id="mine")
        assert not chat._session._calls._unsent
        network.down = False
        sent = await chat.send("general", "hello", client_id="mine")
        assert (sent.seq, sent.duplicate) == (1, False)


async def test_the_traceback_of_the_end_does_not_grow(network: Network) -> None:
    async with network.chat() as chat:
        network.world.node.registry.revoke_user("alice")
        depths = list[int]()
        for wait in (lambda: next_of(chat, NewMessage), lambda: chat.send("general", "x")) * 3:
            with pytest.raises(SessionEnded) as caught:
                await wait()
            depth, traceback = 0, caught.value.__traceback__
            while traceback is not None:
                depth, traceback = depth + 1, traceback.tb_next
            depths.append(depth)
        assert depths[2:4] == depths[4:6]
