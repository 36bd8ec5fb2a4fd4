"""Every typed call once, and an exception for every reason of refusal."""

import json
from typing import Any, Final

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import chatroom.client as client
from chatroom.client import CallRefused, MessageChanged, NewMessage, ReactionsChanged
from chatroom.client.errors import BY_REASON, refusal
from chatroom.errors import CODES, TEMPORARY

from ..push.devices import Device
from .network import Network, messages, next_of

HEART: Final = "\u2764\ufe0f"
PROTOCOL_ONLY: Final = {"parse_error", "invalid_request"}
"""Reasons for frames that this client cannot send."""


async def test_calls_about_rooms(network: Network) -> None:
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        assert (alice.user.name, alice.user.display_name) == ("alice", "Alice")
        made = await alice.create_room("den", "private", title="The Den", topic="quiet")
        assert (made.room, made.role, made.created, made.title) == ("den", "owner", True, "The Den")
        den = await alice.subscribe("den")
        assert (den.title, den.topic) == ("The Den", "quiet")
        assert (den.visibility, den.role) == ("private", "owner")
        assert await alice.subscribe("den") is den
        assert alice.room("den") is den
        await alice.invite("den", "bob")
        changes = [await next_of(alice, client.MemberChanged) for _ in range(2)]
        assert [(c.user, c.role) for c in changes] == [("alice", "owner"), ("bob", "member")]
        await bob.subscribe("den")
        members = (await alice.list_members("den")).members
        assert [(m.user, m.role, m.online) for m in members] == [
            ("alice", "owner", True),
            ("bob", "member", True),
        ]
        assert [m.user for m in (await alice.list_members("den", "BO")).members] == ["bob"]
        page = await alice.list_members("den", after="alice", limit=1)
        assert [m.user for m in page.members] == ["bob"]
        general = await bob.join("general")
        assert general.role == "owner"
        assert (await alice.join("general", create=False)).role == "member"
        rooms = (await bob.list_rooms()).rooms
        assert [(room.room, room.members, room.member) for room in rooms] == [
            ("den", 2, True),
            ("general", 2, True),
        ]
        assert [r.room for r in (await bob.list_rooms("DEN", limit=5)).rooms] == ["den"]
        assert [r.room for r in (await bob.list_rooms(after="den")).rooms] == ["general"]

        settings = await alice.set_room("den", topic="quieter", slow_mode_s=0)
        assert (settings.title, settings.topic) == ("The Den", "quieter")
        assert (await next_of(alice, client.RoomChanged)).topic == "quieter"
        assert (alice.room("den").topic, alice.room("den").inviting) == ("quieter", "moderators")
        await alice.set_role("den", "bob", "moderator")
        assert (await next_of(bob, client.MemberChanged)).role == "moderator"
        with pytest.raises(client.Conflict):
            await alice.set_role("den", "alice", "member")

        await alice.set_role("den", "bob", "member")
        await bob.send("den", "too loud")
        await alice.mute("den", "bob", reason="noise")
        assert await next_of(alice, client.MuteChanged) == client.MuteChanged(
            "den", "bob", True, None, "noise"
        )
        with pytest.raises(client.Muted, match="you are muted: noise"):
            await bob.send("den", "why?")
        await alice.unmute("den", "bob")
        assert await alice.delete_messages_of("den", "bob", 0) == 1

        group = await alice.create_group(["bob"], client_id="1")
        assert await alice.create_group(["bob"], client_id="1") == attrs.evolve(
            group, created=False
        )
        await alice.delete_room(group.room)

        await alice.set_typing("den", True)
        await next_of(bob, client.Typing)
        assert bob.room("den").typing == {"alice"}

        await bob.unsubscribe("den")
        with pytest.raises(KeyError):
            bob.room("den")
        await alice.remove_member("den", "bob")
        with pytest.raises(client.NotFound):
            await bob.history("den")
        await alice.ban("den", "bob", until=1 << 50, reason="noise")
        with pytest.raises(client.Banned):
            await alice.invite("den", "bob")
        await alice.unban("den", "bob")
        await alice.invite("den", "bob")
        await bob.leave("general")
        with pytest.raises(client.Forbidden):
            await bob.send("general", "still here?")
        await wait_all_tasks_blocked()
        with pytest.raises(KeyError):
            bob.room("general")


async def test_calls_about_devices(network: Network) -> None:
    async with network.chat("alice") as alice:
        assert len(await alice.push_key()) == 87
        device = Device("https://push.example/alice").params
        await alice.add_push_endpoint(**device)
        (listed,) = await alice.list_push_endpoints()
        assert (listed.endpoint, listed.current, listed.failing) == (
            "https://push.example/alice",
            True,
            False,
        )
        tested = await alice.test_push(listed.endpoint)
        assert (tested.outcome, tested.status) == ("failed", None)
        with pytest.raises(client.NotFound):
            await alice.test_push("https://push.example/other")
        await alice.remove_push_endpoint(listed.endpoint)
        assert await alice.list_push_endpoints() == ()


async def test_calls_about_messages_and_the_inbox(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        first = await alice.send("general", "  hello, @bob  ", client_id="mine")
        assert (first.room, first.seq, first.rev, first.duplicate) == ("general", 1, 1, False)
        again = await alice.send("general", "  hello, @bob  ", client_id="mine")
        assert (again.seq, again.duplicate) == (1, True)
        answer = await bob.send("general", "hello", reply_to=1)
        assert await alice.edit("general", 1, "hi, @bob") == 3
        assert await bob.delete("general", 2) == 4
        page = await alice.history("general")
        assert [(m.seq, m.text, m.deleted) for m in page.messages] == [
            (1, "hi, @bob", False),
            (answer.seq, "", True),
        ]
        places: list[dict[str, Any]] = [{"before": 2}, {"after": 0, "limit": 1}]
        for bounds in (*places, {"around": 1, "limit": 1}):
            assert [m.seq for m in (await alice.history("general", **bounds)).messages] == [1]

        assert [each.text for each in page.quoted] == ["hi, @bob"]
        assert [each.text for each in alice.room("general").quoted.values()] == ["hi, @bob"]

        direct = await alice.send_to("bob", "psst")
        assert direct.room == "@alice:bob"
        assert (await alice.send_to("bob", "psst", client_id="again")).seq == 2
        inbox = await bob.get_inbox()
        assert (inbox.unread, inbox.mentions) == (3, 1)
        assert [entry.room for entry in inbox.rooms] == ["@alice:bob", "general"]
        rest = await bob.get_inbox(limit=1)
        assert [e.room for e in (await bob.get_inbox(after=rest.next)).rooms] == ["general"]
        assert [m.text for m in (await bob.unread("@alice:bob", limit=1)).messages] == ["psst"]
        assert (await bob.mark_read("@alice:bob", 2)).unread == 0
        entry = await bob.set_notifications("general", "mentions")
        assert (entry.notifications, entry.unread) == ("mentions", 1)
    async with network.chat("bob") as bob:
        assert (bob.inbox.unread, bob.inbox.mentions) == (1, 1)


async def test_messages_of_products(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        data = {"choices": ["tea", "coffee"], "a": {"b": 1.5}}
        sent = await alice.send("general", "tea?", type="poll", data=data, client_id="1")
        again = await alice.send("general", "tea?", type="poll", data=data, client_id="1")
        assert (again.seq, again.duplicate) == (sent.seq, True)
        with pytest.raises(client.Conflict):
            await alice.send("general", "tea?", type="poll", client_id="1")
        await alice.send("general", "*tea*", format="plain")
        told = await messages(bob, 2)
        assert (told[0].type, json.loads(told[0].data or "")) == ("poll", data)
        assert (told[0].format, told[1].format) == (None, "plain")
        assert list((await alice.history("general")).messages) == told
        with pytest.raises(ValueError, match="8192"):
            await alice.send("general", "x", data={"a": "x" * 9000})


async def test_reactions(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        await alice.send("general", "hello")
        await next_of(bob, NewMessage)
        assert await alice.react("general", 1, HEART) == 2
        assert await bob.react("general", 1, HEART) == 3
        assert await bob.react("general", 1, "\U0001f44d") == 4
        assert await alice.unreact("general", 1, HEART) == 5
        told = [await next_of(bob, ReactionsChanged) for _ in range(4)]
        assert [(event.user, event.count, event.added) for event in told] == [
            ("alice", 1, True),
            ("bob", 2, True),
            ("bob", 1, True),
            ("alice", 1, False),
        ]
        room = bob.room("general")
        history = await alice.history("general")
        assert room.messages[1] == history.messages[0]
        assert room.my_reactions == {1: (HEART, "\U0001f44d")}
        assert history.my_reactions == ()
        listed = await alice.list_reactions("general", 1, limit=1)
        assert [each.user.name for each in listed.reactions] == ["bob"]
        network.wire.cut()
        await alice.react("general", 1, HEART)
        changed = await next_of(bob, MessageChanged)
        assert changed.message.reactions[0].users == ("bob", "alice")
        assert room.my_reactions == {1: (HEART, "\U0001f44d")}
        with pytest.raises(client.InvalidParams):
            await alice.react("general", 1, "no emoji")


async def test_threads(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        await alice.send("general", "root")
        assert (await bob.send("general", "first", thread=1)).seq == 2
        told = await next_of(alice, NewMessage)
        told = await next_of(alice, NewMessage)
        assert (told.message.seq, told.message.thread) == (2, 1)
        await alice.unsubscribe("general")
        await bob.send("general", "@alice", thread=1)
        counted = await next_of(alice, client.ThreadUnread)
        assert (counted.thread, counted.unread, counted.mentions) == (1, 2, 1)
        room = await alice.subscribe("general")
        assert (list(room.messages), room.threads[1].count) == ([1], 2)
        await bob.edit("general", 2, "changed")
        await bob.send("general", "third", thread=1)
        while (await next_of(alice, NewMessage)).message.seq != 4:
            pass
        assert list(room.messages) == [1]
        assert (room.threads[1].count, room.threads[1].users) == (3, ("bob",))
        assert list(room.in_threads) == [4]
        page = await alice.history("general", thread=1)
        assert [message.text for message in page.messages] == ["changed", "@alice", "third"]
        assert len((await alice.history("general", whole=True)).messages) == 4
        await alice.mark_read("general", 4, thread=1)
        [thread] = (await alice.threads("general")).threads
        assert (thread.thread, thread.count, thread.unread) == (1, 3, 0)
        await alice.unfollow_thread("general", 1)
        assert (await alice.threads()).threads == ()
        with pytest.raises(client.InvalidParams):
            await alice.mark_read("general", 4, thread=1)
        await alice.follow_thread("general", 1)
        network.wire.cut()
        await bob.send("general", "missed", thread=1)
        await bob.edit("general", 4, "changed as well")
        await bob.send("general", "main")
        while (await next_of(alice, NewMessage)).message.text != "main":
            pass
        assert (list(room.messages), room.threads[1].count) == ([1, 6], 4)


async def test_pins_mentions_and_single_messages(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        first = await alice.send("general", "hello, @bob")
        await alice.send("general", "@room")
        await next_of(bob, NewMessage)
        assert await alice.pin("general", 1) == 3
        changed = await next_of(bob, MessageChanged)
        assert changed.message.pinned_by == "alice"
        assert [m.seq for m in (await bob.list_pins("general")).messages] == [1]
        assert await alice.unpin("general", 1) == 4
        assert (await bob.list_pins("general")).messages == ()
        assert (await bob.get_message("general", 1)).text == "hello, @bob"
        page = await bob.history("general", at=first.timestamp, limit=1)
        assert [m.seq for m in page.messages] == [1]
        assert [m.seq for m in (await bob.mentions(limit=1)).messages] == [2]
        newest = await bob.mentions(limit=1)
        assert [m.seq for m in (await bob.mentions(after=newest.next)).messages] == [1]


# ---- refusals


@pytest.mark.parametrize("reason", sorted(CODES))
def test_each_reason_has_its_exception(reason: str) -> None:
    temporary = reason in TEMPORARY
    data = {"reason": reason, "temporary": temporary, "retryAfterMs": 1500}
    error = refusal({"code": CODES[reason], "message": "for people", "data": data})
    assert (error.reason, str(error), error.temporary) == (reason, "for people", temporary)
    assert error.retry_after_ms == 1500
    assert (type(error) is CallRefused) == (reason in PROTOCOL_ONLY)
    if reason not in PROTOCOL_ONLY:
        assert getattr(client, type(error).__name__) is type(error), "it is public"


def test_each_exception_has_one_reason() -> None:
    assert len(set(BY_REASON.values())) == len(BY_REASON)
    assert BY_REASON.keys() | PROTOCOL_ONLY == CODES.keys()
    assert type(refusal({"data": {"reason": "news"}, "message": "later"})) is CallRefused


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\ud800", client.InvalidParams),
        ("a\0b", client.InvalidParams),
        ("x" * 131_072, client.TextTooLong),
        ("\N{GRINNING FACE}" * 32_768, client.TextTooLong),
    ],
)
async def test_a_call_that_fits_no_frame_is_refused_by_the_client(
    network: Network, text: str, kind: type[CallRefused]
) -> None:
    """A server would close the connection for such a frame, and so for each retry."""
    async with network.meet("alice") as [alice]:
        with pytest.raises(kind):
            await alice.send("general", text)
        with pytest.raises(client.InvalidParams):
            await alice.history("general", after=2**60)
        with pytest.raises(client.TextTooLong):  # the frame just fits
            await alice.send("general", "x" * 130_000)
        assert len(network.wires) == 1


async def test_a_cancelled_call_is_not_repeated(network: Network) -> None:
    """A call in flight may be done; one that waits for a connection is not."""
    async with network.meet("alice") as [alice]:
        network.wire.pause()
        with trio.move_on_after(1):
            await alice.send("general", "done, but not heard of")
        network.go_down()
        with trio.move_on_after(1):
            await alice.send("general", "not sent")
        network.down = False
        await alice.list_rooms()
        with trio.CancelScope() as scope:
            scope.cancel()
            await alice.send("general", "given up before it left")
        assert (await alice.send("general", "last")).seq == 2
        texts = [message.text for message in await messages(alice, 2)]
        assert texts == ["done, but not heard of", "last"]
