"""Conversations of several people over real sockets."""

from typing import Any

import pytest

from ..client import CallFailed, Client
from ..wire.frames import BINARY, TEXT, client_frame
from .shared_server import Site


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]


async def enter(room: str, *clients: Client) -> None:
    for client in clients:
        await client.call("joinRoom", room=room)
        await client.call("subscribe", room=room)


async def test_all_members_see_the_same_message(site: Site) -> None:
    async with site.sessions("alice", "bob", "carol") as (alice, bob, carol):
        room, bob_name = site.name("general"), site.name("bob")
        await enter(room, alice, bob)
        await carol.call("joinRoom", room=room)
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


async def talk(client: Client, room: str, count: int) -> None:
    calls = [
        await client.begin("sendMessage", room=room, text=f"{number}") for number in range(count)
    ]
    for call in calls:
        await client.reply(call)


async def resume(client: Client, room: str, rev: int, **params: Any) -> tuple[list[Any], int]:
    """Resume from ``rev``. Return the messages of all pages, and the last rev."""
    pages = []
    while True:
        page = await client.call("subscribe", room=room, sinceRev=rev, **params)
        assert page["recovered"] is True
        assert "reason" not in page
        revs = [message["rev"] for message in page["messages"]]
        assert revs == sorted(revs)
        assert all(rev < each <= page["nextRev"] for each in revs)
        pages.append(page["messages"])
        rev = page["nextRev"]
        if not page["hasMore"]:
            assert rev == page["headRev"]
            return pages, rev


async def test_resume_across_edits_and_deletes(site: Site) -> None:
    room = site.name("general")
    seen: dict[int, dict[str, Any]] = {}
    async with site.sessions("alice", "bob") as (alice, bob):
        await enter(room, alice, bob)
        await talk(alice, room, 10)
        page = await bob.call("subscribe", room=room)
        epoch, rev = page["epoch"], page["headRev"]
        seen.update({message["seq"]: message for message in page["messages"]})
        await bob.cut()

        changes = [
            await alice.call("editMessage", room=room, seq=3, text="three"),
            await alice.call("deleteMessage", room=room, seq=5),
            await alice.call("editMessage", room=room, seq=3, text="three!"),
        ]
        assert [change["rev"] for change in changes] == [11, 12, 13]
        await talk(alice, room, 20)
        await alice.call("editMessage", room=room, seq=12, text="twelve")
        await alice.call("deleteMessage", room=room, seq=11)
        head = await alice.call("subscribe", room=room, limit=200)
        assert (head["headSeq"], head["headRev"]) == (30, 35)

        async with site.session("bob") as bob:
            pages, rev = await resume(bob, room, rev, epoch=epoch, limit=4)
            assert max(map(len, pages)) == 4
            messages = [message for page in pages for message in page]
            assert len(messages) == len({message["seq"] for message in messages}) == 22
            seen.update({message["seq"]: message for message in messages})
            assert [seen[seq] for seq in range(1, 31)] == head["messages"]
            assert (seen[3]["text"], seen[5]["text"], seen[5]["deleted"]) == ("three!", "", True)
            assert seen[3]["editedAt"] >= seen[3]["timestamp"]
            # Events continue from there without a gap.
            await alice.call("editMessage", room=room, seq=1, text="one")
            await alice.call("sendMessage", room=room, text="on it goes")
            changed = await bob.event("messageChanged")
            assert (changed["seq"], changed["text"], changed["rev"]) == (1, "one", rev + 1)
            assert changed["epoch"] == epoch
            assert (await bob.event("newMessage"))["rev"] == rev + 2
            assert (await resume(bob, room, rev + 2, epoch=epoch))[0] == [[]]


async def pages(client: Client, method: str, what: str, **params: Any) -> list[Any]:
    """Return the items of all pages, of two items each."""
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = await client.call(method, **params, **after, limit=2)
        found += page[what]
        if page["next"] is None:
            return found
        assert len(page[what]) == 2
        after = {"after": page["next"]}


async def test_lists_in_pages(site: Site) -> None:
    async with site.sessions("alice", "bob", "carol") as (alice, bob, carol):
        rooms = [site.name(f"room{number}") for number in range(5)]
        for room in reversed(rooms):
            await alice.call("joinRoom", room=room)
            await bob.call("joinRoom", room=room)
        await carol.call("joinRoom", room=rooms[0])
        await alice.call("createRoom", room=site.name("room9"), visibility="private")
        for number, room in enumerate(rooms):
            for _ in range(number):
                await alice.call("sendMessage", room=room, text=f"@{site.name('bob')}")
        await alice.call("sendMessage", to=site.name("bob"), text="directly")
        found = await pages(carol, "listRooms", "rooms", query=site.suffix)
        assert [(room["room"], room["members"]) for room in found] == [
            (room, 2 + (room == rooms[0])) for room in rooms
        ]
        assert [room["member"] for room in found] == [True] + [False] * 4
        assert await pages(alice, "listMembers", "members", room=rooms[0]) == [
            {"user": name, "displayName": name, "role": role, "online": True}
            for name, role in (
                (site.name("alice"), "owner"),
                (site.name("bob"), "member"),
                (site.name("carol"), "member"),
            )
        ]
        inbox = await bob.call("getInbox", limit=1)  # the sums are of all pages
        assert (inbox["unread"], inbox["mentions"]) == (11, 10)
        unread = [
            (entry["room"], entry["unread"]) for entry in await pages(bob, "getInbox", "rooms")
        ]
        direct = f"@{site.name('alice')}:{site.name('bob')}"
        assert unread[:5] == [(direct, 1), *((rooms[n], n) for n in (4, 3, 2, 1))]
        assert unread[5:] == [(rooms[0], 0)]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (client_frame(BINARY, b"{}"), 1003),
        (client_frame(TEXT, b"\xff\xfe"), 1007),
        (client_frame(TEXT, b" " * (128 * 1024 + 1)), 1009),
        (client_frame(TEXT, b"{}", mask=None), 1002),
    ],
    ids=["binary", "not UTF-8", "too big", "not masked"],
)
async def test_invalid_frame_closes_its_connection(site: Site, frame: bytes, code: int) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        await alice.send("nonsense")
        with pytest.raises(CallFailed, match="parse_error"):
            await alice.reply(None)
        await alice.send_raw(frame)
        assert await alice.wait_closed() == code
        await bob.call("getInbox")
