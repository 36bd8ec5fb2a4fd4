"""Messages: replies, mentions, edits and deletes."""

from .shared_server import Site


async def test_all_members_see_the_same_message(site: Site) -> None:
    async with site.sessions("alice", "bob", "carol") as (alice, bob, carol):
        room, bob_name = site.name("general"), site.name("bob")
        for client in (alice, bob, carol):
            await client.call("joinRoom", room=room)
        for client in (alice, bob):
            await client.call("subscribe", room=room)
        await bob.call("sendMessage", room=room, text="a question")
        sent = await alice.call(
            "sendMessage", room=room, text=f"hey @{bob_name}", clientId="mine", replyTo=1
        )
        message = {
            "room": room,
            "seq": 2,
            "rev": 2,
            "sender": site.name("alice"),
            "text": f"hey @{bob_name}",
            "timestamp": sent["timestamp"],
            "clientId": "mine",
            "replyTo": 1,
            "mentions": [bob_name],
        }
        told = message | {"epoch": alice.connected["epoch"]}
        assert await alice.event("newMessage", seq=2) == told
        assert await bob.event("newMessage", seq=2) == told
        for client in (alice, bob, carol):
            page = await client.call("getHistory", room=room, after=1)
            assert page["messages"] == [message]
        assert (await carol.event("unread", unread=2))["lastMessage"] == message


async def test_edit_and_delete(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room, bob_name = site.name("general"), site.name("bob")
        for client in (alice, bob):
            await client.call("joinRoom", room=room)
        await alice.call("subscribe", room=room)
        await alice.call("sendMessage", room=room, text="hello")
        await bob.event("unread", room=room, unread=1, mentions=0)
        # An edit recomputes mentions.
        edited = await alice.call("editMessage", room=room, seq=1, text=f" hello @{bob_name} ")
        assert edited == {"rev": 2}
        told = await alice.event("messageChanged")
        assert (told["text"], told["mentions"], told["rev"]) == (
            f"hello @{bob_name}",
            [bob_name],
            2,
        )
        assert told["editedAt"] >= told["timestamp"]
        await bob.event("unread", room=room, unread=1, mentions=1)
        # An edit to the same text is not a change.
        same = await alice.call("editMessage", room=room, seq=1, text=f"hello @{bob_name}")
        assert same == {"rev": 2}
        await alice.call("editMessage", room=room, seq=1, text="@room hello")
        await bob.event("unread", room=room, unread=1, mentions=1)
        assert await alice.call("deleteMessage", room=room, seq=1) == {"rev": 4}
        await bob.event("unread", room=room, unread=0, mentions=0)
        told = await alice.event("messageChanged", rev=4)
        assert (told["seq"], told["text"], told["deleted"]) == (1, "", True)
        assert "mentions" not in told
        # A deleted message cannot be edited, and deleting it again is not a change.
        assert await alice.call("deleteMessage", room=room, seq=1) == {"rev": 4}
        assert (await alice.refused("editMessage", room=room, seq=1, text="back")).reason in (
            "not_found",
            "conflict",
        )
        page = await bob.call("getHistory", room=room)
        assert page["headSeq"] == 1
        assert [message["text"] for message in page["messages"]] == [""]
        assert [event["params"]["rev"] for event in alice.pending("messageChanged")] == [3]


async def test_mentions(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room, alice_name, bob_name = site.name("general"), site.name("alice"), site.name("bob")
        for client in (alice, bob):
            await client.call("joinRoom", room=room)
        for text, mentions in {
            f"@{bob_name}, come": [bob_name],
            f"come @{bob_name}. Please": [bob_name],
            f"@{bob_name} and @{bob_name}": [bob_name],
            f"@{alice_name} is me": [],
            f"mail{bob_name}@{bob_name}": [],
            f"@{site.name('nobody')}": [],
            "@room!": ["room"],
            f"(@room @{bob_name})": ["room", bob_name],
        }.items():
            sent = await alice.call("sendMessage", room=room, text=text)
            page = await bob.call("getHistory", room=room, around=sent["seq"], limit=1)
            assert sorted(page["messages"][0].get("mentions", [])) == sorted(mentions), text
        inbox = await bob.call("getInbox")
        assert (inbox["unread"], inbox["mentions"]) == (8, 5)


async def test_notification_level_is_stored(site: Site) -> None:
    room = site.name("general")
    async with site.session("alice") as alice:
        await alice.call("joinRoom", room=room)
        for level in ("mentions", "none", "all", "none"):
            entry = await alice.call("setNotifications", room=room, level=level)
            assert (entry["room"], entry["notifications"]) == (room, level)
    async with site.session("alice") as alice:
        [entry] = alice.connected["inbox"]["rooms"]
        assert entry["notifications"] == "none"
