"""Settings of who may make rooms, is listed, and is written to."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import pytest

from chatroom.store.administration import Act

from ..client import CallFailed, Client
from .node_harness import World

Made: TypeAlias = tuple[str, dict[str, Any]]
NOBODY: Final = "nobody"


async def why(client: Client, method: str, **params: object) -> tuple[str, str] | None:
    try:
        await client.call(method, **params)
    except CallFailed as failed:
        return failed.reason, failed.message
    return None


async def reasons(client: Client, *calls: Made) -> Sequence[str | None]:
    found = [await why(client, method, **params) for method, params in calls]
    return [each[0] if each else None for each in found]


# ---- who makes rooms

MAKING: Final[tuple[Made, ...]] = (
    ("joinRoom", {"room": "one"}),
    ("createRoom", {"room": "two", "visibility": "public"}),
    ("createGroup", {"users": ["bob"], "clientId": "1"}),
)


@pytest.mark.config(who_makes_rooms="admins")
async def test_only_admins_make_rooms(world: World) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        for _ in range(2):
            assert await reasons(bob, *MAKING) == ["not_found", "forbidden", "forbidden"]
        await world.store.set_server_role("alice", "admin", Act(1))
        assert await reasons(alice, *MAKING) == [None, None, None]
        # Direct rooms are everyone's, and rooms that exist are joined.
        assert await reasons(bob, ("sendMessage", {"to": "alice", "text": "hi"})) == [None]
        assert await reasons(bob, ("joinRoom", {"room": "one"})) == [None]
        await world.store.set_server_role("alice", "member", Act(1))
        assert await reasons(alice, ("joinRoom", {"room": "three"})) == ["not_found"]


TRIED: Final[tuple[Made, ...]] = (("joinRoom", {}), ("createRoom", {"visibility": "public"}))


@pytest.mark.config(who_makes_rooms="admins")
async def test_a_private_room_looks_like_one_that_is_missing(world: World) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await world.store.set_server_role("alice", "admin", Act(1))
        await alice.call("createRoom", room="secret", visibility="private")
        for method, more in TRIED:
            secret = await why(bob, method, room="secret", **more)
            assert secret is not None
            assert secret == await why(bob, method, room="missing", **more)


# ---- who is written to

STRANGE: Final[tuple[Made, ...]] = (
    ("sendMessage", {"to": "bob", "text": "hi"}),
    ("invite", {"room": "mine", "user": "bob"}),
    ("createGroup", {"users": ["bob"], "clientId": "1"}),
)


async def check_strangers(world: World) -> None:
    """They are refused like people who do not exist."""
    async with world.sessions("alice", "bob") as (alice, _):
        await alice.call("createRoom", room="mine", visibility="private")
        for method, params in STRANGE:
            missing = {
                name: NOBODY if value == "bob" else [NOBODY] if value == ["bob"] else value
                for name, value in params.items()
            }
            refused = await why(alice, method, **params)
            assert refused is not None
            assert refused == await why(alice, method, **missing)


@pytest.mark.config(who_is_written_to="shared")
async def test_strangers_are_not_written_to(world: World) -> None:
    await check_strangers(world)


@pytest.mark.config(who_is_written_to="shared", rate_limits="off")
async def test_strangers_are_not_written_to_without_quotas_either(world: World) -> None:
    await check_strangers(world)


@pytest.mark.config(who_is_written_to="shared")
async def test_people_who_share_a_room_write_and_invite(world: World) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("createRoom", room="mine", visibility="private")
        await alice.call("joinRoom", room="hall")
        assert await reasons(alice, *STRANGE) == ["not_found"] * 3
        await bob.call("joinRoom", room="hall")
        assert await reasons(alice, *STRANGE) == [None] * 3
        for room in ("hall", "mine"):
            await bob.call("leaveRoom", room=room)
        # Their direct room is one that they share.
        assert await reasons(alice, STRANGE[0]) == [None]


# ---- who is listed


async def names(client: Client, **params: object) -> list[str]:
    return [user["name"] for user in (await client.call("listUsers", **params))["users"]]


async def test_admins_find_everyone(world: World) -> None:
    async with world.sessions("alice", "bob", "carol") as (alice, _, _):
        assert await names(alice) == ["alice"]
        await world.store.set_server_role("alice", "admin", Act(1))
        assert await names(alice) == ["alice", "bob", "carol"]
        assert await names(alice, query="CAR") == ["carol"]
        found = await alice.call("getUsers", users=["bob", NOBODY])
        assert [user["name"] for user in found["users"]] == ["bob"]


STANDING: Final = ("name", "serverRole", "disabled")


async def test_admins_see_who_is_admin_or_disabled(world: World) -> None:
    async with world.sessions("alice", "bob", "carol") as (alice, bob, _):
        for person in (alice, bob):
            await person.call("joinRoom", room="hall")
        await world.store.set_server_role("alice", "admin", Act(1))
        await alice.call("disableAccount", user="carol")
        page = await alice.call("listUsers")
        assert [tuple(map(user.get, STANDING)) for user in page["users"]] == [
            ("alice", "admin", None),
            ("bob", "member", None),
            ("carol", "member", True),
        ]
        found = await alice.call("getUsers", users=["bob", "carol"])
        assert found["users"] == page["users"][1:]
        # Nobody else does.
        page = await bob.call("listUsers")
        assert [tuple(map(user.get, STANDING)) for user in page["users"]] == [
            ("alice", None, None),
            ("bob", None, None),
        ]
        await alice.call("setServerRole", user="bob", role="admin")
        await bob.call("disableAccount", user="alice")
        found = await bob.call("getUsers", users=["alice"])
        assert [tuple(map(user.get, STANDING)) for user in found["users"]] == [
            ("alice", "admin", True)
        ]


@pytest.mark.config(who_is_listed="everyone")
async def test_everyone_finds_everyone(world: World) -> None:
    async with world.sessions("alice", "bob", "carol") as (_, bob, _):
        assert await names(bob) == ["alice", "bob", "carol"]
        page = await bob.call("listUsers", limit=2)
        assert page["next"] == "bob"
        assert await names(bob, after=page["next"]) == ["carol"]
        found = await bob.call("getUsers", users=["alice"])
        assert [user["name"] for user in found["users"]] == ["alice"]
