"""Private and direct rooms (I5)."""

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
        sent = await alice.call("sendMessage", to=bob_name, text="hello")
        assert (await bob.event("unread", kind="direct"))["room"] == sent["room"]
        assert (await eve.refused("joinRoom", room=sent["room"])).reason == "invalid_params"
        for method, params in OUTSIDE.items():
            if method != "joinRoom":
                failed = await eve.refused(method, room=sent["room"], **params)
                assert failed.reason == "not_found", method
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
