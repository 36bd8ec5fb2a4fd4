"""What a read-only server refuses, and what goes on."""

import sqlite3
from collections.abc import Callable
from typing import Final

import pytest
import trio

from chatroom.model import ServerState
from chatroom.protocol.calls import CALLS as DECLARED
from chatroom.protocol.calls import Announce, SetServer
from chatroom.protocol.field_types import AnnouncementText, ReadOnlyReason, Time

from ..client import CallFailed
from ..faulty_store import FaultyStore
from .calls import CALLS
from .node_harness import World, now_ms

WRITES_NEVERTHELESS: Final = {
    *("markRead", "addPushEndpoint", "removePushEndpoint", "setServer", "announce"),
}


async def close(world: World, reason: str = "we move") -> ServerState:
    call = SetServer(read_only=ReadOnlyReason(reason))
    return await world.node.server_state.set(call, None)


def counted(store: FaultyStore) -> Callable[[], int]:
    """Return what counts the rows that were written."""
    connection: sqlite3.Connection = store._connection
    return lambda: connection.total_changes


@pytest.mark.config(rate_limits="off")
async def test_a_call_that_writes_is_refused_and_no_other_one(
    world: World, autojump_clock: object
) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="hello")
        await bob.call("joinRoom", room="general")
        await close(world)
        assert (await bob.event("serverChanged"))["readOnly"] == "we move"
        for method, call in CALLS.items():
            before = counted(world.store)()
            number = await alice.begin(method, **call.good)
            try:
                await alice.reply(number)
            except CallFailed as failed:
                is_refused = failed.reason == "read_only"
            else:
                is_refused = False
            assert is_refused is not DECLARED[method].declared.when_read_only, method
            if method not in WRITES_NEVERTHELESS:
                assert counted(world.store)() == before, method


async def test_a_message_waits_until_calls_may_write_again(world: World) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await close(world)
        sent = {"room": "general", "text": "hello", "clientId": "one"}
        refused = await alice.refused("sendMessage", **sent)
        assert (refused.reason, refused.data["temporary"]) == ("read_only", True)
        assert "we move" in str(refused)
        await close(world, "")
        assert (await alice.call("sendMessage", **sent))["seq"] == 1


async def test_accounts_log_in_and_out_and_change_nothing_else(world: World) -> None:
    body = {"name": "alice", "password": "correct horse"}
    signed_up = await world.http("POST", "/api/signup", body)
    by_token = {"Authorization": f"Bearer {signed_up.json['token']}"}
    await close(world)
    for path, wrong in (
        ("/api/signup", {"name": "bob", "password": "correct horse"}),
        ("/api/password", {"old": "correct horse", "new": "battery staple"}),
        ("/api/tokens", {"label": "script"}),
        ("/api/account/delete", {"password": "correct horse"}),
    ):
        answer = await world.http("POST", path, wrong, headers=by_token)
        assert (answer.status, answer.json["error"]["reason"]) == (503, "read_only"), path
    upload = {**by_token, "Tus-Resumable": "1.0.0", "Upload-Length": "1"}
    assert (await world.http("POST", "/api/uploads", headers=upload)).status == 503
    assert (await world.http("POST", "/api/login", body)).status == 200
    assert (await world.http("POST", "/api/renew", {}, headers=by_token)).status == 200
    everywhere = {"everywhere": True}
    assert (await world.http("POST", "/api/logout", everywhere, headers=by_token)).status == 204


async def test_an_announcement_is_shown_until_it_ends(world: World, autojump_clock: object) -> None:
    async with world.session("alice") as alice:
        end = now_ms() + 60_000
        call = Announce(AnnouncementText("tea at five"), Time(end))
        await world.node.server_state.announce(call, None)
        told = (await alice.event("serverChanged"))["announcement"]
        assert (told["text"], told["until"]) == ("tea at five", end)
        async with world.session("bob") as bob:
            assert bob.connected["server"]["announcement"] == told
            code = await world.node.accounts.invitations.offer_admin()
            await bob.call("acceptInvitation", code=code)
            refused = await bob.refused("announce", text="late", until=now_ms())
            assert refused.reason == "invalid_params"
        await trio.sleep(60)
        async with world.session("bob") as bob:
            assert bob.connected["server"] == {"name": "chatroom"}
