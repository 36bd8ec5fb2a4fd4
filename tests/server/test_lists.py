"""Lists in pages: rooms, members, inbox."""

from itertools import chain
from typing import Any

from ..client import Client
from .shared_server import Site


async def pages(client: Client, method: str, what: str, **params: Any) -> list[list[Any]]:
    """Return all pages, following ``next`` until it is null."""
    found: list[list[Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await client.call(method, **params, **after)
        found.append(page[what])
        if page["next"] is None:
            return found
        assert len(page[what]) == params["limit"]
        after = {"after": page["next"]}


async def test_list_rooms_in_pages(site: Site) -> None:
    async with site.sessions("alice", "bob") as (alice, bob):
        names = [site.name(f"room{number}") for number in range(7)]
        for number, name in enumerate(reversed(names)):
            await (alice, bob)[number % 2].call("joinRoom", room=name)
        await alice.call("createRoom", room=site.name("room9"), visibility="private")
        title = f"Über {site.suffix}"
        await bob.call("createRoom", room=site.name("zzz"), visibility="public", title=title)
        await bob.call("createRoom", room=site.name("yyy"), visibility="private", title=title)
        query = "room"
        found = [
            [room["room"] for room in page if room["room"].endswith(f".{site.suffix}")]
            for page in await pages(bob, "listRooms", "rooms", query=query, limit=3)
        ]
        assert [*chain(*found)] == names
        mine = [
            room["room"]
            for page in await pages(bob, "listRooms", "rooms", query=query, limit=200)
            for room in page
            if room["member"] and room["room"] in names
        ]
        assert mine == names[1::2]
        # By a part of the title in any case; private ones only for their members.
        for query in (title.upper(), title.lower(), title[1:]):
            [page] = await pages(bob, "listRooms", "rooms", query=query, limit=50)
            assert [room["room"] for room in page] == [site.name("yyy"), site.name("zzz")]
            [page] = await pages(alice, "listRooms", "rooms", query=query, limit=50)
            assert [room["room"] for room in page] == [site.name("zzz")]
        # What means something to SQL means nothing here.
        for query in ("%", "_", "room%", "\\", "'", '"'):
            assert (await bob.call("listRooms", query=query))["rooms"] == []


async def test_list_members_in_pages(site: Site) -> None:
    words = ("alice", "bob", "carol", "dave", "eve")
    async with site.sessions(*words) as clients:
        room = site.name("general")
        for client in clients:
            await client.call("joinRoom", room=room)
        alice = clients[0]
        found = await pages(alice, "listMembers", "members", room=room, limit=2)
        assert [len(page) for page in found] == [2, 2, 1]
        assert [*chain(*found)] == [
            {
                "user": site.name(word),
                "displayName": site.name(word),
                "role": "owner" if word == "alice" else "member",
                "online": True,
            }
            for word in words
        ]


async def test_get_inbox_in_pages(site: Site) -> None:
    await site.token("bob")
    async with site.sessions("alice", "bob") as (alice, bob):
        rooms = [site.name(f"room{number}") for number in range(5)]
        for room in rooms:
            await alice.call("joinRoom", room=room)
            await bob.call("joinRoom", room=room)
        for number, room in enumerate(rooms):
            for _ in range(number):
                await alice.call("sendMessage", room=room, text=f"@{site.name('bob')}")
        await alice.call("sendMessage", to=site.name("bob"), text="directly")
        direct = f"@{site.name('alice')}:{site.name('bob')}"
        inbox = await bob.call("getInbox", limit=1)
        assert (inbox["unread"], inbox["mentions"]) == (
            11,
            10,
        )  # of the whole inbox, not of the page
        found = [*chain(*await pages(bob, "getInbox", "rooms", limit=2))]
        assert {entry["room"] for entry in found} == {direct, *rooms}
        assert len(found) == 6
        active = [entry["lastMessage"]["timestamp"] for entry in found if "lastMessage" in entry]
        assert active == sorted(active, reverse=True)
        assert {entry["room"]: entry["unread"] for entry in found} == {
            direct: 1,
            **{room: number for number, room in enumerate(rooms)},
        }
