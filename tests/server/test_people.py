"""Profiles and settings on the real server, across kills."""

from .process import Server


async def test_what_was_answered_survives_a_kill(server: Server) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "bob", "eve")}
    async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
        for each in (alice, bob):
            await each.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        status = {"text": "at lunch", "emoji": "\u2764\ufe0f", "until": 1 << 50}
        profile = await alice.call("setProfile", displayName="Alice A.", status=status)
        assert await bob.event("userChanged") == profile
        stored = await alice.call("setSettings", settings={"theme": "dark"}, number=0)
        await server.kill()
    server.start()
    shown = profile | {"online": True}
    async with (
        server.session(tokens["alice"]) as alice,
        server.session(tokens["bob"]) as bob,
        server.session(tokens["eve"]) as eve,
    ):
        assert alice.connected["user"]["displayName"] == "Alice A."
        assert (await bob.call("getUsers", users=["alice"]))["users"] == [shown]
        assert (await bob.call("listUsers", query="a."))["users"] == [shown]
        assert await alice.call("getSettings") == stored
        strangers = await eve.call("getUsers", users=["alice", "bob", "nobody"])
        assert strangers == {"users": []}
        assert (await eve.call("listUsers", query="ali")) == {"users": [], "next": None}
