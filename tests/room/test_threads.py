"""Threads: messages beside the main log, who follows them, and what counts as unread."""

from typing import Any

import pytest

from chatroom.model import Thread
from chatroom.protocol import calls, results
from chatroom.room import log_reader
from chatroom.room import mail as room_mail

from ..builders import Guest, House, reason


async def ask(guest: Guest, kind: Any, *args: Any, **more: Any) -> Any:
    return await guest.ask("lobby", kind, *args, **more)


async def say(guest: Guest, text: str = "hello", thread: int | None = None) -> int:
    sent = await ask(guest, calls.SendMessage, text, thread=thread)
    return int(sent.seq)


async def seqs(guest: Guest, kind: Any = calls.GetHistory, *args: Any, **more: Any) -> list[int]:
    return [message.seq for message in (await ask(guest, kind, *args, **more)).messages]


async def sums(guest: Guest) -> tuple[int, int]:
    """Return the unread messages of the main log, and of threads."""
    inbox = await guest.inbox()
    return inbox.unread, inbox.threads.unread


async def listed(guest: Guest, room: Any = None) -> list[tuple[int, int, int]]:
    """Return the root, unread messages and mentions of each followed thread."""
    call: Any = calls.GetThreads
    page = await guest.ask_inbox(call(room))
    return [(each.thread, each.unread, each.mentions) for each in page.threads]


@pytest.fixture(params=["cached", "stored"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Pages come from the message cache, or from the store."""
    if request.param == "stored":
        monkeypatch.setattr(log_reader.LogReader, "cached_page", lambda *_, **__: None)
    return str(request.param)


async def test_a_message_in_a_thread_is_not_on_the_main_page(house: House, where: str) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    for text, thread in (("one", None), ("a", 1), ("two", None), ("b", 1), ("three", None)):
        await say(alice, text, thread)
    assert await seqs(bob) == [1, 3, 5]
    assert await seqs(bob, before=5) == [1, 3]
    assert await seqs(bob, before=4) == [1, 3]
    assert await seqs(bob, after=1) == [3, 5]
    assert await seqs(bob, after=2, limit=1) == [3]
    assert await seqs(bob, around=2, limit=1) == [3]
    assert await seqs(bob, thread=1) == [2, 4]
    assert await seqs(bob, thread=1, after=2) == [4]
    assert await seqs(bob, whole=True) == [1, 2, 3, 4, 5]
    assert await seqs(bob, calls.GetUnread) == [1, 3, 5]
    assert [m.seq for m in (await bob.subscribe("lobby")).messages] == [1, 3, 5]
    assert await seqs(bob, thread=3) == await seqs(bob, thread=9) == []
    page = await ask(bob, calls.GetHistory, limit=2)
    assert (page.has_more_before, page.has_more_after) == (True, False)
    page = await ask(bob, calls.GetHistory, before=3)
    assert (page.has_more_before, page.has_more_after) == (False, True)
    assert (await ask(bob, calls.GetMessage, 4)).message.thread == 1


async def test_pages_tell_of_the_threads_below_their_messages(house: House, where: str) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    await say(alice)
    await say(bob, "first", 1)
    await say(alice, "second", 1)
    page = await ask(alice, calls.GetHistory)
    last = (await ask(alice, calls.GetMessage, 4)).message
    below = Thread(1, 2, 4, last.timestamp, ("bob", "alice"))
    assert page.threads == (below,)
    assert (await ask(alice, calls.GetHistory, after=1)).threads == ()
    assert (await ask(alice, calls.GetHistory, thread=1)).threads == ()
    await ask(bob, calls.DeleteMessage, 3)
    assert (await ask(alice, calls.GetMessage, 1)).threads == (below,), "it keeps its place"


async def test_a_resume_has_the_messages_of_threads(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    await bob.subscribe("lobby")
    await say(alice, "a", 1)
    await ask(alice, calls.EditMessage, 2, "b")
    await say(alice, "main")
    await house.settle()
    events = bob.events("newMessage", "messageChanged")
    assert [(e["seq"], e["rev"], e.get("thread")) for e in events] == [
        (2, 2, 1),
        (2, 3, 1),
        (3, 4, None),
    ]
    page = await bob.subscribe("lobby", since_rev=1)
    assert [(m.seq, m.rev, m.thread) for m in page.messages] == [(2, 3, 1), (3, 4, None)]


async def test_roots_are_messages_of_the_main_log(house: House) -> None:
    (alice,) = await house.meet("lobby", "alice")
    await say(alice)
    await say(alice, "in it", 1)
    for root in (2, 3, 99):
        for kind, args in ((calls.SendMessage, ("x",)), (calls.FollowThread, ())):
            assert reason(await ask(alice, kind, *args, thread=root)) == "invalid_params"
    assert (await ask(alice, calls.GetHistory)).head_seq == 2


async def test_messages_in_threads_count_for_their_followers_alone(house: House) -> None:
    alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
    await say(alice)
    await say(bob, "a", 1)
    await say(bob, "b", 1)
    assert await sums(alice) == (0, 2), "alice wrote the root"
    assert await sums(bob) == (1, 0), "bob wrote in it"
    assert await sums(carol) == (1, 0)
    await say(alice, "@carol", 1)
    assert await listed(carol) == [(1, 1, 1)], "from the message on that mentions her"
    assert (await carol.inbox()).rooms[0].mentions == 0
    assert await listed(bob) == [(1, 1, 0)]
    entry = (await bob.inbox()).rooms[0]
    assert (entry.head_seq, entry.last_message.seq) == (1, 1)


async def test_everyone_in_a_thread_is_its_followers(house: House) -> None:
    alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
    await say(alice)
    await say(bob, "@room", 1)
    assert await listed(alice) == [(1, 1, 1)]
    assert (await listed(carol), await sums(carol)) == ([], (1, 0))
    call: Any = calls.GetMentions
    assert [m.seq for m in (await alice.ask_inbox(call())).messages] == [2]
    assert (await carol.ask_inbox(call())).messages == ()


async def test_following_begins_and_ends(house: House) -> None:
    alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
    await say(alice)
    await say(bob, "a", 1)
    assert await ask(carol, calls.FollowThread, 1) == results.Empty()
    assert await ask(carol, calls.FollowThread, 1) == results.Empty()
    assert await listed(carol) == [(1, 0, 0)], "what is there is read"
    await say(bob, "b", 1)
    assert await listed(carol) == [(1, 1, 0)]
    assert await ask(carol, calls.UnfollowThread, 1) == results.Empty()
    assert await ask(carol, calls.UnfollowThread, 1) == results.Empty()
    await say(bob, "c", 1)
    assert (await listed(carol), await sums(carol)) == ([], (1, 0))
    await ask(alice, calls.UnfollowThread, 1)
    await say(bob, "d", 1)
    assert await listed(alice) == [], "only its first message makes the root's author follow"
    await ask(bob, calls.EditMessage, 5, "d for @alice")
    assert await listed(alice) == [(1, 1, 1)], "an edit mentions as well"


async def test_leaving_ends_following_for_good(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    await say(bob, "a", 1)
    await ask(bob, calls.LeaveRoom)
    assert await listed(bob) == []
    await bob.join("lobby")
    await say(alice, "b", 1)
    assert (await listed(bob), await sums(bob)) == ([], (0, 0))


async def test_a_cursor_of_a_thread_moves_forward(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    for _ in range(3):
        await say(bob, "@alice", 1)
    await say(alice, "mine", 1)
    assert await listed(alice) == [(1, 3, 3)]
    entry = await ask(alice, calls.MarkRead, 3, thread=1)
    assert (entry.room, entry.unread) == ("lobby", 0)
    assert await listed(alice) == [(1, 1, 1)]
    await ask(alice, calls.MarkRead, 2, thread=1)
    assert await listed(alice) == [(1, 1, 1)]
    await ask(alice, calls.MarkRead, 5, thread=1)
    assert await listed(alice) == [(1, 0, 0)]
    assert reason(await ask(alice, calls.MarkRead, 6, thread=1)) == "invalid_params"
    await ask(alice, calls.UnfollowThread, 1)
    assert reason(await ask(alice, calls.MarkRead, 1, thread=1)) == "invalid_params"


async def test_edits_and_deletes_in_threads_keep_counts_exact(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    for _ in range(3):
        await say(bob, "hello", 1)
    assert await listed(alice) == [(1, 3, 0)]
    await ask(bob, calls.EditMessage, 3, "@alice")
    assert await listed(alice) == [(1, 3, 1)]
    await ask(bob, calls.DeleteMessage, 3)
    await ask(bob, calls.DeleteMessage, 2)
    assert await listed(alice) == [(1, 1, 0)]
    assert await sums(bob) == (1, 0)


async def test_sessions_are_told_of_threads(house: House) -> None:
    alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
    await say(alice)
    await house.hush(alice, bob, carol)
    await say(bob, "a @alice", 1)
    await house.settle()
    told = {"event": "threadUnread", "room": "lobby", "thread": 1, "following": True}
    assert alice.events("threadUnread") == [told | {"readSeq": 1, "unread": 1, "mentions": 1}]
    assert bob.events("threadUnread") == [told | {"readSeq": 1, "unread": 0, "mentions": 0}]
    assert carol.events() == alice.events("unread") == []
    await house.hush(alice, bob, carol)
    await alice.subscribe("lobby")
    await say(bob, "b", 1)
    await house.settle()
    assert alice.events("threadUnread") == [], "it watches"
    await ask(alice, calls.MarkRead, 3, thread=1)
    await house.settle()
    assert alice.events("threadUnread") == [told | {"readSeq": 3, "unread": 0, "mentions": 0}]
    await house.hush(alice)
    await ask(alice, calls.UnfollowThread, 1)
    await house.settle()
    [event] = alice.events("threadUnread")
    assert not event["following"]


async def test_a_thread_outlives_its_root(house: House, where: str) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    for _ in range(3):
        await say(bob, "hello", 1)
    await say(alice, "main")
    house.node.actors.push(room_mail.address("lobby"), room_mail.Prune(3, None))
    await house.settle()
    assert await seqs(alice) == [5]
    assert not (await ask(alice, calls.GetHistory)).has_more_before
    assert await seqs(alice, thread=1) == [3, 4]
    call: Any = calls.GetThreads
    [thread] = (await alice.ask_inbox(call())).threads
    assert (thread.count, thread.unread, thread.message) == (2, 2, None)
    assert await say(bob, "more", 1) == 6
    assert await listed(alice) == [(1, 3, 0)]
    house.node.actors.push(room_mail.address("lobby"), room_mail.Prune(0, None))
    await house.settle()
    assert (await listed(alice), await sums(alice)) == ([], (0, 0))
    assert reason(await ask(bob, calls.SendMessage, "x", thread=1)) == "invalid_params"


async def test_threads_are_listed_by_activity(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.join("den")
    await alice.send("den", "hello")
    await alice.ask("den", calls.SendMessage, "hello", thread=1)
    for _ in range(3):
        await say(alice)
    for root in (2, 1, 3, 2):
        await say(bob, "hello", root)
    assert [root for root, _, _ in await listed(alice)] == [2, 3, 1, 1]
    assert [root for root, _, _ in await listed(alice, "lobby")] == [2, 3, 1]
    found, after, call = list[tuple[str, int]](), None, calls.GetThreads
    while True:
        page = await alice.ask_inbox(call(None, after, 1))  # type: ignore[arg-type]
        found += [(each.room, each.thread) for each in page.threads]
        if (after := page.next) is None:
            break
    assert found == [("lobby", 2), ("lobby", 3), ("lobby", 1), ("den", 1)]
    assert reason(await bob.ask_inbox(call("den"))) == "not_found"  # type: ignore[arg-type]
    for wrong in ("x", "1", "1:x:lobby"):
        answer = await bob.ask_inbox(call(None, wrong))  # type: ignore[arg-type]
        assert reason(answer) == "invalid_params"


async def test_an_inbox_that_wakes_counts_the_same(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await say(alice)
    await say(bob, "@alice", 1)
    before = await sums(alice), await listed(alice)
    house.leave(alice)
    await house.settle()
    await say(bob, "b", 1)
    alice = await house.guest("alice")
    assert before == ((0, 1), [(1, 1, 1)])
    assert (await sums(alice), await listed(alice)) == ((0, 2), [(1, 2, 1)])


async def test_the_first_direct_message_is_in_no_thread(house: House) -> None:
    alice, _ = await house.guests("alice", "bob")
    refused = await alice.ask("@alice:bob", calls.SendMessage, "hello", thread=1)
    assert reason(refused) == "invalid_params"
    await alice.send("@alice:bob")
    assert (await alice.ask("@alice:bob", calls.SendMessage, "hello", thread=1)).seq == 2
