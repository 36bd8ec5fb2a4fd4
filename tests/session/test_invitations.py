"""Sign-up by an invitation, over HTTP."""

import trio

from chatroom.errors import StorageLocked
from chatroom.store.invitations import Offer

from .node_harness import World


async def test_an_account_is_made_also_where_its_room_cannot_be_entered(
    nursery: trio.Nursery,
) -> None:
    """The link may be accepted later, and counts no second use."""
    world = await World.start(nursery, rate_limits="off")
    async with world.session("alice") as alice:
        await alice.call("createRoom", room="den", visibility="private")
        code = (await alice.call("createInvitation", room="den", maxUses=1))["code"]
        offer = world.store.offer
        calls = 0

        async def offer_once(digest: bytes, user: str) -> Offer | None:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise StorageLocked("another process has locked the database")
            return await offer(digest, user)

        world.store.offer = offer_once  # type: ignore[method-assign]
        body = {"name": "bob", "password": "correct horse", "invitation": code}
        answer = await world.http("POST", "/api/signup", body)
        assert (answer.status, answer.json.get("room")) == (201, None)
        async with world.socket() as bob:
            await bob.connect(answer.json["token"])
            assert await bob.call("acceptInvitation", code=code) == {"room": "den"}
        [listed] = (await alice.call("listInvitations"))["invitations"]
        assert (listed["uses"], listed["users"]) == (1, ["bob"])
