"""Each call of protocol.md with invalid input is refused with the right reason and no effect."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from chatroom.protocol.calls import CALLS as DECLARED

from ..client import Client
from .calls import CALLS, LATER, WRONG_TYPES, Call
from .node_harness import World

ROOM_CALLS = [name for name, call in CALLS.items() if call.needs_room]


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    """A node with alice and bob in the rooms general (public), secret (private) and @alice:bob.

    carol has an account and is in none of them.
    """
    world = await World.start(nursery, rate_limits="off")
    async with world.sessions("alice", "bob", "carol") as (alice, bob, _):
        await alice.call("joinRoom", room="general")
        await bob.call("joinRoom", room="general")
        await alice.call("createRoom", room="secret", visibility="private")
        await alice.call("invite", room="secret", user="bob")
        for where in ({"room": "general"}, {"room": "secret"}, {"to": "bob"}):
            await alice.call("sendMessage", **where, text="hello")
    return world


@pytest.fixture
async def alice(world: World) -> AsyncIterator[Client]:
    async with world.session("alice") as alice:
        yield alice


async def what_is_kept(client: Client) -> dict[str, Any]:
    kept = {}
    for room in ("general", "secret", "@alice:bob"):
        history = await client.call("getHistory", room=room)
        members = await client.call("listMembers", room=room)
        kept[room] = (history["messages"], history["headSeq"], members["members"])
    kept["rooms"] = await client.call("listRooms")
    kept["inbox"] = await client.call("getInbox")
    return kept


def test_the_table_has_every_call() -> None:
    assert {"connect", *CALLS} == DECLARED.keys()
    for name, call in CALLS.items():
        assert (call.good | call.extra).keys() <= call.params.keys(), name


@pytest.mark.parametrize("method", CALLS)
async def test_the_examples_are_good(alice: Client, method: str) -> None:
    """Otherwise the refusals below would prove nothing."""
    call = CALLS[method]
    if method == "unban":
        await alice.call("ban", **call.good)
    if method in ("leaveRoom", "deleteMessage", "removeMember", "createRoom"):
        await alice.call(method, **(call.good | call.extra))
        return
    await alice.call(method, **call.good)
    await alice.call(method, **(call.good | call.extra))
    for name, value in call.extra.items():
        await alice.call(method, **(call.good | {name: value}))


async def check_refused(
    client: Client, method: str, field: str, params: dict[str, Any], reason: str = "invalid_params"
) -> None:
    failed = await client.refused(method, **params)
    assert failed.reason == reason, (params, failed)
    assert field in failed.message, (params, failed)
    assert failed.data["temporary"] is False
    if reason == "invalid_params":
        assert failed.code == -32602


def bad_values(call: Call) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, param in call.params.items():
        wrong = WRONG_TYPES[param.type]
        if not param.required:  # null means absent
            wrong = tuple(value for value in wrong if value is not None)
        found += [(name, value) for value in (*wrong, *param.bad)]
    return found


@pytest.mark.parametrize("method", CALLS)
async def test_wrong_types_and_values_out_of_range(alice: Client, method: str) -> None:
    call, before = CALLS[method], await what_is_kept(alice)
    for name, value in bad_values(call):
        await check_refused(alice, method, name, call.good | {name: value})
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", CALLS)
async def test_missing_params(alice: Client, method: str) -> None:
    call, before = CALLS[method], await what_is_kept(alice)
    for name, param in call.params.items():
        if param.required:
            rest = {key: value for key, value in call.good.items() if key != name}
            await check_refused(alice, method, name, rest)
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", CALLS)
async def test_unknown_params(alice: Client, method: str) -> None:
    call, before = CALLS[method], await what_is_kept(alice)
    # Names of fields in the server, or plausible ones. A sender is never a parameter.
    for name in ("nonsense", "sender", "timestamp", "client_id", "since_rev", "reply_to", ""):
        await check_refused(alice, method, name, call.good | {name: "alice"})
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", ["connect", *CALLS])
async def test_params_that_are_no_object(world: World, method: str) -> None:
    async with world.socket() as client:
        if method != "connect":
            await client.connect(await world.token("alice"))
        for params in ("[]", '["general"]', '"general"', "7", "true"):
            await client.send(
                f'{{"jsonrpc":"2.0","id":"no object","method":"{method}","params":{params}}}'
            )
            with pytest.raises(Exception, match=r"^invalid_params: params"):
                await client.reply("no object")


@pytest.mark.parametrize("method", ROOM_CALLS)
async def test_an_unknown_room(alice: Client, method: str) -> None:
    call, before = CALLS[method], await what_is_kept(alice)
    # The first does not exist. The others are direct rooms of people who have none together, or
    # have no account.
    for room in ("nowhere", "@alice:nobody", "@bob:carol", "@alice:carol"):
        await check_refused(alice, method, "", call.good | {"room": room}, "not_found")
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", ROOM_CALLS)
async def test_who_is_no_member_may_nothing(world: World, alice: Client, method: str) -> None:
    call, before = CALLS[method], await what_is_kept(alice)
    async with world.session("carol") as carol:
        public = await carol.refused(method, **call.good)
        assert public.reason == "forbidden", public
        secret = await carol.refused(method, **(call.good | {"room": "secret"}))
        direct = await carol.refused(method, **(call.good | {"room": "@alice:bob"}))
        nothing = await carol.refused(method, **(call.good | {"room": "nowhere"}))
        # Indistinguishable from a room that does not exist.
        assert secret.reason == direct.reason == nothing.reason == "not_found"
        assert secret.message == direct.message == nothing.message
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", ["invite", "removeMember", "ban", "unban"])
async def test_moderating_is_not_for_members(world: World, alice: Client, method: str) -> None:
    before = await what_is_kept(alice)
    async with world.session("bob") as bob:
        for room in ("general", "secret"):
            for user in ("alice", "bob", "carol"):
                assert (await bob.refused(method, room=room, user=user)).reason == "forbidden"
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", ["invite", "removeMember", "ban", "unban"])
async def test_moderating_someone_who_does_not_exist(alice: Client, method: str) -> None:
    before = await what_is_kept(alice)
    await check_refused(alice, method, "user", {"room": "general", "user": "nobody"}, "not_found")
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", ["leaveRoom", "invite", "removeMember", "ban", "unban"])
async def test_who_is_in_a_direct_room_is_fixed(alice: Client, method: str) -> None:
    before = await what_is_kept(alice)
    params = CALLS[method].good | {"room": "@alice:bob"}
    await check_refused(alice, method, "", params, "forbidden")
    assert await what_is_kept(alice) == before


async def test_a_message_of_another_is_not_edited_nor_deleted(world: World, alice: Client) -> None:
    before = await what_is_kept(alice)
    async with world.session("bob") as bob:
        for room in ("general", "secret", "@alice:bob"):
            edit = await bob.refused("editMessage", room=room, seq=1, text="mine")
            delete = await bob.refused("deleteMessage", room=room, seq=1)
            assert edit.reason == delete.reason == "forbidden"
        await bob.call("sendMessage", room="general", text="bob's")
        before = await what_is_kept(alice)
        # A moderator may delete messages of others, but not edit them.
        edit = await alice.refused("editMessage", room="general", seq=2, text="mine")
        assert edit.reason == "forbidden"
        assert await what_is_kept(alice) == before
        await alice.call("deleteMessage", room="general", seq=2)


@pytest.mark.parametrize("method", ["editMessage", "deleteMessage"])
async def test_a_message_that_does_not_exist(alice: Client, method: str) -> None:
    before = await what_is_kept(alice)
    for seq in (2, 2**53 - 1):
        params = CALLS[method].good | {"seq": seq}
        await check_refused(alice, method, "seq", params, "not_found")
    assert await what_is_kept(alice) == before


async def test_sending_to_exactly_one(alice: Client) -> None:
    before = await what_is_kept(alice)
    await check_refused(alice, "sendMessage", "room, to", {"text": "hello"})
    both = {"room": "general", "to": "bob", "text": "hello"}
    await check_refused(alice, "sendMessage", "room, to", both)
    await check_refused(alice, "sendMessage", "", {"to": "nobody", "text": "hello"}, "not_found")
    to_later = {"room": "general", "text": "hello", "replyTo": 2}
    await check_refused(alice, "sendMessage", "replyTo", to_later)
    assert await what_is_kept(alice) == before


async def test_at_most_one_bound(alice: Client) -> None:
    for bounds in (
        {"before": 1, "after": 1},
        {"after": 1, "around": 1},
        {"before": 0, "around": 0},
    ):
        params = {"room": "general", **bounds}
        await check_refused(alice, "getHistory", "before, after, around", params)


async def test_reading_past_the_head(alice: Client) -> None:
    await check_refused(alice, "markRead", "seq", {"room": "general", "seq": 2})


async def test_cursors_that_are_from_no_reply(alice: Client) -> None:
    for after in ("", "nonsense", "general", "x:general", "-1:general", "1.5:general"):
        await check_refused(alice, "getInbox", "after", {"after": after})


async def test_a_name_that_is_taken(world: World, alice: Client) -> None:
    async with world.session("carol") as carol:
        for room in ("general", "secret"):
            params = {"room": room, "visibility": "public"}
            await check_refused(carol, "createRoom", "room", params, "conflict")
        await check_refused(carol, "joinRoom", "room", {"room": "secret"}, "not_found")
        nowhere = {"room": "nowhere", "create": False}
        await check_refused(carol, "joinRoom", "room", nowhere, "not_found")
        secret = {"room": "secret", "create": False}
        await check_refused(carol, "joinRoom", "room", secret, "not_found")


async def test_the_banned_stay_out(world: World, alice: Client) -> None:
    await alice.call("ban", room="general", user="bob")
    await check_refused(alice, "invite", "user", {"room": "general", "user": "bob"}, "banned")
    async with world.session("bob") as bob:
        await check_refused(bob, "joinRoom", "room", {"room": "general"}, "banned")
        history = await bob.refused("getHistory", room="general")
        assert history.reason in ("forbidden", "banned")
        await alice.call("unban", room="general", user="bob")
        await bob.call("joinRoom", room="general")


# ---- connect, and frames that are not calls


async def test_before_connect_there_is_nothing(world: World) -> None:
    async with world.socket() as client:
        for method, call in CALLS.items():
            assert (await client.refused(method, **call.good)).reason == "unauthenticated"
        assert (await client.refused("nonsense")).reason == "unauthenticated"
        await client.connect(await world.token("alice"))


async def test_connect_with_bad_params(world: World) -> None:
    async with world.socket() as client:
        tokens: tuple[object, ...] = (7, True, ["a"], {}, "a" * 257)
        for token in tokens:
            await check_refused(client, "connect", "token", {"token": token})
        for name in ("nonsense", "user", "epoch"):
            await check_refused(client, "connect", name, {"token": "a", name: "alice"})
        await client.connect(await world.token("alice"))


@pytest.mark.parametrize("params", [{}, {"token": None}, {"token": ""}, {"token": "nonsense"}])
async def test_connect_without_a_good_token(world: World, params: dict[str, Any]) -> None:
    async with world.socket() as client:
        assert (await client.refused("connect", **params)).reason == "unauthenticated"
        assert await client.wait_closed() == 4500


async def test_a_second_connect(world: World, alice: Client) -> None:
    for params in ({}, {"token": await world.token("bob")}, {"token": 7}, {"nonsense": 1}):
        failed = await alice.refused("connect", **params)
        assert failed.reason == "invalid_request"
        assert failed.code == -32600
    sent = await alice.call("sendMessage", room="general", text="still me")
    page = await alice.call("getHistory", room="general", after=sent["seq"] - 1)
    assert page["messages"][0]["sender"] == "alice"


async def test_unknown_methods(alice: Client) -> None:
    for method in (*LATER, "nonsense", "", "JoinRoom", "joinroom", "__class__", "x" * 1000):
        failed = await alice.refused(method)
        assert failed.reason == "unknown_method", method
        assert failed.code == -32601
        assert len(failed.message) < 200
