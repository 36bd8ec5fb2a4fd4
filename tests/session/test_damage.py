"""A damaged page on the disk affects only those who need it. The store logs it once."""

import pytest
from trio.testing import MockClock

from chatroom.errors import CloseCode, StorageDamaged

from .node_harness import World


async def test_damage_is_answered_and_not_logged_for_each_call(
    world: World,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def malformed(*_: object) -> None:
        raise StorageDamaged("malformed")

    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        for name in ("account", "token", "rooms"):
            monkeypatch.setattr(world.store, name, malformed)
        assert (await alice.refused("listRooms")).reason == "internal"
        body = {"name": "alice", "password": "long enough"}
        answer = await world.http("POST", "/api/login", body)
        assert (answer.status, answer.reason) == (500, "internal")
        async with world.socket() as other:
            assert (await other.refused("connect", token="unknown")).reason == "internal"
            assert await other.wait_closed() == CloseCode.RESTART  # the client reconnects later
        await alice.call("sendMessage", room="general", text="hello")
    assert caplog.messages == []
