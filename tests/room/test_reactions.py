"""Reactions: the rules, what listeners and readers are told, and who may not react."""

from collections.abc import Iterable
from typing import Any, Final

import pytest

from chatroom.model import OwnReactions, Reaction, User
from chatroom.protocol import calls, results
from chatroom.room.quotas import Terms
from chatroom.store.conditions import Context

from ..builders import Guest, House, accounts, reason
from .rules_harness import delete, direct_of, edit, in_room, room_of, send

UP: Final = "\U0001f44d"
HEART: Final = "\u2764\ufe0f"
EMOJIS: Final = [chr(code) for code in range(0x1F600, 0x1F600 + 21)]

add = in_room(calls.AddReaction)
remove = in_room(calls.RemoveReaction)


def shown(message: Any) -> dict[str, tuple[int, list[str]]]:
    return {each.emoji: (each.count, list(each.users)) for each in message.reactions}


# ---- the rules


def test_each_account_has_each_emoji_once() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice"))
    assert [room.call(add(user, 1, UP)).rev for user in ("bob", "alice", "bob")] == [2, 3, 3]
    assert room.entries == []
    assert room.call(add("bob", 1, HEART)).rev == 4
    assert shown(room.log[1]) == {UP: (2, ["bob", "alice"]), HEART: (1, ["bob"])}
    assert room.call(remove("bob", 1, UP)).rev == 5
    assert room.call(remove("bob", 1, UP)).rev == 5
    assert room.call(remove("alice", 1, HEART)).rev == 5
    assert shown(room.log[1]) == {UP: (1, ["alice"]), HEART: (1, ["bob"])}
    assert room.call(remove("alice", 1, UP)).rev == 6
    assert room.log[1].reactions == (Reaction(HEART, 1, ("bob",)),)
    assert (room.log[1].rev, room.log[1].edited_at) == (6, None)


def test_reactions_of_one_batch_follow_each_other() -> None:
    room = room_of("alice", "bob")
    outcomes = room.batch(
        send("alice"),
        add("alice", 1, UP),
        add("bob", 1, UP),
        add("alice", 1, UP),
        remove("alice", 1, UP),
        remove("alice", 1, UP),
        add("alice", 1, UP),
    )
    assert [outcome.rev for outcome in outcomes] == [1, 2, 3, 3, 4, 4, 5]
    assert shown(room.log[1]) == {UP: (2, ["bob", "alice"])}


def test_a_message_names_the_first_ten_of_each_emoji() -> None:
    people = [f"user-{number:02}" for number in range(13)]
    room = room_of("alice")
    room.accounts.update(people)
    room.batch(send("alice"))
    for user in people:
        room.batch(in_room_join(user))
        room.call(add(user, 1, UP))
    assert shown(room.log[1]) == {UP: (13, people[:10])}
    room.batch(*[remove(user, 1, UP) for user in people[3:5]], remove(people[12], 1, UP))
    assert shown(room.log[1]) == {UP: (10, [*people[:3], *people[5:12]])}
    room.call(add(people[3], 1, UP))
    assert shown(room.log[1]) == {UP: (11, [*people[:3], *people[5:12]])}


def in_room_join(user: str) -> Any:
    return in_room(lambda room: calls.JoinRoom(room, True))(user)


def test_a_message_has_at_most_twenty_emojis() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice"), *[add("alice", 1, emoji) for emoji in EMOJIS[:20]])
    assert reason(room.call(add("alice", 1, EMOJIS[20]))) == "conflict"
    assert reason(room.call(add("bob", 1, EMOJIS[0]))) is None
    room.batch(remove("alice", 1, EMOJIS[1]))
    assert reason(room.call(add("bob", 1, EMOJIS[20]))) is None
    assert [each.emoji for each in room.log[1].reactions][-1] == EMOJIS[20]


def test_a_deleted_message_has_none_and_refuses() -> None:
    room = room_of("alice")
    room.batch(send("alice"), add("alice", 1, UP), delete("alice", 1))
    assert room.log[1].reactions == ()
    for refused in room.batch(add("alice", 1, UP), remove("alice", 1, UP), add("alice", 2, UP)):
        assert reason(refused) == "not_found"


def test_an_edit_keeps_them() -> None:
    room = room_of("alice")
    room.batch(send("alice"), add("alice", 1, UP), edit("alice", 1, "other"))
    assert shown(room.log[1]) == {UP: (1, ["alice"])}


def test_who_may_not_write_may_not_react() -> None:
    room = direct_of("alice", "bob")
    room.batch(send("alice"))
    room.batch(add("bob", 1, HEART))
    room.context = Context(blocks=frozenset({("alice", "bob")}))
    assert reason(room.call(add("bob", 1, UP))) == "forbidden"
    assert reason(room.call(remove("bob", 1, HEART))) is None
    room.context = Context()
    for terms, why in (
        (Terms(full=True), "storage_full"),
        (Terms(over=frozenset({"bob"})), "quota_exceeded"),
    ):
        room.terms = terms
        assert reason(room.call(add("bob", 1, UP))) == why


def test_muted_people_and_archived_rooms_get_none() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice"), add("bob", 1, HEART))
    room.call(in_room(calls.SetRoom)("alice", posting="moderators"))
    assert reason(room.call(send("bob", direct=False))) == "forbidden"
    assert reason(room.call(add("bob", 1, UP))) is None
    room.call(in_room(calls.Mute)("alice", "bob"))
    assert reason(room.call(add("bob", 1, EMOJIS[0]))) == "muted"
    assert reason(room.call(remove("bob", 1, HEART))) is None
    room.call(in_room(calls.SetRoom)("alice", archived=True))
    assert reason(room.call(add("alice", 1, UP))) == "forbidden"


# ---- a room


async def react(guest: Guest, emoji: str, seq: int = 1, room: str = "lobby") -> int:
    changed: results.Changed = await guest.ask(room, calls.AddReaction, seq, emoji)
    return changed.rev


async def own(guest: Guest, **bounds: Any) -> tuple[OwnReactions, ...]:
    history: results.History = await guest.ask("lobby", calls.GetHistory, **bounds)
    return history.my_reactions


async def test_watchers_are_told_without_the_text(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.send("lobby", "a long text")
    await bob.subscribe("lobby")
    await house.hush(alice, bob)
    await react(alice, UP)
    await react(alice, UP)
    await alice.ask("lobby", calls.RemoveReaction, 1, UP)
    await house.settle()
    same = {
        "event": "reactionsChanged",
        "room": "lobby",
        "seq": 1,
        "emoji": UP,
        "user": "alice",
        "epoch": house.store.epoch,
    }
    assert bob.events() == [
        same | {"rev": 2, "count": 1, "added": True},
        same | {"rev": 3, "count": 0, "added": False},
    ]
    assert alice.events() == []


@pytest.mark.parametrize("seq", [1, 2])
async def test_an_inbox_shows_nothing_of_them(seq: int, house: House) -> None:
    """Not of the last message either. Its counts stay as they are."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    for _ in range(2):
        await alice.send("lobby")
    await house.settle()
    before = await bob.inbox()
    await house.hush(alice, bob)
    await react(alice, UP, seq)
    await react(bob, UP, seq)
    await house.settle()
    assert alice.events() == bob.events() == []
    after = await bob.inbox()
    assert (after.unread, after.mentions) == (before.unread, before.mentions)
    assert after.rooms[0].last_message.reactions == ()
    await alice.send("lobby", "@bob")
    assert (await bob.inbox()).unread == 3


@pytest.mark.parametrize("cached", [True, False])
async def test_a_resume_shows_what_was_missed(cached: bool, house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    for _ in range(3):
        await alice.send("lobby")
    await react(bob, HEART, 2)
    await react(alice, UP, 2)
    await alice.ask("lobby", calls.RemoveReaction, 2, UP)
    await react(bob, UP, 1)
    if not cached:
        alice.node.hub.get("lobby").messages.__init__(3)  # type: ignore[union-attr, misc]
    page = await bob.subscribe("lobby", since_rev=3)
    assert [(message.seq, message.rev) for message in page.messages] == [(2, 6), (1, 7)]
    assert [shown(message) for message in page.messages] == [
        {HEART: (1, ["bob"])},
        {UP: (1, ["bob"])},
    ]
    assert page.my_reactions == (OwnReactions(2, (HEART,)), OwnReactions(1, (UP,)))


async def crowd(house: House, names: Iterable[str]) -> list[Guest]:
    names = list(names)
    await house.store.add_accounts(accounts(*names))
    return await house.meet("lobby", *names)


async def test_a_page_says_which_are_mine_though_the_message_does_not(house: House) -> None:
    names = [f"user-{number:02}" for number in range(12)]
    guests = await crowd(house, names)
    first, last = guests[0], guests[-1]
    await first.send("lobby")
    await first.send("lobby")
    for guest in guests:
        await react(guest, UP)
    await react(last, HEART, 2)
    assert await own(first) == (OwnReactions(1, (UP,)),)
    assert await own(last) == (OwnReactions(1, (UP,)), OwnReactions(2, (HEART,)))
    assert await own(last, after=1) == (OwnReactions(2, (HEART,)),)
    for resume in (0, 2):
        page = await last.subscribe("lobby", since_rev=resume)
        assert set(page.my_reactions) == {OwnReactions(1, (UP,)), OwnReactions(2, (HEART,))}
    history = await last.ask("lobby", calls.GetHistory)
    assert history.messages == (await first.ask("lobby", calls.GetHistory)).messages


async def test_a_list_pages_through_all(house: House) -> None:
    names = [f"user-{number:02}" for number in range(12)]
    guests = await crowd(house, names)
    await guests[0].send("lobby")
    for guest in reversed(guests):
        await react(guest, UP)
    await react(guests[3], HEART)
    found: list[results.ListedReaction] = []
    after: str | None = None
    while True:
        page = await guests[0].ask("lobby", calls.ListReactions, 1, after, 5)
        assert len(page.reactions) <= 5
        found += page.reactions
        if (after := page.next) is None:
            break
    users = [User(name, name.title()) for name in names]
    expected = [(HEART, users[3]), *((UP, user) for user in reversed(users))]
    assert [(each.emoji, each.user) for each in found] == expected
    assert reason(await guests[0].ask("lobby", calls.ListReactions, 2)) == "not_found"
    for wrong in ("x", "1", ":", "9" * 30 + ":" + UP):
        refused = reason(await guests[0].ask("lobby", calls.ListReactions, 1, wrong))
        assert refused == ("invalid_params" if wrong != "1" else None)


async def test_an_outsider_learns_nothing(house: House) -> None:
    alice, _ = await house.private("lobby", "alice", "bob")
    await alice.send("lobby")
    await react(alice, UP)
    mallory = await house.guest("dave")
    for kind, more in (
        (calls.AddReaction, (1, UP)),
        (calls.AddReaction, (9, HEART)),
        (calls.RemoveReaction, (1, UP)),
        (calls.ListReactions, (1,)),
        (calls.ListReactions, (9,)),
    ):
        known = await mallory.ask("lobby", kind, *more)
        unknown = await mallory.ask("nowhere", kind, *more)
        assert (known.reason, known.message) == (unknown.reason, unknown.message)
        assert known.reason == "not_found"
