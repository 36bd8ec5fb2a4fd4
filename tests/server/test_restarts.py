"""Restarts and kills: each acknowledged message is there once, with its seq (I1, I2, I3)."""

import signal
from typing import Final

import pytest

from ..client import CallFailed, Client, Json
from .process import Server

HELLO: Final = {"room": "general", "text": "hello", "clientId": "0190c2a4-0000-7000-8000-01"}


async def test_sigterm_closes_with_1012_and_loses_nothing(server: Server) -> None:
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        await alice.call("sendMessage", room="general", text="one")
        await alice.call("sendMessage", room="general", text="two")
        await alice.call("editMessage", room="general", seq=1, text="One")
        await bob.call("markRead", room="general", seq=1)
        await bob.call("setNotifications", room="general", level="mentions")
        before = [await client.call("getHistory", room="general") for client in (alice, bob)]
        inbox = await bob.call("getInbox")
        members = await bob.call("listMembers", room="general")
        assert await server.stop() == 0
        assert await alice.wait_closed() == await bob.wait_closed() == 1012
    server.start()
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        epoch, now = before[0]["epoch"], bob.connected["epoch"]
        assert now != epoch
        after = [await client.call("getHistory", room="general") for client in (alice, bob)]
        assert after == [page | {"epoch": now} for page in before]
        assert bob.connected["inbox"] == inbox
        assert await bob.call("listMembers", room="general") == members
        # The epoch is another, and cursors of the earlier one stay valid.
        page = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=2)
        assert page["recovered"] is True
        assert [message["text"] for message in page["messages"]] == ["One"]
        assert (await alice.call("sendMessage", room="general", text="three"))["seq"] == 3
        assert (await bob.event("newMessage"))["rev"] == 4


async def test_ctrl_c_stops_like_sigterm(server: Server) -> None:
    token = await server.sign_up("alice")
    async with server.session(token) as alice, server.socket() as stranger:
        assert await server.stop(signal.SIGINT) == 0
        assert await alice.wait_closed() == await stranger.wait_closed() == 1012


async def test_retry_is_answered_after_edit_delete_leave_ban_and_restart(server: Server) -> None:
    token, owner = await server.sign_up("alice"), await server.sign_up("owner")
    async with server.session(owner) as boss, server.session(token) as alice:
        for client in (boss, alice):
            await client.call("joinRoom", room="general")
        sent = await alice.call("sendMessage", **HELLO)
        assert (sent["seq"], sent["duplicate"]) == (1, False)
        await is_answered_with(sent, alice)
        await alice.call("editMessage", room="general", seq=1, text="edited")
        await is_answered_with(sent, alice)
        await alice.call("deleteMessage", room="general", seq=1)
        await is_answered_with(sent, alice)
        await alice.call("leaveRoom", room="general")
        await is_answered_with(sent, alice)
        new = HELLO | {"clientId": "new"}
        assert (await alice.refused("sendMessage", **new)).reason == "forbidden"
        await boss.call("ban", room="general", user="alice")
        await is_answered_with(sent, alice)
    for end in (server.kill, server.stop):
        await end()
        server.start()
        async with server.session(token) as alice:
            await is_answered_with(sent, alice)
    async with server.session(owner) as boss:
        page = await boss.call("getHistory", room="general")
        assert [message["seq"] for message in page["messages"]] == [1]


async def is_answered_with(sent: Json, client: Client) -> None:
    assert await client.call("sendMessage", **HELLO) == sent | {"duplicate": True}
    for text in ("another", "edited"):
        failed = await client.refused("sendMessage", **HELLO | {"text": text})
        assert (failed.reason, failed.data["temporary"]) == ("conflict", False)


async def test_kill_loses_no_rooms_inboxes_accounts_or_blocks(server: Server) -> None:
    """One of the rooms was deleted, and is being erased."""
    alice_token, bob_token = await server.sign_up("alice"), await server.sign_up("bob")
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        await alice.call("createRoom", room="secret", visibility="private")
        await alice.call("invite", room="secret", user="bob")
        await alice.call("sendMessage", room="secret", text="for @bob")
        await alice.call("sendMessage", to="bob", text="hello")
        await bob.call("blockUser", user="alice")
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        calls = [
            await alice.begin("sendMessage", room="general", text=f"{number}")
            for number in range(300)
        ]
        for call in calls:
            await alice.reply(call)
        await server.command("admin", "room", "delete", "general")
        assert (await bob.event("memberChanged", user="bob", role=None))["room"] == "general"
        await server.kill()
        assert await alice.wait_closed() == 1006
    server.start()
    async with server.session(alice_token) as alice, server.session(bob_token) as bob:
        inbox = bob.connected["inbox"]
        assert (inbox["unread"], inbox["mentions"]) == (2, 1)
        assert {entry["room"] for entry in inbox["rooms"]} == {"secret", "@alice:bob"}
        page = await bob.call("getUnread", room="secret")
        assert [message["text"] for message in page["messages"]] == ["for @bob"]
        assert (await alice.refused("joinRoom", room="general")).reason == "conflict"
        assert (await alice.refused("sendMessage", to="bob", text="again")).reason == "forbidden"
    assert "general" not in await server.command("admin", "room", "list")
    assert (await server.http("POST", "/api/logout", token=alice_token)).status == 204
    await server.kill()
    server.start()
    async with server.socket() as alice:
        with pytest.raises(CallFailed, match="unauthenticated"):
            await alice.connect(alice_token)
    assert await server.stop() == 0
    assert await server.command("check") == "ok\n"
