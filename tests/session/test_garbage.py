"""Closed connections leave no reference cycles, since a garbage collection stops the event loop."""

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.accounts.background import Background
from chatroom.hub.outbox import Outbox
from chatroom.hub.pending_calls import PendingCalls
from chatroom.hub.session_handle import SessionHandle
from chatroom.net.connections import Connection
from chatroom.net.heads import BadRequest
from chatroom.net.websocket import WebSocket
from chatroom.session.session import Session

from ..wire.http_server import Site
from .node_harness import World

OF_A_SESSION = (Session, SessionHandle, PendingCalls, Outbox, WebSocket, Connection)


class Boom(Exception):
    """Raised by one test here."""


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """Run a block without garbage collection, after collecting earlier garbage."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def garbage(*classes: type) -> list[str]:
    """Return the objects of these classes that only the garbage collector can free."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return [type(each).__name__ for each in gc.garbage if type(each) in classes]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


async def test_sessions(world: World, autojump_clock: MockClock) -> None:
    for name in ("alice", "bob", "alice"):
        async with world.session(name) as client:
            await client.call("getInbox")
    await wait_all_tasks_blocked()
    assert garbage(*OF_A_SESSION) == []


async def test_a_session_that_ends_during_its_connect(
    world: World, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PendingCalls, "answer", lambda *_: None)  # the reply never arrives
    token = await world.token("alice")
    async with world.socket() as client:
        await client.begin("connect", token=token)
        await wait_all_tasks_blocked()
    await wait_all_tasks_blocked()
    assert garbage(*OF_A_SESSION) == []


async def test_a_body_that_is_too_long() -> None:
    await Site().respond(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    assert garbage(BadRequest) == []


def test_work_in_the_background_that_fails() -> None:
    def work() -> None:
        raise Boom

    with suppress(Boom):  # pytest.raises would keep a reference
        Background().run(work)
    assert garbage(Boom) == []
