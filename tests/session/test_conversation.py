"""A conversation with every call and every event. Each frame must match the published document.

The test fetches the document over HTTP, as a client would. The document allows additional fields;
this test does not, and requires that each documented field occurs.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final
from unittest.mock import ANY

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.consumers.search_indexer import search_consumer
from chatroom.protocol.asyncapi import encoded
from chatroom.push.service import Push

from ..client import CallFailed, Client
from ..faulty_store import FaultyStore
from ..push.devices import Services
from ..stored_uploads import PICTURE, add_upload
from ..wire.document_validator import DocumentValidator
from .node_harness import World

FORM: Final = {"parse_error", "invalid_request", "invalid_params", "unknown_method"}
"""Reasons for refusing frames that do not match the document."""
SERVICES: Final = Services()
NOT_PROVOKED: Final = {"internal", "storage_full", "busy", "quota_exceeded"}
"""Reasons that need a failing server or many sessions. Their frames have the same shape."""


@attrs.frozen
class Wire:
    """Keeps all clients, with the frames that they sent and received."""

    world: World
    clients: list[Client] = attrs.field(factory=list)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Client]:
        async with self.world.socket() as client:
            self.clients.append(client)
            yield client

    @asynccontextmanager
    async def session(self, name: str) -> AsyncIterator[Client]:
        async with self.socket() as client:
            await client.connect(await self.world.token(name))
            yield client


@pytest.fixture
async def world(nursery: trio.Nursery) -> World:
    store = FaultyStore()
    return await World.start(
        nursery,
        store=store,
        consumers=[search_consumer(store, cpu_s=lambda: 0.0)],
        make_push=partial(Push, poster=lambda: SERVICES, cpu_s=lambda: 0.0),
    )


# ---- the conversation


async def talk_about_rooms(wire: Wire, alice: Client, bob: Client) -> None:
    await alice.call("joinRoom", room="general")
    await bob.call("joinRoom", room="general", create=False)
    await alice.call("createRoom", room="den", visibility="private", title="Den", topic="Secrets")
    await alice.call("invite", room="den", user="bob")
    await bob.event("memberChanged", room="den", role="member")
    await alice.call("removeMember", room="den", user="bob")
    await bob.event("memberChanged", room="den", role=None)
    await alice.call("ban", room="den", user="bob")
    assert (await alice.refused("invite", room="den", user="bob")).reason == "banned"
    await wire.world.token("carol")
    await alice.call("ban", room="den", user="carol", until=1 << 50, reason="noise")
    page = await alice.call("listBans", room="den", limit=1)
    await alice.call("listBans", room="den", after=page["next"])
    await alice.call("unban", room="den", user="bob")
    await alice.call("subscribe", room="general")
    await trio.sleep(20)  # for the rate of such calls
    await alice.call("mute", room="general", user="bob", until=1 << 50, reason="noise")
    await alice.event("muteChanged", room="general", user="bob", muted=True)
    await alice.call("listMutes", room="general")
    refused = await bob.refused("sendMessage", room="general", text="why?")
    assert (refused.reason, refused.message[-7:]) == ("muted", ": noise")
    await bob.call("subscribe", room="general")
    await bob.call("unsubscribe", room="general")
    await alice.call("unmute", room="general", user="bob")
    await alice.call("unsubscribe", room="general")
    await alice.call("subscribe", room="general")
    await alice.call("setRoom", room="general", topic="anything", inviting="all")
    await alice.event("roomChanged", room="general", topic="anything")
    await alice.call("unsubscribe", room="general")
    await trio.sleep(20)  # for the rate of such calls
    await alice.call("setRole", room="general", user="bob", role="moderator")
    await bob.event("memberChanged", room="general", role="moderator")
    group = await alice.call("createGroup", users=["bob"], clientId="group 1")
    await bob.event("memberChanged", room=group["room"], role="member")
    await alice.call("deleteRoom", room=group["room"])
    await bob.event("memberChanged", room=group["room"], role=None)
    await bob.call("joinRoom", room="elsewhere")
    await bob.call("leaveRoom", room="elsewhere")
    page = await alice.call("listRooms", limit=1)
    await alice.call("listRooms", after=page["next"], query="GEN", limit=200)
    page = await alice.call("listMembers", room="general", limit=1)
    await alice.call("listMembers", room="general", after=page["next"])


async def talk_in_a_room(alice: Client, bob: Client) -> None:
    await alice.call("subscribe", room="general")
    sent = await bob.call("sendMessage", room="general", text=" hello @alice ", clientId="1")
    again = await bob.call("sendMessage", room="general", text=" hello @alice ", clientId="1")
    assert again["duplicate"]
    await alice.event("newMessage", seq=sent["seq"])
    await alice.call("sendMessage", room="general", text="and you", replyTo=1)
    await bob.event("unread", room="general")
    await alice.call("sendMessage", room="general", text="@bob", thread=1)
    await bob.event("threadUnread", room="general", thread=1)
    await bob.call("markRead", room="general", seq=3, thread=1)
    await alice.call("sendMessage", room="general", text="below 2", thread=2)
    page = await alice.call("getThreads", limit=1)
    await alice.call("getThreads", room="general", after=page["next"])
    await alice.call("unfollowThread", room="general", thread=1)
    await alice.call("followThread", room="general", thread=1)
    await bob.call("editMessage", room="general", seq=1, text="hello, @alice")
    await alice.call("deleteMessage", room="general", seq=2)
    for person, emoji in ((alice, "\U0001f44d"), (bob, "\U0001f44d"), (bob, "\u2764")):
        await person.call("addReaction", room="general", seq=1, emoji=emoji)
    await alice.call("removeReaction", room="general", seq=1, emoji="\U0001f44d")
    await alice.event("reactionsChanged", seq=1, added=False)
    poll = {"format": "plain", "type": "poll", "data": {"choices": ["tea", "coffee"]}}
    for more in (poll, {}):
        await bob.call("sendMessage", room="general", text="@alice", **more)
    for seq in (1, 5):
        await alice.call("pinMessage", room="general", seq=seq)
    page = await alice.call("listPins", room="general", limit=1)
    await alice.call("listPins", room="general", after=page["next"])
    await alice.call("unpinMessage", room="general", seq=5)
    await alice.call("getMessage", room="general", seq=1)
    page = await alice.call("getMentions", limit=1)
    await alice.call("getMentions", after=page["next"])
    page = await alice.call("listReactions", room="general", seq=1, limit=1)
    await alice.call("listReactions", room="general", seq=1, after=page["next"])
    await alice.event("messageChanged", seq=1)
    await alice.event("messageChanged", seq=2)
    await bob.call("setTyping", room="general", typing=True)
    await alice.event("typing", user="bob", typing=True)
    await bob.call("setTyping", room="general", typing=True, thread=1)
    await alice.event("typing", user="bob", typing=True, thread=1)
    await bob.call("setTyping", room="general", typing=False, thread=1)
    for bounds in (
        {},
        {"before": 3},
        {"after": 0},
        {"around": 1, "limit": 1, "after": None},
        {"at": 0},
        {"thread": 1},
        {"whole": True},
    ):
        await alice.call("getHistory", room="general", **bounds)
    await bob.call("getUnread", room="general", limit=1)
    await trio.sleep(2)  # until the messages are indexed
    assert (await alice.call("searchMessages", query="hell"))["messages"]
    await bob.call("markRead", room="general", seq=1)
    await bob.call("setNotifications", room="general", level="mentions")
    await bob.event("unread", notifications="mentions")
    await trio.sleep(20)  # for the rate of such calls
    await alice.call("deleteMessagesOf", room="general", user="bob", since=0)
    await alice.event("messageChanged", seq=1, deleted=True)
    await alice.call("unsubscribe", room="general")


async def show_a_picture(wire: Wire, alice: Client) -> None:
    upload = await add_upload(wire.world.store, "alice", 1, *PICTURE)
    sent = await alice.call("sendMessage", room="general", text="", attachments=[upload])
    await alice.call("getMessage", room="general", seq=sent["seq"])
    await alice.call("getFile", room="general", seq=sent["seq"], id=upload)
    await alice.call("getInbox")


async def talk_in_private(alice: Client, bob: Client) -> None:
    await alice.call("sendMessage", to="bob", text="just you, " + "at length " * 20)
    await bob.event("unread", kind="direct")
    await bob.call("blockUser", user="alice")
    assert (await alice.refused("sendMessage", to="bob", text="hello?")).reason == "forbidden"
    await bob.call("listBlocked", limit=1)
    await bob.call("unblockUser", user="alice")
    page = await bob.call("getInbox", limit=1)
    await bob.call("getInbox", after=page["next"])


async def show_themselves(wire: Wire, alice: Client, bob: Client) -> None:
    await trio.sleep(20)  # for the rate of such calls
    await alice.call("subscribe", room="general")
    status = {"text": "at lunch", "emoji": "\u2764", "until": 1 << 50}
    upload = await add_upload(wire.world.store, "bob", 2, *PICTURE)
    await bob.call("setProfile", displayName="Bob B.", status=status, avatar=upload)
    await alice.event("userChanged", name="bob", displayName="Bob B.")
    await alice.call("getUsers", users=["bob", "nobody"])
    await alice.call("getAvatars", users=["bob"])
    page = await alice.call("listUsers", limit=1)
    await alice.call("listUsers", after=page["next"], query="b")
    await bob.call("setSettings", settings={"theme": "dark"}, number=0)
    await bob.event("settingsChanged", number=1)
    await bob.call("getSettings")
    await alice.call("unsubscribe", room="general")


async def administer(wire: Wire, alice: Client, bob: Client) -> None:
    code = await wire.world.node.accounts.invitations.offer_admin()
    await alice.call("acceptInvitation", code=code)
    await wire.world.token("mallory")
    await trio.sleep(20)  # for the rate of such calls
    await alice.call("setServer", name="Blue House", accent="#3f6f8f")
    await bob.event("serverChanged", name="Blue House")
    await alice.call("announce", text="tea", until=1 << 50)
    await bob.event("serverChanged", announcement={"at": ANY, "text": "tea", "until": 1 << 50})
    await alice.call("setServer", readOnly="we move")
    assert (await bob.refused("leaveRoom", room="general")).reason == "read_only"
    await alice.call("setServer", readOnly="")
    await trio.sleep(20)
    await alice.call("setServerRole", user="bob", role="admin")
    await bob.call("setServerRole", user="bob", role="member")
    await alice.call("disableAccount", user="mallory")
    await alice.call("getUsers", users=["mallory"])
    await alice.call("enableAccount", user="mallory")
    await alice.call("eraseAccount", user="mallory")
    await alice.call("enterRoom", room="general")
    made = await alice.call("createInvitation", room="general", maxUses=2, expiresAt=1 << 50)
    assert await bob.call("acceptInvitation", code=made["code"]) == {"room": "general"}
    await alice.call("createInvitation", server=True)
    await alice.call("revokeInvitation", id=made["id"])
    page = await alice.call("listInvitations", limit=1)
    await alice.call("listInvitations", room="general", after=page["next"])
    page = await alice.call("listAudit", limit=1)
    await alice.call("listAudit", after=page["next"], limit=200)


async def be_notified(bob: Client) -> None:
    await bob.call("getPushKey")
    device = SERVICES.device("bob").params
    await bob.call("addPushEndpoint", **device)
    assert (await bob.call("listPushEndpoints"))["endpoints"]
    assert (await bob.call("testPush", endpoint=device["endpoint"]))["outcome"] == "sent"
    await bob.call("removePushEndpoint", endpoint=device["endpoint"])


async def meet_somebody_who_looks_like_another(wire: Wire, alice: Client) -> None:
    await wire.world.token("a1ice")
    await alice.call("sendMessage", to="a1ice", text="who are you?")
    await alice.call("getInbox")


async def be_warned(wire: Wire) -> None:
    """Connect with a token that has less than half of its day left."""
    accounts = wire.world.node.accounts
    [(_, token)] = await accounts.issue_tokens(["carol"], create=True, days=1)
    await trio.sleep(13 * 60 * 60)
    async with wire.socket() as carol:
        await carol.connect(token)
        await carol.event("tokenExpiring")


async def come_back(alice: Client, bob: Client) -> None:
    epoch = alice.connected["epoch"]
    page = await alice.call("subscribe", room="general", epoch=epoch, sinceRev=0, limit=1)
    assert page["hasMore"]
    await alice.call("subscribe", room="general", epoch=epoch, sinceRev=page["nextRev"])
    for resume in ({"epoch": "another", "sinceRev": 0}, {"epoch": epoch, "sinceRev": 1000}):
        assert "reason" in await alice.call("subscribe", room="general", **resume)
    await bob.cut()
    await alice.event("presence", user="bob", online=False)


async def be_refused(alice: Client, bob: Client) -> None:
    assert (await bob.refused("getHistory", room="den")).reason == "not_found"
    assert (await bob.refused("editMessage", room="general", seq=2, text="x")).reason == "forbidden"
    taken = await bob.refused("createRoom", room="general", visibility="public")
    assert taken.reason == "conflict"
    assert (await bob.refused("sendMessage", room="general", text=" ")).reason == "text_empty"
    long = await bob.refused("sendMessage", room="general", text="x" * 4001)
    assert long.reason == "text_too_long"
    calls = [await alice.begin("sendMessage", room="general", text="x") for _ in range(30)]
    with pytest.raises(CallFailed, match="rate_limited"):
        await alice.reply(calls[-1])


async def be_out_of_form(bob: Client) -> None:
    await bob.refused("nonsense")
    await bob.refused("getUnread")
    await bob.refused("getUnread", room="general", sender="alice")
    await bob.refused("getUnread", room="General")
    await bob.refused("getUnread", room="general", limit=201)
    await bob.refused("sendMessage", room="general", to="alice", text="x")
    await bob.refused("getHistory", room="general", before=1, after=1)
    await bob.refused("setTyping", room="general", typing=1)
    await bob.refused("setNotifications", room="general", level=None)
    await bob.send('{"jsonrpc":"2.0","id":"p","method":"getInbox","params":[]}')
    for frame in ("{", "[]", '{"jsonrpc":"2.0","id":"x","method":7}', '{"id":1.5}'):
        await bob.send(frame)
    await bob.send('{"jsonrpc":"2.0","method":"setTyping","params":{"room":"x","typing":true}}')
    await bob.send('{"jsonrpc":"2.0","id":"end","method":"getInbox"}')
    await bob.reply("end")


async def test_every_frame_is_as_described(world: World, autojump_clock: MockClock) -> None:
    answer = await world.http("GET", "/asyncapi.json")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == encoded()
    described = DocumentValidator(answer.json, closed=True)
    wire = Wire(world)
    async with wire.socket() as stranger:
        assert (await stranger.refused("getInbox")).reason == "unauthenticated"
        await stranger.refused("connect", token="nobody's")
        await stranger.wait_closed()
    async with wire.session("alice") as alice, wire.session("bob") as bob:
        await talk_about_rooms(wire, alice, bob)
        await talk_in_a_room(alice, bob)
        await show_a_picture(wire, alice)
        await talk_in_private(alice, bob)
        await show_themselves(wire, alice, bob)
        await administer(wire, alice, bob)
        await be_notified(bob)
        await meet_somebody_who_looks_like_another(wire, alice)
        await be_refused(alice, bob)
        await be_out_of_form(bob)
        await come_back(alice, bob)
    await be_warned(wire)
    seen = Seen()
    for client in wire.clients:
        check(described, client, seen)
    assert seen.answered == set(described.calls)
    assert seen.events == set(described.events)
    assert seen.reasons == set(described.document["x-reasons"]) - NOT_PROVOKED
    assert described_properties(described) - seen.properties == set()


# ---- the check


@attrs.frozen
class Seen:
    answered: set[str] = attrs.field(factory=set)
    events: set[str] = attrs.field(factory=set)
    reasons: set[str] = attrs.field(factory=set)
    properties: set[str] = attrs.field(factory=set)


def check(described: DocumentValidator, client: Client, seen: Seen) -> None:
    """Check that exactly the calls that do not match the document are refused for their form."""
    calls: dict[object, tuple[str | None, bool]] = {}
    for frame in client.sent:
        call_id, method, good = read(described, frame)
        if call_id is not None or not good:
            calls[call_id] = (method, good)
    for reply in client.frames:
        seen.properties.update(properties(reply))
        if "method" in reply:
            assert described.is_event(reply), reply
            seen.events.add(reply["method"])
            continue
        method, good = calls[reply["id"]]
        assert described.is_reply(method, reply), reply
        if "result" in reply:
            assert good, reply
            seen.answered.add(str(method))
        else:
            data = reply["error"]["data"]
            seen.reasons.add(data["reason"])
            assert (data["reason"] not in FORM) is good, reply
            known = described.document["x-reasons"][data["reason"]]
            assert known == {"code": reply["error"]["code"], "temporary": data["temporary"]}


def read(described: DocumentValidator, frame: str | bytes) -> tuple[object, str | None, bool]:
    """Return the id of a frame's reply, its method if it is a call, and whether it matches the
    document.
    """
    try:
        call = json.loads(frame)
    except ValueError:
        return None, None, False
    if not isinstance(call, dict) or isinstance(call.get("id"), float):
        return None, None, False
    method = call.get("method")
    return call.get("id"), method if method in described.calls else None, described.is_call(call)


def properties(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from properties(part)


def described_properties(described: DocumentValidator) -> set[str]:
    """Return the documented properties of results and events."""
    found: set[str] = set()
    waiting: list[Any] = [
        described.follow(f"#/components/messages/{name}")
        for name in described.document["components"]["messages"]
        if name not in described.calls
    ]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            found.update(part.get("properties", {}))
            waiting.extend(part.values())
            if isinstance(part.get("$ref"), str):
                waiting.append(described.follow(part["$ref"]))
    return found
