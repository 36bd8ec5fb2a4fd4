"""Avatars: pictures that people upload for their profiles, and who may see them."""

from typing import Any

from chatroom.store.sql.file_integrity import wrong_files
from chatroom.store.sql.integrity import WRONG_ROOMS

from ..client import Client
from ..session.node_harness import World
from .conftest import Hours, on_disk
from .pictures import png
from .test_janitor import clean
from .tus import Sender


async def set_avatar(client: Client, upload: str) -> Any:
    return await client.call("setProfile", avatar=upload)


def faults(world: World) -> list[str]:
    """Return what ``chatroom check`` finds."""
    connection = world.store._connection
    rooms = [query for query in WRONG_ROOMS.values() if "uploads" in query]
    assert len(rooms) == 2
    wrong = [str(row) for query in rooms for row in connection.execute(query)]
    return [*wrong, *wrong_files(connection)]


async def url_of(client: Client, name: str) -> str:
    [avatar] = (await client.call("getAvatars", users=[name]))["avatars"]
    return str(avatar["url"])


async def test_an_avatar_is_shown_to_those_who_share_a_room(
    world: World, alice: Sender, bob: Sender
) -> None:
    picture = await alice.upload(png((400, 300)), "me.png")
    async with world.sessions("alice", "bob", "eve") as (one, two, eve):
        for each in (one, two):
            await each.call("joinRoom", room="general")
        assert (await set_avatar(one, picture))["avatar"] == picture
        [shown] = (await two.call("getUsers", users=["alice"]))["users"]
        assert shown["avatar"] == picture
        url = await url_of(two, "alice")
        answer = await bob.get(url)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
        assert (await eve.call("getAvatars", users=["alice", "nobody"]))["avatars"] == []
        await two.call("leaveRoom", room="general")
        assert (await bob.get(url)).status == 404
        assert (await alice.get(await url_of(one, "alice"))).status == 200


async def test_only_an_own_picture_that_is_in_no_message_can_be_an_avatar(
    world: World, alice: Sender, bob: Sender
) -> None:
    words, sent = await alice.upload(b"no picture"), await alice.upload(png())
    others = await bob.upload(png())
    async with world.session("alice") as one:
        await one.call("joinRoom", room="general")
        await one.call("sendMessage", room="general", text="", attachments=[sent])
        for upload in (words, sent, others, "a" * 32):
            assert (await one.refused("setProfile", avatar=upload)).reason == "not_found"
        [profile] = (await one.call("getUsers", users=["alice"]))["users"]
        assert "avatar" not in profile
        mine = await alice.upload(png())
        await set_avatar(one, mine)
        taken = await one.refused("sendMessage", room="general", text="", attachments=[mine])
        assert taken.reason == "not_found"


async def test_an_avatar_is_kept_until_the_next_one(
    world: World, alice: Sender, hours: Hours, root: Any
) -> None:
    first = await alice.upload(png((30, 30)))
    async with world.session("alice") as one:
        for _ in range(2):  # as if the reply had been lost
            await set_avatar(one, first)
        await clean(world, hours, after=48)
        assert (await alice.get(await url_of(one, "alice"))).status == 200
        second = await alice.upload(png((50, 50)))
        await set_avatar(one, second)
        assert second in await url_of(one, "alice")
        assert faults(world) == []
        before = len(on_disk(root))
        await clean(world, hours)
        await clean(world, hours, after=48)
        assert len(on_disk(root)) < before
        url = await url_of(one, "alice")
        assert (await alice.get(url)).status == 200
        assert "avatar" not in await set_avatar(one, "")
        assert (await one.call("getAvatars", users=["alice"]))["avatars"] == []
        assert (await alice.get(url)).status == 404
        assert faults(world) == []
        world.store._connection.execute("UPDATE users SET avatar = 'lost' WHERE name = 'alice'")
        assert faults(world) == ["an avatar is not that of its account"]
