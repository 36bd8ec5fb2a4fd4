"""Conversations: basic cases, joining, and catching up after an absence."""

from typing import Any

from ..client import Client
from .shared_server import Site


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]


async def enter(room: str, *clients: Client) -> None:
    for client in clients:
        await client.call("joinRoom", room=room)
        await client.call("subscribe", room=room)


# ---- sending


async def test_messages_are_read_back_in_order(site: Site) -> None:
    async with site.session("alice") as alice:
        room = site.name("general")
        await alice.call("joinRoom", room=room)
        said = [f"message {number}" for number in range(20)]
        for text in said:
            await alice.call("sendMessage", room=room, text=text)
        page = await alice.call("getHistory", room=room)
        assert texts(page["messages"]) == said
        assert {message["sender"] for message in page["messages"]} == {site.name("alice")}


async def test_timestamps_never_decrease(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room = site.name("general")
        await enter(room, alice, bob)
        before = alice.connected["serverTime"]
        sent = []
        for number in range(50):
            client = (alice, bob)[number % 2]
            sent.append(await client.call("sendMessage", room=room, text=f"{number}"))
        stamps = [reply["timestamp"] for reply in sent]
        assert stamps == sorted(stamps)
        assert before - 1000 <= stamps[0]
        page = await bob.call("getHistory", room=room)
        assert [message["timestamp"] for message in page["messages"]] == stamps


async def test_concurrent_senders_see_one_log(site: Site) -> None:
    """All see the same log, with each sender's messages in their order."""
    async with site.sessions("alice", "bob", "carol") as clients:
        room = site.name("general")
        await enter(room, *clients)
        calls = [
            (client, await client.begin("sendMessage", room=room, text=f"{number}"))
            for number in range(100)
            for client in clients
        ]
        seqs = [(await client.reply(call))["seq"] for client, call in calls]
        assert sorted(seqs) == list(range(1, 301))
        logs = []
        for client in clients:
            log = [await client.event("newMessage") for _ in range(300)]
            assert [message["seq"] for message in log] == list(range(1, 301))
            logs.append(log)
        assert logs[0] == logs[1] == logs[2]
        for name in ("alice", "bob", "carol"):
            own = [message for message in logs[0] if message["sender"] == site.name(name)]
            assert texts(own) == [f"{number}" for number in range(100)]


async def test_empty_text_is_refused(site: Site) -> None:
    async with site.session("alice") as alice:
        room = site.name("general")
        await alice.call("joinRoom", room=room)
        for text in ("", " \n\t\u3000"):
            failed = await alice.refused("sendMessage", room=room, text=text)
            assert (failed.reason, failed.code) == ("text_empty", -32000)
        assert (await alice.call("getHistory", room=room))["headSeq"] == 0


# ---- joining


async def test_joining_creates_the_room_once(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room = site.name("general")
        made = await alice.call("joinRoom", room=room)
        assert made == {
            "room": room,
            "title": room,
            "topic": "",
            "visibility": "public",
            "role": "owner",
            "headSeq": 0,
            "headRev": 0,
            "readSeq": 0,
            "created": True,
        }
        await alice.call("sendMessage", room=room, text="first")
        got = await bob.call("joinRoom", room=room)
        # Earlier messages count as read.
        expected = {"role": "member", "headSeq": 1, "headRev": 1, "readSeq": 1, "created": False}
        assert got == made | expected
        assert await bob.call("joinRoom", room=room, create=False) == got
        assert (await alice.call("joinRoom", room=room))["role"] == "owner"
        listed = await bob.call("listRooms", query=room)
        assert listed == {
            "rooms": [
                {
                    "room": room,
                    "title": room,
                    "topic": "",
                    "visibility": "public",
                    "members": 2,
                    "headSeq": 1,
                    "member": True,
                }
            ],
            "next": None,
        }


# ---- absence


async def test_absent_member_catches_up(site: Site) -> None:
    room, carol_name = site.name("general"), site.name("carol")
    async with site.sessions("alice", "bob", "carol") as (alice, bob, carol):
        await enter(room, alice, bob)
        await carol.call("joinRoom", room=room)
        await alice.call("sendMessage", room=room, text="carol is here")
        await carol.event("unread", room=room, unread=1)
        await carol.call("markRead", room=room, seq=1)
    async with site.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("subscribe", room=room)
        for number in range(5):
            await alice.call("sendMessage", room=room, text=f"alice {number}")
            await bob.event("newMessage", text=f"alice {number}")
            await bob.call("sendMessage", room=room, text=f"bob {number}")
        await bob.call("sendMessage", room=room, text=f"and you, @{carol_name}?")
        await alice.call("sendMessage", room=room, text="@room: good night")
        await alice.call("deleteMessage", room=room, seq=2)
        await bob.call("sendMessage", to=carol_name, text="for you alone")

        async with site.sessions("carol", "carol") as (desk, phone):
            direct = "@{}:{}".format(*sorted((site.name("bob"), carol_name)))
            for client in (desk, phone):
                inbox = client.connected["inbox"]
                assert (inbox["unread"], inbox["mentions"]) == (12, 2)
                newest, oldest = inbox["rooms"]
                assert newest["room"] == direct
                assert newest["kind"] == "direct"
                assert newest["with"]["name"] == site.name("bob")
                assert (newest["unread"], newest["readSeq"]) == (1, 0)
                assert oldest["room"] == room
                assert (oldest["unread"], oldest["mentions"], oldest["readSeq"]) == (11, 2, 1)
                assert oldest["lastMessage"]["text"] == "@room: good night"
            # Nothing is missed, nothing there twice.
            page = await desk.call("getUnread", room=room)
            assert [message["seq"] for message in page["messages"]] == list(range(2, 14))
            assert page["hasMoreAfter"] is False
            assert page["messages"][0]["deleted"] is True
            assert texts(page["messages"])[:3] == ["", "bob 0", "alice 1"]
            assert page["messages"][-2]["mentions"] == [carol_name]
            assert texts((await desk.call("getUnread", room=room, limit=2))["messages"]) == [
                "",
                "bob 0",
            ]
            # Read on one, read on the other.
            entry = await desk.call("markRead", room=room, seq=page["headSeq"])
            assert (entry["unread"], entry["mentions"], entry["readSeq"]) == (0, 0, 13)
            told = await phone.event("unread", room=room, unread=0)
            assert told == entry
            inbox = await phone.call("getInbox")
            assert (inbox["unread"], inbox["mentions"]) == (1, 0)
            assert (await phone.call("getUnread", room=room))["messages"] == []
            # Not back again, by an older device.
            assert (await phone.call("markRead", room=room, seq=5))["readSeq"] == 13
            await phone.call("markRead", room=direct, seq=1)
            await desk.event("unread", room=direct, unread=0)
    async with site.session("carol") as carol:
        assert carol.connected["inbox"]["unread"] == 0
        assert carol.connected["inbox"]["mentions"] == 0


async def test_unread_is_pushed_to_sessions_that_do_not_watch(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room = site.name("general")
        await enter(room, alice)
        await bob.call("joinRoom", room=room)
        for number in range(1, 30):
            await alice.call("sendMessage", room=room, text=f"{number}")
        entry = await bob.event("unread", room=room, unread=29)
        assert entry["lastMessage"]["text"] == "29"
        # Pushes are coalesced, so bob may get fewer of them.
        assert bob.pending("newMessage") == []


# ---- leaving


async def test_banned_member_stays_out_until_unbanned(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        room, bob_name = site.name("general"), site.name("bob")
        await enter(room, alice, bob)
        await bob.call("sendMessage", room=room, text="rude")
        await alice.call("ban", room=room, user=bob_name)
        await bob.event("memberChanged", role=None)
        assert (await bob.refused("joinRoom", room=room)).reason == "banned"
        assert (await bob.refused("sendMessage", room=room, text="ruder")).reason in (
            "forbidden",
            "banned",
        )
        await alice.call("deleteMessage", room=room, seq=1)
        assert (await alice.event("messageChanged"))["deleted"] is True
        await alice.call("unban", room=room, user=bob_name)
        assert (await bob.call("joinRoom", room=room))["role"] == "member"
        page = await bob.call("getHistory", room=room)
        assert texts(page["messages"]) == [""]


async def test_room_always_has_an_owner(site: Site) -> None:
    async with site.sessions("alice", "bob", "carol") as (alice, bob, carol):
        room = site.name("general")
        await enter(room, alice, bob, carol)
        await alice.call("leaveRoom", room=room)
        role = {"room": room, "user": site.name("bob"), "role": "owner"}
        for client in (bob, carol):
            assert await client.event("memberChanged", role="owner") == role
        await bob.call("leaveRoom", room=room)
        await carol.call("leaveRoom", room=room)
        # An empty room keeps its log. The next member to join owns it.
        joined = await alice.call("joinRoom", room=room)
        assert (joined["role"], joined["created"]) == ("owner", False)
