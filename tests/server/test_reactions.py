"""Reactions on a real server: over a kill, in a resume, and to outsiders."""

from typing import Any, Final

import trio

from ..client import Client, Json
from .process import Server

UP: Final = "\U0001f44d"
HEART: Final = "\u2764\ufe0f"


async def outcome(client: Client, method: str, **params: Any) -> Json:
    """Return the error of a call that must be refused, without the room's name."""
    refused = await client.refused(method, **params)
    return {"reason": refused.reason, "text": str(refused).replace(params["room"], "ROOM")}


async def test_what_was_acknowledged_is_there_after_a_kill(server: Server) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "bob")}
    async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="one")
        page = await bob.call("subscribe", room="general")
        epoch, rev = page["epoch"], page["headRev"]
        for client, emoji in ((alice, UP), (bob, UP), (alice, "\u2764")):
            await client.call("addReaction", room="general", seq=1, emoji=emoji)
        told = [await bob.event("reactionsChanged", count=count) for count in (1, 2)]
        assert [event["user"] for event in told] == ["alice", "bob"]
        assert "text" not in told[0]
        last = await alice.call("removeReaction", room="general", seq=1, emoji=UP)
        await server.kill()
    await trio.to_thread.run_sync(server.start)
    async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
        page = await bob.call("subscribe", room="general", epoch=epoch, sinceRev=rev)
        assert page["recovered"]
        [message] = page["messages"]
        assert (message["rev"], message["reactions"]) == (
            last["rev"],
            [
                {"emoji": UP, "count": 1, "users": ["bob"]},
                {"emoji": HEART, "count": 1, "users": ["alice"]},
            ],
        )
        assert page["myReactions"] == [{"seq": 1, "emojis": [UP]}]
        again = await alice.call("removeReaction", room="general", seq=1, emoji=UP)
        assert again == last, "once more changes nothing, also after a restart"
        again = await bob.call("addReaction", room="general", seq=1, emoji=UP)
        assert again == last
        listed = await alice.call("listReactions", room="general", seq=1)
        assert [(each["emoji"], each["user"]["name"]) for each in listed["reactions"]] == [
            (HEART, "alice"),
            (UP, "bob"),
        ]
    assert await server.stop() == 0
    await server.command("check")


async def test_an_outsider_cannot_tell_what_there_is(server: Server) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "mallory")}
    async with server.session(tokens["alice"]) as alice, server.session(tokens["mallory"]) as other:
        await alice.call("createRoom", room="den", visibility="private")
        await alice.call("sendMessage", room="den", text="one")
        await alice.call("addReaction", room="den", seq=1, emoji=UP)
        await alice.call("sendMessage", to="alice", text="a note")
        for room in ("den", "@alice:alice"):
            for method, params in (
                ("addReaction", {"seq": 1, "emoji": UP}),
                ("addReaction", {"seq": 2, "emoji": HEART}),
                ("removeReaction", {"seq": 1, "emoji": UP}),
                ("listReactions", {"seq": 1}),
                ("listReactions", {"seq": 9}),
            ):
                known = await outcome(other, method, room=room, **params)
                assert known == await outcome(other, method, room="nowhere", **params)
                assert known["reason"] == "not_found"
