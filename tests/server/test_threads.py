"""Threads on a real server: over a kill, in a resume, and to outsiders."""

import trio

from ..client import Client, Json
from .process import Server


async def sums(client: Client) -> tuple[int, int, int]:
    inbox = await client.call("getInbox")
    return inbox["unread"], inbox["threads"]["unread"], inbox["threads"]["mentions"]


async def outcome(client: Client, method: str, **params: object) -> Json:
    """Return the error of a call that must be refused, without the room's name."""
    refused = await client.refused(method, **params)
    text = str(refused).replace(str(params["room"]), "ROOM")
    return {"reason": refused.reason, "text": text}


async def test_threads_survive_a_kill(server: Server) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "bob", "carol")}
    async with (
        server.session(tokens["alice"]) as alice,
        server.session(tokens["alice"]) as phone,
        server.session(tokens["bob"]) as bob,
    ):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="root")
        page = await bob.call("subscribe", room="general")
        epoch, rev = page["epoch"], page["headRev"]
        for text in ("first", "@alice second"):
            await bob.call("sendMessage", room="general", text=text, thread=1, clientId=text)
        event = await bob.event("newMessage", seq=3)
        assert event["thread"] == 1
        for session in (alice, phone):
            told = await session.event("threadUnread", unread=2)
            assert (told["thread"], told["mentions"]) == (1, 1)
        await bob.call("editMessage", room="general", seq=2, text="edited")
        assert await sums(alice) == (0, 2, 1)
        await alice.call("markRead", room="general", seq=2, thread=1)
        await phone.event("threadUnread", readSeq=2, unread=1)
        await bob.call("deleteMessage", room="general", seq=3)
        last = await bob.call("sendMessage", room="general", text="third", thread=1)
        await server.kill()
    await trio.to_thread.run_sync(server.start)
    async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
        assert await sums(alice) == (0, 1, 0)
        page = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=rev)
        assert page["recovered"]
        found = [(each["seq"], each["thread"], each["text"]) for each in page["messages"]]
        assert found == [(2, 1, "edited"), (3, 1, ""), (4, 1, "third")]
        again = await bob.call(
            "sendMessage", room="general", text="first", thread=1, clientId="first"
        )
        assert (again["seq"], again["duplicate"]) == (2, True)
        page = await alice.call("getHistory", room="general")
        assert [each["seq"] for each in page["messages"]] == [1]
        [thread] = page["threads"]
        assert (thread["count"], thread["lastSeq"], thread["users"]) == (3, last["seq"], ["bob"])
        [listed] = (await alice.call("getThreads"))["threads"]
        assert (listed["unread"], listed["message"]["text"]) == (1, "root")
    assert await server.stop() == 0
    await server.command("check")


async def test_outsiders_learn_nothing_of_threads(server: Server) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "eve")}
    async with server.session(tokens["alice"]) as alice, server.session(tokens["eve"]) as eve:
        await alice.call("createRoom", room="den", visibility="private")
        await alice.call("sendMessage", room="den", text="root")
        await alice.call("sendMessage", room="den", text="@eve", thread=1)
        for method, params in (
            ("sendMessage", {"text": "x", "thread": 1}),
            ("followThread", {"thread": 1}),
            ("unfollowThread", {"thread": 1}),
            ("markRead", {"seq": 1, "thread": 1}),
            ("getHistory", {"thread": 1}),
            ("getThreads", {}),
        ):
            there = await outcome(eve, method, room="den", **params)
            assert there == await outcome(eve, method, room="nowhere", **params)
            assert there["reason"] == "not_found"
        assert (await eve.call("getThreads"))["threads"] == []
        assert await sums(eve) == (0, 0, 0)
        await alice.call("invite", room="den", user="eve")
        assert (await eve.call("getThreads"))["threads"] == []
        await eve.call("followThread", room="den", thread=1)
        assert len((await eve.call("getThreads"))["threads"]) == 1
        await alice.call("removeMember", room="den", user="eve")
        await alice.call("sendMessage", room="den", text="more", thread=1)
        assert (await eve.call("getThreads"))["threads"] == []
        assert await sums(eve) == (0, 0, 0)
        told = [frame["params"]["unread"] for frame in eve.pending("threadUnread")]
        assert not any(told), "of nothing after she was removed"
