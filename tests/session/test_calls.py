"""Calls: invalid ones are refused with the right reason and no effect, others keep their order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from trio.testing import MockClock

from chatroom.accounts.tokens import digest_of
from chatroom.model import Invitation
from chatroom.protocol.calls import CALLS as DECLARED

from ..client import Client, call_frame
from ..stored_uploads import add_upload
from .calls import CALLS
from .node_harness import World

pytestmark = pytest.mark.config(rate_limits="off")


@pytest.fixture
async def world(world: World) -> World:
    """A node with alice and bob in the rooms general (public), secret (private) and @alice:bob.

    carol has an account and is in none of them.
    """
    async with world.sessions("alice", "bob", "carol") as (alice, bob, _):
        await alice.call("joinRoom", room="general")
        await bob.call("joinRoom", room="general")
        await alice.call("createRoom", room="secret", visibility="private")
        await alice.call("invite", room="secret", user="bob")
        for where in ({"room": "secret"}, {"to": "bob"}):
            await alice.call("sendMessage", **where, text="hello")
        given = await add_upload(world.store, "alice", 1)
        await alice.call("sendMessage", room="general", text="hello", attachments=[given])
        await add_upload(world.store, "alice", 2)
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
async def test_the_examples_are_good(world: World, alice: Client, method: str) -> None:
    """Otherwise the refusals below would prove nothing."""
    call = CALLS[method]
    if method == "acceptInvitation":
        digest = digest_of(call.good["code"])
        first_admin = Invitation("id", digest, None, 0, server=True, role="admin")
        await world.store.offer_admin(first_admin)
    else:
        await world.node.accounts.set_role("alice", "admin")
    if method == "revokeInvitation":
        invitation = Invitation(call.good["id"], b"digest", None, 0, server=True)
        await world.store.add_invitation(invitation, lambda _: None)
    if method == "unban":
        await alice.call("ban", **call.good)
    if method == "testPush":
        await alice.call("addPushEndpoint", **CALLS["addPushEndpoint"].good)
    if method == "markRead":
        await alice.call("followThread", room="general", thread=1)
    once = method in ("leaveRoom", "deleteMessage", "removeMember", "createRoom", "deleteRoom")
    once = once or method == "eraseAccount"
    once = once or method == "sendMessage"  # the examples share a clientId
    for params in [call.good | call.extra] if once else call.good_params():
        await alice.call(method, **params)


async def check_refused(
    client: Client, method: str, params: dict[str, Any], reason: str, field: str = ""
) -> None:
    failed = await client.refused(method, **params)
    assert failed.reason == reason, (params, failed)
    assert field in failed.message, (params, failed)
    assert failed.data["temporary"] is False
    if reason == "invalid_params":
        assert failed.code == -32602


@pytest.mark.parametrize("method", CALLS)
async def test_invalid_params_are_refused_by_name(alice: Client, method: str) -> None:
    before = await what_is_kept(alice)
    for field, params in CALLS[method].bad_params():
        await check_refused(alice, method, params, "invalid_params", field)
    assert await what_is_kept(alice) == before


@pytest.mark.parametrize("method", [name for name, call in CALLS.items() if call.needs_room])
async def test_calls_on_a_room_need_membership(world: World, alice: Client, method: str) -> None:
    call, before = CALLS[method], await what_is_kept(alice)
    # The last two are direct rooms of people who have none together, or have no account.
    for room in ("nowhere", "@bob:carol", "@alice:carol", "@alice:nobody"):
        await check_refused(alice, method, call.good | {"room": room}, "not_found")
    async with world.session("carol") as carol:
        await check_refused(carol, method, call.good, "forbidden")
        # A private room is indistinguishable from one that does not exist.
        rooms = ("secret", "@alice:bob", "nowhere")
        failures = [await carol.refused(method, **(call.good | {"room": room})) for room in rooms]
        assert {failed.reason for failed in failures} == {"not_found"}
        assert len({failed.message for failed in failures}) == 1
    assert await what_is_kept(alice) == before


GENERAL, DIRECT, HELLO = {"room": "general"}, {"room": "@alice:bob"}, {"text": "hello"}
PUBLIC = {"visibility": "public"}


@pytest.mark.parametrize(
    "refusal",
    [
        ("bob", "invite", GENERAL | {"user": "carol"}, "forbidden", ""),
        ("alice", "unban", GENERAL | {"user": "nobody"}, "not_found", "user"),
        ("alice", "leaveRoom", DIRECT, "forbidden", ""),
        ("bob", "editMessage", DIRECT | HELLO | {"seq": 1}, "forbidden", ""),
        ("bob", "deleteMessage", GENERAL | {"seq": 1}, "forbidden", ""),
        ("alice", "deleteMessage", GENERAL | {"seq": 2}, "not_found", "seq"),
        ("alice", "editMessage", GENERAL | HELLO | {"seq": 2**53 - 1}, "not_found", "seq"),
        ("alice", "sendMessage", HELLO | {"to": "nobody"}, "not_found", ""),
        ("alice", "sendMessage", GENERAL | HELLO | {"replyTo": 2}, "invalid_params", "replyTo"),
        ("alice", "markRead", GENERAL | {"seq": 2}, "invalid_params", "seq"),
        ("alice", "getInbox", {"after": "1.5:general"}, "invalid_params", "after"),
        ("carol", "createRoom", GENERAL | PUBLIC, "conflict", "room"),
        ("carol", "createRoom", PUBLIC | {"room": "secret"}, "conflict", "room"),
        ("carol", "joinRoom", {"room": "secret"}, "not_found", "room"),
        ("carol", "joinRoom", {"room": "nowhere", "create": False}, "not_found", "room"),
    ],
)
async def test_calls_refused_by_the_rules_change_nothing(
    world: World, alice: Client, refusal: tuple[str, str, dict[str, Any], str, str]
) -> None:
    before, (name, method, params, reason, field) = await what_is_kept(alice), refusal
    async with world.session(name) as client:
        await check_refused(client, method, params, reason, field)
    assert await what_is_kept(alice) == before


async def test_connect_comes_first(world: World) -> None:
    async with world.socket() as client:
        for method, call in CALLS.items():
            await check_refused(client, method, call.good, "unauthenticated")
        await check_refused(client, "nonsense", {}, "unauthenticated")
        tokens: tuple[object, ...] = (7, True, ["a"], {}, "a" * 257)
        for token in tokens:
            await check_refused(client, "connect", {"token": token}, "invalid_params", "token")
        for name in ("nonsense", "user", "epoch"):
            params = {"token": "a", name: "alice"}
            await check_refused(client, "connect", params, "invalid_params", name)
        await client.connect(await world.token("alice"))


async def test_a_second_connect_is_refused(world: World, alice: Client) -> None:
    for params in ({}, {"token": await world.token("bob")}, {"token": 7}, {"nonsense": 1}):
        await check_refused(alice, "connect", params, "invalid_request")
    sent = await alice.call("sendMessage", room="general", text="still me")
    page = await alice.call("getHistory", room="general", after=sent["seq"] - 1)
    assert page["messages"][0]["sender"] == "alice"


async def test_unknown_methods_are_refused(alice: Client) -> None:
    for method in ("nonsense", "", "JoinRoom", "joinroom", "__class__", "x" * 1000):
        failed = await alice.refused(method)
        assert (failed.reason, failed.code) == ("unknown_method", -32601), method
        assert len(failed.message) < 200


async def test_an_id_may_be_used_again_at_once(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="lobby")
        for text in ("one", "two"):
            await alice.send(call_frame("sendMessage", "same", room="lobby", text=text))
        assert [(await alice.reply("same"))["seq"] for _ in range(2)] == [1, 2]


async def test_calls_without_an_id_get_no_reply(world: World, autojump_clock: MockClock) -> None:
    async with world.socket() as alice:
        await alice.send(call_frame("connect", token=await world.token("alice")))
        await alice.send(call_frame("joinRoom", room="lobby"))
        for params in ({"room": "lobby", "text": "heard"}, {"room": "lobby", "text": ""}, {}):
            await alice.send(call_frame("sendMessage", **params))
        await alice.send(call_frame("nonsense"))
        page = await alice.call("getHistory", room="lobby")
        assert [message["text"] for message in page["messages"]] == ["heard"]
        assert [frame["id"] for frame in alice.frames if "method" not in frame] == [1]


async def test_a_session_reads_its_own_writes(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        world.store.commit_delay = 0.1
        joined = await alice.begin("joinRoom", room="lobby")
        sent = await alice.begin("sendMessage", room="lobby", text="hello")
        read = await alice.begin("getHistory", room="lobby")
        deleted = await alice.begin("deleteMessage", room="lobby", seq=1)
        left = await alice.begin("leaveRoom", room="lobby")
        late = await alice.begin("sendMessage", room="lobby", text="too late")
        assert (await alice.reply(joined))["created"] is True
        assert (await alice.reply(sent))["seq"] == 1
        assert (await alice.reply(read))["headSeq"] == 1
        assert (await alice.reply(deleted))["rev"] == 2
        assert await alice.reply(left) == {}
        with pytest.raises(Exception, match=r"^forbidden"):
            await alice.reply(late)
