"""Retries with the same clientId (I3)."""

from typing import Any

from .process import Server
from .shared_server import Site

HELLO = {"text": "hello", "clientId": "0190c2a4-0000-7000-8000-000000000001"}


def duplicate(sent: dict[str, Any]) -> dict[str, Any]:
    return sent | {"duplicate": True}


async def test_retry_returns_the_same_message(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room = site.name("general")
        for client in (alice, bob):
            await client.call("joinRoom", room=room)
            await client.call("subscribe", room=room)
        sent = await alice.call("sendMessage", room=room, **HELLO)
        assert sent["duplicate"] is False
        for _ in range(3):
            assert await alice.call("sendMessage", room=room, **HELLO) == duplicate(sent)
        spaced = HELLO | {"text": " hello\n"}
        assert await alice.call("sendMessage", room=room, **spaced) == duplicate(sent)
        # At once, too.
        second = HELLO | {"clientId": "another"}
        calls = [await alice.begin("sendMessage", room=room, **second) for _ in range(5)]
        replies = [await alice.reply(call) for call in calls]
        assert [reply["seq"] for reply in replies] == [2] * 5
        assert [reply["duplicate"] for reply in replies] == [False, True, True, True, True]
        # Another's clientId is another's.
        assert (await bob.call("sendMessage", room=room, **HELLO))["seq"] == 3
        messages = [await bob.event("newMessage") for _ in range(3)]
        assert [message["seq"] for message in messages] == [1, 2, 3]
        assert messages[0]["clientId"] == HELLO["clientId"]
        assert (await bob.call("getHistory", room=room))["headSeq"] == 3
        assert bob.pending("newMessage") == []


async def test_retry_with_other_text_or_room_is_a_conflict(site: Site) -> None:
    async with site.session("alice") as alice:
        room, other = site.name("general"), site.name("other")
        await alice.call("joinRoom", room=room)
        await alice.call("joinRoom", room=other)
        await alice.call("sendMessage", room=room, **HELLO)
        for where, params in (
            ({"room": room}, HELLO | {"text": "goodbye"}),
            ({"room": other}, HELLO),
            ({"to": site.name("alice")}, HELLO),
        ):
            failed = await alice.refused("sendMessage", **where, **params)
            assert (failed.reason, failed.data["temporary"]) == ("conflict", False)
        assert (await alice.call("getHistory", room=other))["headSeq"] == 0
        assert (await alice.call("getHistory", room=room))["headSeq"] == 1


async def test_retry_is_answered_after_edit_delete_restart_leave_and_ban(server: Server) -> None:
    """A retry returns the original seq after each of these."""
    token, owner = await server.sign_up("alice"), await server.sign_up("owner")
    async with server.session(owner) as boss, server.session(token) as alice:
        await boss.call("joinRoom", room="general")
        await alice.call("joinRoom", room="general")
        sent = await alice.call("sendMessage", room="general", **HELLO)
        await alice.call("editMessage", room="general", seq=1, text="edited")
        assert await alice.call("sendMessage", room="general", **HELLO) == duplicate(sent)
        edited = HELLO | {"text": "edited"}
        assert (await alice.refused("sendMessage", room="general", **edited)).reason == "conflict"
        await alice.call("deleteMessage", room="general", seq=1)
        assert await alice.call("sendMessage", room="general", **HELLO) == duplicate(sent)
        await alice.call("leaveRoom", room="general")
        assert await alice.call("sendMessage", room="general", **HELLO) == duplicate(sent)
        new = {"text": "hello", "clientId": "new"}
        assert (await alice.refused("sendMessage", room="general", **new)).reason == "forbidden"
        await boss.call("ban", room="general", user="alice")
        assert await alice.call("sendMessage", room="general", **HELLO) == duplicate(sent)
    await server.kill()
    server.start()
    async with server.session(token) as alice:
        assert await alice.call("sendMessage", room="general", **HELLO) == duplicate(sent)
        other = HELLO | {"text": "another"}
        assert (await alice.refused("sendMessage", room="general", **other)).reason == "conflict"
    assert await server.stop() == 0
    server.start()
    async with server.session(token) as alice, server.session(owner) as boss:
        assert await alice.call("sendMessage", room="general", **HELLO) == duplicate(sent)
        page = await boss.call("getHistory", room="general")
        assert [message["seq"] for message in page["messages"]] == [1]
