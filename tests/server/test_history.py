"""Reading the log: pages, and resuming across edits and deletes."""

from typing import Any

from ..client import Client
from .shared_server import Site


async def filled(client: Client, room: str, count: int) -> None:
    await client.call("joinRoom", room=room)
    calls = [
        await client.begin("sendMessage", room=room, text=f"{number}")
        for number in range(1, count + 1)
    ]
    for call in calls:
        await client.reply(call)


async def test_paging_in_both_directions(site: Site) -> None:
    async with site.session("alice") as alice:
        room = site.name("general")
        await filled(alice, room, 25)
        up: list[int] = []
        while True:
            page = await alice.call("getHistory", room=room, after=up[-1] if up else 0, limit=7)
            up += [message["seq"] for message in page["messages"]]
            if not page["hasMoreAfter"]:
                break
        down: list[int] = []
        while True:
            bound = {"before": down[0]} if down else {}
            page = await alice.call("getHistory", room=room, limit=7, **bound)
            down = [message["seq"] for message in page["messages"]] + down
            if not page["hasMoreBefore"]:
                break
        assert up == down == list(range(1, 26))


async def test_subscribe_without_a_cursor(site: Site) -> None:
    async with site.session("alice") as alice:
        room = site.name("general")
        await filled(alice, room, 60)
        await alice.call("markRead", room=room, seq=7)
        page = await alice.call("subscribe", room=room)
        assert [message["seq"] for message in page["messages"]] == list(range(11, 61))
        page.pop("messages")
        assert page == {
            "room": room,
            "title": room,
            "topic": "",
            "visibility": "public",
            "role": "owner",
            "epoch": alice.connected["epoch"],
            "firstSeq": 1,
            "headSeq": 60,
            "headRev": 60,
            "readSeq": 7,
            "recovered": False,
            "hasMore": False,
            "nextRev": 60,
            "online": {"count": 1, "users": [site.name("alice")]},
        }


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
        await bob.call("joinRoom", room=room)
        await filled(alice, room, 10)
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
        await filled(alice, room, 20)
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
