"""Every typed call once, and an exception for every reason of refusal."""

from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

import chatroom.client as client
from chatroom.client import CallRefused, Chat, NewMessage
from chatroom.client.errors import BY_REASON, refusal
from chatroom.clock import Clock
from chatroom.config import Config, Rate, Rates
from chatroom.errors import CODES, TEMPORARY, StorageFull
from chatroom.node import Node
from chatroom.protocol.calls import GetInbox
from chatroom.protocol.declaring import InboxCall
from chatroom.protocol.results import Empty
from chatroom.store.room_log import Batch, Decision

from ..faulty_store import FaultyStore
from ..session.node_harness import World, now_ms
from .network import Network, next_of

PROTOCOL_ONLY: Final = {"parse_error", "invalid_request"}
"""Reasons for frames that this client cannot send."""


async def test_rooms(network: Network, autojump_clock: MockClock) -> None:
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        assert (alice.user.name, alice.user.display_name) == ("alice", "Alice")
        made = await alice.create_room("den", "private", title="The Den", topic="quiet")
        assert (made.room, made.role, made.created, made.title) == ("den", "owner", True, "The Den")
        den = await alice.subscribe("den")
        assert (den.title, den.topic, den.visibility, den.role) == (
            "The Den",
            "quiet",
            "private",
            "owner",
        )
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

        await alice.set_typing("den", True)
        await next_of(bob, client.Typing)
        assert bob.room("den").typing == {"alice"}

        await bob.unsubscribe("den")
        with pytest.raises(KeyError):
            bob.room("den")
        await alice.remove_member("den", "bob")
        with pytest.raises(client.NotFound):
            await bob.history("den")
        await alice.ban("den", "bob")
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


async def test_messages_and_the_inbox(network: Network, autojump_clock: MockClock) -> None:
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        for chat in (alice, bob):
            await chat.join("general")
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
        for bounds in ({"before": 2}, {"after": 0, "limit": 1}, {"around": 1, "limit": 1}):
            assert [m.seq for m in (await alice.history("general", **bounds)).messages] == [1]

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


# ---- refusals


@pytest.mark.parametrize("reason", sorted(CODES))
def test_each_reason_has_its_exception(reason: str) -> None:
    data = {"reason": reason, "temporary": reason in TEMPORARY, "retryAfterMs": 1500}
    error = refusal({"code": CODES[reason], "message": "for people", "data": data})
    assert (error.reason, str(error), error.temporary) == (
        reason,
        "for people",
        reason in TEMPORARY,
    )
    assert error.retry_after_ms == 1500
    assert (type(error) is CallRefused) == (reason in PROTOCOL_ONLY)
    if reason not in PROTOCOL_ONLY:
        assert getattr(client, type(error).__name__) is type(error), "it is public"


def test_reasons_are_told_apart() -> None:
    assert len(set(BY_REASON.values())) == len(BY_REASON)
    assert BY_REASON.keys() | PROTOCOL_ONLY == CODES.keys()
    assert type(refusal({"data": {"reason": "news"}, "message": "later"})) is CallRefused


@attrs.frozen
class Fly(InboxCall[Empty]):
    """A call of a later version."""

    declared = attrs.evolve(GetInbox.declared, name="fly")


REFUSED: Final[dict[str, Callable[[Chat], Awaitable[object]]]] = {
    "invalid_params": lambda chat: chat.history("general", limit=0),
    "forbidden": lambda chat: chat.history("closed"),
    "not_found": lambda chat: chat.send("nowhere", "hello"),
    "conflict": lambda chat: chat.create_room("general"),
    "text_empty": lambda chat: chat.send("general", "   "),
    "text_too_long": lambda chat: chat.send("general", "x" * 4001),
    "banned": lambda chat: chat.join("closed"),
    "unknown_method": lambda chat: chat.call(Fly()),
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_refused(network: Network, autojump_clock: MockClock, reason: str) -> None:
    async with network.chat("alice") as alice, network.chat("bob") as bob:
        await bob.join("closed")
        await bob.ban("closed", "alice")
        await alice.join("general")
        with pytest.raises(BY_REASON[reason]) as caught:
            await REFUSED[reason](alice)
        assert type(caught.value) is BY_REASON[reason]
        assert not caught.value.temporary
        assert str(caught.value) != reason, "it has words for people"
        await alice.send("general", "and goes on")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\ud800", client.InvalidParams),
        ("a\0b", client.InvalidParams),
        ("x" * 131_072, client.TextTooLong),
        ("\N{GRINNING FACE}" * 32_768, client.TextTooLong),
    ],
)
async def test_what_no_frame_can_carry(
    network: Network, autojump_clock: MockClock, text: str, kind: type[CallRefused]
) -> None:
    """A server would close the connection for such a frame, and so for each retry."""
    async with network.chat() as chat:
        await chat.join("general")
        with pytest.raises(kind):
            await chat.send("general", text)
        with pytest.raises(client.InvalidParams):
            await chat.history("general", after=2**60)
        with pytest.raises(client.TextTooLong):  # the frame just fits
            await chat.send("general", "x" * 130_000)
        assert len(network.wires) == 1


class Ailing(FaultyStore):
    ailment: Exception | None = None

    async def commit(self, batch: Batch) -> Decision:
        if self.ailment is not None:
            raise self.ailment
        return await super().commit(batch)


@pytest.mark.parametrize(
    ("ailment", "kind"),
    [(StorageFull("full"), client.StorageIsFull), (OSError("broken"), client.ServerFault)],
)
async def test_a_store_that_fails(
    nursery: trio.Nursery, autojump_clock: MockClock, ailment: Exception, kind: type[CallRefused]
) -> None:
    store = Ailing()
    node = Node(Config(rate_limits="off"), store, clock=Clock(now_ms, None))
    await nursery.start(node.run)
    network = Network(World(node, nursery, store))
    async with network.chat() as chat:
        await chat.join("general")
        store.ailment = ailment
        with pytest.raises(kind) as caught:
            await chat.send("general", "hello")
        assert caught.value.temporary
        store.ailment = None
        assert (await chat.send("general", "hello")).seq == 1


async def test_too_fast(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    rates = Rates(messages=Rate(burst=2, per_minute=60))
    network = await Network.start(nursery, rates=rates)
    async with network.chat() as chat:
        await chat.join("general")
        for _ in range(2):
            await chat.send("general", "hello")
        with pytest.raises(client.RateLimited) as caught:
            await chat.send("general", "hello")
        assert caught.value.retry_after_ms is not None
        await trio.sleep(caught.value.retry_after_ms / 1000)
        assert (await chat.send("general", "hello")).seq == 3


async def test_a_call_that_is_cancelled_is_not_asked_again(
    network: Network, autojump_clock: MockClock
) -> None:
    """A call in flight may be done; one that waits for a connection is not."""
    async with network.chat() as chat:
        await chat.join("general")
        network.wire.mute()
        with trio.move_on_after(1):
            await chat.send("general", "done, but not heard of")
        network.down = True
        network.wire.cut()
        with trio.move_on_after(1):
            await chat.send("general", "not asked")
        network.down = False
        await chat.list_rooms()
        with trio.CancelScope() as scope:
            scope.cancel()
            await chat.send("general", "given up before it left")
        assert (await chat.send("general", "last")).seq == 2
        texts = [(await next_of(chat, NewMessage)).message.text for _ in range(2)]
        assert texts == ["done, but not heard of", "last"]
