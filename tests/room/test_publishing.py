"""What a room publishes, to whom, and in which order."""

from typing import Any

import pytest
import trio

from chatroom.protocol import calls, results
from chatroom.room import actor

from ..builders import Guest, House, reason
from ..faulty_store import FaultyStore


def told(guest: Guest) -> list[Any]:
    """Return ids of replies and methods of events, with the seq or rev if there is one."""
    found = []
    for frame in guest.heard:
        about = frame.get("result") or frame.get("params") or {}
        what = frame["method"] if "method" in frame else frame["id"]
        found.append((what, about.get("rev")))
    return found


async def test_the_replies_of_a_batch_precede_its_events(house: House, store: FaultyStore) -> None:
    store.commit_delay = 0.01
    alice, bob = await house.meet("lobby", "alice", "bob")
    for guest in (alice, bob):
        await guest.subscribe("lobby")
    await house.hush(alice, bob)
    await alice.call("a1", "lobby", calls.SendMessage, "one")
    await bob.call("b1", "lobby", calls.SendMessage, "two")
    await alice.call("a2", "lobby", calls.SendMessage, "three")
    await alice.call("a3", "lobby", calls.EditMessage, 1, "one!")
    await trio.sleep(1)
    events = [("newMessage", 1), ("newMessage", 2), ("newMessage", 3), ("messageChanged", 4)]
    assert told(alice) == [("a1", 1), ("a2", 3), ("a3", 4), *events]
    assert told(bob) == [("b1", 2), *events]


async def test_nothing_is_sent_before_the_commit(house: House, store: FaultyStore) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.subscribe("lobby")
    await house.hush(bob)
    store.commit_delay = 5
    answer = await alice.post("lobby", calls.SendMessage, "hello")
    await trio.sleep(4.9)
    assert not answer.given.is_set()
    assert bob.heard == []
    await trio.sleep(0.2)
    assert answer.given.is_set()
    assert told(bob) == [("newMessage", 1)]


async def test_calls_during_a_commit_are_the_next_batch(house: House, store: FaultyStore) -> None:
    """Ten batches would take ten commits; two are enough."""
    store.commit_delay = 1
    (alice,) = await house.meet("lobby", "alice")
    start = trio.current_time()
    answers = [await alice.post("lobby", calls.SendMessage, "hello")]
    await trio.sleep(0.5)
    answers += [await alice.post("lobby", calls.SendMessage, f"hello {n}") for n in range(9)]
    seqs = [(await answer.wait()).seq for answer in answers]
    assert seqs == list(range(1, 11))
    assert trio.current_time() - start == 2


async def test_a_refused_message_is_sent_to_nobody(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    carol = await house.guest("carol")
    await alice.subscribe("lobby")
    await house.hush(alice)
    assert reason(await carol.send("lobby")) == "forbidden"
    assert reason(await bob.ask("lobby", calls.EditMessage, 1, "x")) == "not_found"
    await trio.sleep(1)
    assert alice.heard == []
    assert (await alice.send("lobby")).rev == 1


async def test_a_full_disk_refuses_and_changes_nothing(house: House, store: FaultyStore) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.subscribe("lobby")
    first = await alice.send("lobby", "one", "c1")
    await house.hush(bob)
    store.full = True
    for refused in (
        await alice.send("lobby", "two", "c2"),
        await bob.ask("lobby", calls.MarkRead, 1),
        await alice.ask("lobby", calls.RemoveMember, "bob"),
        await alice.ask("garden", calls.JoinRoom, True),
    ):
        assert reason(refused) == "storage_full"
    await trio.sleep(1)
    assert bob.heard == []
    store.full = False
    assert (await alice.send("lobby", "two", "c2")).seq == first.seq + 1
    assert (await bob.inbox()).unread == 2
    await trio.sleep(1)
    assert told(bob) == [("newMessage", 2)]


# ---- membership


async def test_a_removed_member_gets_the_removal_and_nothing_later(
    house: House, store: FaultyStore
) -> None:
    store.commit_delay = 0.01
    alice, bob = await house.meet("den", "alice", "bob")
    elsewhere = await house.guest("bob")
    for guest in (alice, bob):
        await guest.subscribe("den")
    await bob.ask("den", calls.SetTyping, True)
    await house.hush(alice, bob, elsewhere)
    await alice.post("den", calls.SendMessage, "before")
    await alice.post("den", calls.RemoveMember, "bob")
    await alice.post("den", calls.SendMessage, "after")
    await alice.post("den", calls.EditMessage, 1, "changed")
    await alice.post("den", calls.SetTyping, True)
    await trio.sleep(1)
    gone = {"event": "memberChanged", "room": "den", "user": "bob", "role": None}
    assert [event["event"] for event in bob.events()] == ["newMessage", "memberChanged"]
    assert bob.events("memberChanged") == elsewhere.events("memberChanged") == [gone]
    assert elsewhere.events()[-1] == gone
    assert [event["event"] for event in alice.events()] == [
        *("newMessage", "typing", "memberChanged", "newMessage", "messageChanged"),
    ]
    for refused in (
        await bob.send("den"),
        await bob.subscribe("den"),
        await bob.ask("den", calls.GetHistory, limit=50),
        await bob.ask("den", calls.ListMembers, "", 50),
        await bob.ask("den", calls.SetTyping, True),
    ):
        assert reason(refused) == "forbidden"


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (calls.GetHistory, ()),
        (calls.ListMembers, ("", 50)),
        (calls.Subscribe, (None, None, None)),
        (calls.Subscribe, ("memory", 0, None)),
    ],
    ids=["history", "members", "subscribe", "resume"],
)
@pytest.mark.parametrize(("visibility", "why"), [("private", "not_found"), ("public", "forbidden")])
@pytest.mark.usefixtures("no_message_cache")
async def test_a_member_removed_while_a_page_is_read_does_not_get_it(
    kind: Any,
    arguments: tuple[Any, ...],
    visibility: str,
    why: str,
    house: House,
    store: FaultyStore,
) -> None:
    alice, bob = await house.guests("alice", "bob")
    await alice.ask("den", calls.CreateRoom, visibility, None, None)
    await alice.ask("den", calls.Invite, "bob")
    await alice.send("den", "secret")
    store.read_delay = 1
    answer = await bob.post("den", kind, *arguments)
    await trio.sleep(0.5)
    await alice.ask("den", calls.RemoveMember, "bob")
    await alice.send("den", "more secret")
    assert reason(await answer.wait()) == why
    await alice.send("den", "still more")
    await house.settle()
    assert bob.events("newMessage") == []
    assert bob.events()[-1]["event"] == "memberChanged", "and nothing after it"


async def test_watchers_get_joins_leaves_and_the_next_owner(house: House) -> None:
    (alice,) = await house.meet("lobby", "alice")
    await alice.subscribe("lobby")
    await house.hush(alice)
    bob, carol = await house.guests("bob", "carol")
    for guest in (bob, bob, carol):
        await guest.join("lobby")
    await bob.ask("lobby", calls.LeaveRoom)
    assert [room.member for room in (await bob.rooms()).rooms] == [False]
    assert (await alice.subscribe("lobby")).online.users == ("alice", "carol")
    house.leave(bob)
    await trio.sleep(100)
    await alice.ask("lobby", calls.LeaveRoom)
    await house.settle()
    assert [(e["user"], e["role"]) for e in alice.events("memberChanged")] == [
        *(("bob", "member"), ("carol", "member"), ("bob", None), ("alice", None)),
    ]
    assert [(e["user"], e["online"]) for e in alice.events("presence")] == [
        *(("bob", True), ("carol", True)),
    ], "not that bob, who has left the room, went offline"
    assert [(e["user"], e["role"]) for e in carol.events("memberChanged")][1:] == [
        ("carol", "owner")
    ]
    listed = await carol.ask("lobby", calls.ListMembers, "", 50)
    assert [(member.user, member.role) for member in listed.members] == [("carol", "owner")]


async def test_a_new_role_is_sent_to_watchers_and_to_the_person(house: House) -> None:
    alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
    await alice.subscribe("lobby")
    await house.hush(alice, bob, carol)
    await alice.ask("lobby", calls.SetRole, "bob", "moderator")
    await house.settle()
    told = {"event": "memberChanged", "room": "lobby", "user": "bob", "role": "moderator"}
    assert (alice.events(), bob.events(), carol.events()) == ([told], [told], [])


async def test_a_mute_is_told_to_watchers_and_to_a_member(house: House) -> None:
    alice, bob, carol = await house.private("den", "alice", "bob", "carol")
    dave = await house.guest("dave")
    await alice.subscribe("den")
    await house.hush(alice, bob, carol)
    await alice.ask("den", calls.Mute, "bob", 1 << 50, "noise")
    assert (await bob.subscribe("den")).muted == results.Muted(1 << 50, "noise")
    await alice.ask("den", calls.Unmute, "bob")
    assert (await bob.subscribe("den")).muted is None
    await alice.ask("den", calls.Mute, "dave")
    await house.settle()
    told = [
        {"event": "muteChanged", "room": "den", "user": "bob", "muted": True}
        | {"until": 1 << 50, "reason": "noise"},
        {"event": "muteChanged", "room": "den", "user": "bob", "muted": False},
        {"event": "muteChanged", "room": "den", "user": "dave", "muted": True},
    ]
    assert (alice.events(), bob.events(), carol.events()) == (told, told, [])
    assert dave.events() == [], "the room does not exist for him"


async def test_what_somebody_wrote_is_deleted_in_slices(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor, "DELETED_SLICE", 2)
    alice, bob = await house.meet("lobby", "alice", "bob")
    for number in range(7):
        await (bob if number % 3 else alice).send("lobby")
    deleted = list[int]()
    before = None
    while deleted == [] or before is not None:
        swept = await alice.ask("lobby", calls.DeleteMessagesOf, "bob", 0, before)
        deleted.append(swept.deleted)
        before = swept.next
    assert deleted == [2, 2, 0]
    page = await alice.ask("lobby", calls.GetHistory, limit=50)
    assert [message.sender for message in page.messages if not message.deleted] == ["alice"] * 3
    assert (await bob.inbox()).unread == 3


async def test_calls_posted_together_take_effect_in_their_order(
    house: House, store: FaultyStore
) -> None:
    store.commit_delay = 0.01
    (alice,) = await house.guests("alice")
    joined = await alice.post("lobby", calls.JoinRoom, True)
    sent = await alice.post("lobby", calls.SendMessage, "hello")
    subscribed = await alice.post("lobby", calls.Subscribe, None, None, None)
    left = await alice.post("lobby", calls.LeaveRoom)
    late = await alice.post("lobby", calls.SendMessage, "too late")
    assert (await joined.wait()).created
    assert (await sent.wait()).seq == 1
    assert (await subscribed.wait()).head_seq <= 1
    assert await left.wait() == results.Empty()
    assert reason(await late.wait()) == "forbidden"


async def test_a_page_of_the_cache_keeps_the_order_of_calls(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.send("lobby")
    await house.hush(alice)
    for call_id in ("a1", "a2", "a3"):
        await alice.call(call_id, "lobby", calls.GetHistory)
        await alice.call(f"{call_id} ended", "lobby", calls.Unsubscribe)
    await house.settle()
    replies = [call_id for call_id, _ in told(alice)]
    assert replies == ["a1", "a1 ended", "a2", "a2 ended", "a3", "a3 ended"]
