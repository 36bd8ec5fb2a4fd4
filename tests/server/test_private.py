"""Direct messages and private rooms (I5)."""

from typing import Any, Final

from .shared_server import Site

OUTSIDE: Final[dict[str, dict[str, Any]]] = {
    "joinRoom": {"create": False},
    "subscribe": {},
    "getHistory": {},
    "getUnread": {},
    "listMembers": {},
    "leaveRoom": {},
    "sendMessage": {"text": "let me in"},
    "markRead": {"seq": 0},
    "setTyping": {"typing": True},
    "invite": {"user": "anybody"},
}


async def test_direct_message_waits_for_an_account_that_never_connected(site: Site) -> None:
    await site.token("bob")
    alice_name, bob_name = site.name("alice"), site.name("bob")
    async with site.session("alice") as alice:
        failed = await alice.refused("sendMessage", to=site.name("nobody"), text="hello")
        assert failed.reason == "not_found"
        room = f"@{alice_name}:{bob_name}"
        assert (await alice.refused("getHistory", room=room)).reason == "not_found"
        sent = await alice.call("sendMessage", to=bob_name, text="hello bob")
        assert (sent["room"], sent["seq"]) == (room, 1)
        assert (await alice.call("sendMessage", room=room, text="again"))["seq"] == 2
        notes = await alice.call("sendMessage", to=alice_name, text="to myself")
        assert notes["room"] == f"@{alice_name}:{alice_name}"
        assert (await alice.call("getInbox"))["unread"] == 0
    async with site.session("bob") as bob:
        [entry] = bob.connected["inbox"]["rooms"]
        assert entry["room"] == room
        assert entry["title"] == alice_name
        assert entry["with"] == {"name": alice_name, "displayName": alice_name}
        assert entry["unread"] == 2
        page = await bob.call("getUnread", room=room)
        assert [message["text"] for message in page["messages"]] == ["hello bob", "again"]
        async with site.session("alice") as alice:
            await alice.call("subscribe", room=room)
            await bob.call("sendMessage", to=alice_name, text="hello alice")
            assert (await alice.event("newMessage"))["text"] == "hello alice"
    async with site.session("carol") as carol:
        for method, params in OUTSIDE.items():
            failed = await carol.refused(method, room=room, **params)
            reason = "invalid_params" if method == "joinRoom" else "not_found"
            assert failed.reason == reason, method
        assert (await carol.call("listRooms", query=alice_name))["rooms"] == []


async def test_private_room_does_not_exist_for_non_members(site: Site) -> None:
    async with site.sessions("alice", "bob", "eve") as (alice, bob, eve):
        room, bob_name = site.name("secret"), site.name("bob")
        secret = {"visibility": "private", "title": "The secret", "topic": "hush"}
        made = await alice.call("createRoom", room=room, **secret)
        assert made.items() >= (secret | {"role": "owner"}).items()
        await alice.call("invite", room=room, user=bob_name)
        expected = {"room": room, "user": bob_name, "role": "member"}
        assert await bob.event("memberChanged") == expected
        for client in (alice, bob):
            await client.call("subscribe", room=room)
        await alice.call("sendMessage", room=room, text=f"psst @{bob_name} @{site.name('eve')}")
        message = await bob.event("newMessage")
        assert message["mentions"] == [bob_name]  # eve is not a member
        await alice.call("setTyping", room=room, typing=True)
        await bob.event("typing")
        assert [r["room"] for r in (await bob.call("listRooms", query=room))["rooms"]] == [room]

        assert (await eve.call("listRooms", query=room))["rooms"] == []
        assert (await eve.call("listRooms", query="The secret"))["rooms"] == []
        for method, params in OUTSIDE.items():
            failed = await eve.refused(method, room=room, **params)
            missing = await eve.refused(method, room=site.name("nothing"), **params)
            assert failed.reason == missing.reason == "not_found", method
            assert failed.message == missing.message, method
        # A removed member gets the event of the removal, and no later one.
        await alice.call("removeMember", room=room, user=bob_name)
        gone = {"room": room, "user": bob_name, "role": None}
        assert await bob.event("memberChanged", role=None) == gone
        bob.untaken.clear()
        await alice.call("sendMessage", room=room, text="he is gone")
        assert (await bob.refused("getHistory", room=room)).reason == "not_found"
        assert room not in [e["room"] for e in (await bob.call("getInbox"))["rooms"]]
        for client in (bob, eve):
            assert [event for event in client.pending() if room in str(event)] == []
