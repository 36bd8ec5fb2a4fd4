"""A room fails between a commit and its publication. Its listeners recover from the log."""

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.errors import CloseCode, Refused
from chatroom.hub.channel import Channel
from chatroom.model import Message
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.store.events import MessagePosted
from chatroom.store.room_log import Batch, Decision

from ..builders import CONFIG, Guest, House, reason
from ..faulty_store import Broken, FaultyStore

BACK_S = 1
"""After this time, a room that failed once has restarted."""


async def count(guest: Guest, room: str = "den") -> tuple[int, int, int] | None:
    """Return unread, mentions and read cursor from the awake inbox; None for a missing room."""
    for entry in (await guest.inbox()).rooms:
        if entry.room == room:
            return entry.unread, entry.mentions, entry.read_seq
    return None


async def den(house: House, *users: str) -> list[Guest]:
    """Create a private room with one message by the owner, which nobody has read."""
    guests = await house.private("den", *users)
    await guests[0].send("den", "first")
    await house.hush(*guests)
    return guests


async def come_back(house: House, guest: Guest) -> Guest:
    """Connect anew after a disconnect that lets the client resume."""
    assert guest.session.ending is CloseCode.RESTART
    house.leave(guest)
    return await house.guest(guest.user)


async def test_a_message_is_not_lost_if_the_room_fails(house: House, store: FaultyStore) -> None:
    alice, bob, carol = await den(house, "alice", "bob", "carol")
    known = (await bob.subscribe("den")).head_rev
    await house.hush(bob)
    store.fail_commit = True
    assert reason(await alice.send("den", "@carol hi", "c")) == "internal"
    await trio.sleep(BACK_S)
    assert bob.events() == []
    assert await count(carol) == (2, 1, 0)
    assert carol.events("unread")[-1]["unread"] == 2
    assert (await alice.send("den", "@carol hi", "c")).duplicate
    bob = await come_back(house, bob)
    resumed = await bob.subscribe("den", since_rev=known)
    assert [message.text for message in resumed.messages] == ["@carol hi"]


async def test_what_starts_while_the_database_is_away_is_busy(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await den(house, "alice", "bob")
    house.leave(bob)
    await trio.sleep(
        CONFIG.room_idle_s + CONFIG.inbox_idle_s + 10
    )  # the room and bob's inbox sleep
    store.away = True
    bob = await house.guest("bob")
    for refused in (await alice.send("den"), await bob.inbox()):
        assert isinstance(refused, Refused)
        assert refused.reason == "busy"
        assert refused.retry_after_ms is not None
    store.away = False
    await trio.sleep(refused.retry_after_ms / 1000)
    await wait_all_tasks_blocked()  # the supervisor wakes at the same moment, before this or after
    assert (await alice.send("den")).seq == 2
    assert await count(bob) == (2, 0, 0)


async def test_events_published_before_it_failed_are_not_published_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Channel.publish_message

    def fail_at_two(self: Channel, kind: Any, message: Message, entry: object) -> None:
        if message.text == "two":
            monkeypatch.undo()
            raise Broken
        publish(self, kind, message, entry)

    alice, bob, carol = await den(house, "alice", "bob", "carol")
    known = (await bob.subscribe("den")).head_rev
    await house.hush(bob)
    monkeypatch.setattr(Channel, "publish_message", fail_at_two)
    answers = [
        await alice.post("den", calls.SendMessage, text, text) for text in ("one", "two", "three")
    ]
    assert [(await answer.wait()).seq for answer in answers] == [2, 3, 4], "all are durable"
    await trio.sleep(BACK_S)
    assert bob.revs() == [known + 1]
    bob = await come_back(house, bob)
    resumed = await bob.subscribe("den", since_rev=known + 1)
    assert [message.text for message in resumed.messages] == ["two", "three"]
    assert await count(carol) == (4, 0, 0)
    await alice.send("den", "four")
    await house.settle()
    assert bob.revs() == [known + 4]


async def test_a_member_removed_before_the_failure_gets_nothing_more(
    house: House, store: FaultyStore
) -> None:
    """No rev shows a removal, so the channel must know that something was unpublished (I5)."""
    alice, bob = await den(house, "alice", "bob")
    elsewhere = await house.guest("bob")
    for guest in (alice, bob):
        await guest.subscribe("den")
    store.fail_commit = True
    assert reason(await alice.ask("den", calls.RemoveMember, "bob")) == "internal"
    await trio.sleep(BACK_S)
    alice = await come_back(house, alice)
    await alice.subscribe("den")
    await house.hush(bob)
    await alice.send("den", "not for bob, @room")
    await alice.ask("den", calls.SetTyping, True)
    await trio.sleep(BACK_S)
    assert bob.events() == []
    assert elsewhere.events("newMessage", "typing", "unread") == []
    assert [e["role"] for e in elsewhere.events("memberChanged")] == [None]
    assert await count(elsewhere) is None
    assert (await elsewhere.inbox()).unread == 0
    assert (await elsewhere.rooms()).rooms == ()
    await house.hush(alice)
    for guest in (bob, elsewhere):
        house.leave(guest)
    await trio.sleep(20)
    assert alice.events("presence") == [], "who is not in the room is no news there"
    assert (await alice.subscribe("den")).online.users == ("alice",)


async def test_the_next_owner_gets_the_role_after_the_restart(
    house: House, store: FaultyStore
) -> None:
    alice, bob, carol = await den(house, "alice", "bob", "carol")
    await house.hush(bob, carol)
    store.fail_commit = True
    assert reason(await alice.ask("den", calls.LeaveRoom)) == "internal"
    await trio.sleep(BACK_S)
    assert [(e["user"], e["role"]) for e in bob.events("memberChanged")] == [("bob", "owner")]
    assert carol.events("memberChanged") == []
    store.fail_commit = True
    assert reason(await carol.ask("den", calls.LeaveRoom)) == "internal"
    await trio.sleep(BACK_S)
    assert len(bob.events("memberChanged")) == 1, "nothing has become of it now"


async def test_a_role_given_before_the_failure_is_sent_after_the_restart(
    house: House, store: FaultyStore
) -> None:
    alice, bob, carol = await den(house, "alice", "bob", "carol")
    await house.hush(bob, carol)
    store.fail_commit = True
    assert reason(await alice.ask("den", calls.SetRole, "carol", "moderator")) == "internal"
    await trio.sleep(BACK_S)
    changes = [(e["user"], e["role"]) for e in carol.events("memberChanged")]
    assert changes == [("carol", "moderator")]
    assert bob.events("memberChanged") == []


@pytest.mark.parametrize("has_rooms", [True, False])
async def test_a_person_who_joined_before_the_failure_is_a_member(
    has_rooms: bool, house: House, store: FaultyStore
) -> None:
    (alice,) = await house.meet("lobby", "alice")
    (bob,) = await house.guests("bob")
    if has_rooms:
        await bob.join("garden")
    store.fail_commit = True
    assert reason(await bob.join("lobby")) == "internal"
    await trio.sleep(BACK_S)
    assert not (await bob.join("lobby")).created
    await alice.send("lobby", "hello @bob")
    await trio.sleep(BACK_S)
    assert await count(bob, "lobby") == (1, 1, 0)
    assert bob.events("unread")[-1]["unread"] == 1
    entry = await bob.ask("lobby", calls.MarkRead, 1)
    assert entry.unread == 0
    assert (await alice.subscribe("lobby")).online.users == ("alice", "bob")


@pytest.mark.parametrize(
    ("kind", "arguments", "counts", "level"),
    [
        (calls.MarkRead, (1,), (0, 0, 1), "all"),
        (calls.SetNotifications, ("none",), (1, 0, 0), "none"),
        (mail.Prune, (0, None), (0, 0, 1), "all"),
    ],
    ids=["read", "level", "prune"],
)
async def test_changes_without_a_rev_are_healed_too(
    kind: Any,
    arguments: tuple[Any, ...],
    counts: tuple[int, int, int],
    level: str,
    house: House,
    store: FaultyStore,
) -> None:
    _, bob = await den(house, "alice", "bob")
    store.fail_commit = True
    if kind is mail.Prune:
        await house.node.actors.post(mail.address("den"), mail.Prune(*arguments))
    else:
        assert reason(await bob.ask("den", kind, *arguments)) == "internal"
    await trio.sleep(BACK_S)
    assert await count(bob) == counts
    (entry,) = (await bob.inbox()).rooms
    assert entry.notifications == level
    told = bob.events("unread")[-1]
    assert (told["unread"], told["readSeq"], told["notifications"]) == (*counts[::2], level)


async def test_a_failure_without_unpublished_commits_disconnects_nobody(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await den(house, "alice", "bob")
    await bob.subscribe("den")
    store.full = True
    assert reason(await alice.send("den", "hello")) == "storage_full"
    store.full, store.fail_people = False, True
    assert reason(await alice.send("den", "who is @nobody?")) == "internal"
    await trio.sleep(BACK_S)
    assert bob.session.ending is None
    known = (await bob.subscribe("den")).head_rev
    await house.hush(bob)
    await alice.send("den", "hello again")
    await house.settle()
    assert bob.revs() == [known + 1]


async def test_a_call_that_cannot_be_written_fails_alone(house: House, store: FaultyStore) -> None:
    """The room continues after any number of such calls, and other calls of the batch succeed."""
    store.commit_delay = 0.01
    alice, bob, carol = await den(house, "alice", "bob", "carol")
    await bob.subscribe("den")
    await house.hush(bob)
    store.poison = "poison"
    for number in range(20):
        waited_for = await carol.post("den", calls.SendMessage, "first")
        await trio.sleep(store.commit_delay / 2)
        # These calls form one batch.
        texts = ("before", "poison", "after", "poison too")
        answers = [await alice.post("den", calls.SendMessage, text) for text in texts]
        page = await carol.post("den", calls.GetHistory, limit=50)
        seq = (await waited_for.wait()).seq
        assert seq == 3 * number + 2
        outcomes = [await answer.wait() for answer in answers]
        assert [reason(outcome) for outcome in outcomes] == [None, "internal"] * 2
        assert [outcomes[0].seq, outcomes[2].seq] == [seq + 1, seq + 2]
        assert (await page.wait()).head_seq == seq + 2
    await house.settle()
    assert bob.session.ending is None
    assert bob.revs() == list(range(2, 62))
    assert await count(bob) == (61, 0, 0)


async def test_a_room_that_differs_from_the_store_is_read_anew(
    house: House, store: FaultyStore
) -> None:
    """The call is decided again, on what the store has. Everybody hears of the missed commit."""
    alice, bob, carol = await den(house, "alice", "bob", "carol")
    await bob.subscribe("den")
    posted = MessagePosted(Message("den", 2, 2, "bob", "behind its back", 0))
    await store.commit(Batch("den", lambda _: Decision((posted,))))
    assert (await alice.send("den")).seq == 3
    assert bob.session.ending is CloseCode.RESTART
    assert await count(carol) == (3, 0, 0)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (calls.GetHistory, ()),
        (calls.ListMembers, ("", 50)),
        (calls.Subscribe, (None, None, None)),
    ],
)
@pytest.mark.usefixtures("no_message_cache")
async def test_a_read_in_progress_is_answered_although_the_room_fails(
    kind: Any, arguments: tuple[Any, ...], house: House, store: FaultyStore
) -> None:
    """Otherwise the client would wait forever, and the call would count as in flight forever."""
    store.read_delay = 1
    alice, bob = await den(house, "alice", "bob")
    answer = await bob.post("den", kind, *arguments)
    await trio.sleep(0.5)
    store.fail_commit = True
    await alice.send("den")
    assert reason(await answer.wait()) == "internal"
    assert len(bob.session.calls) == 0


async def test_waiting_mail_is_handled_after_the_restart(house: House, store: FaultyStore) -> None:
    store.commit_delay = 0.01
    alice, bob = await den(house, "alice", "bob")
    store.fail_commit = True
    lost = await alice.post("den", calls.SendMessage, "one", "c1")
    await trio.sleep(store.commit_delay / 2)
    kept = await alice.post("den", calls.SendMessage, "two", "c2")
    assert reason(await lost.wait()) == "internal"
    assert (await kept.wait()).seq == 3
    assert (await alice.send("den", "one", "c1")).seq == 2, "it was committed"
    assert await count(bob) == (3, 0, 0)
