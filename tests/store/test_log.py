"""Pages by seq, pages by rev, and pruning."""

from functools import partial
from typing import Any, Final

import attrs
import pytest

from chatroom.clock import DAY_MS
from chatroom.model import Account
from chatroom.protocol.codec import message_size
from chatroom.protocol.results import PAGE_BYTES
from chatroom.store.administration import Act
from chatroom.store.housekeeping import Kept, Retention
from chatroom.store.room_log import Bounds, Changes, Page, Written
from chatroom.store.sql import log
from chatroom.store.store import Store

from .room_log import StoredRoom

BOUNDS: Final[list[dict[str, Any]]] = [
    {},
    {"before": 5},
    {"after": 0},
    {"after": 20},
    {"around": 3},
]


def seqs(page: Page | Changes) -> list[int]:
    return [message.seq for message in page.messages]


def shape(page: Page) -> tuple[list[int], bool, bool]:
    return seqs(page), page.more_before, page.more_after


async def test_pages_of_an_empty_log(store: Store) -> None:
    await StoredRoom(store).make("alice")
    for room in ("lobby", "nowhere"):
        for bounds in BOUNDS:
            page = await store.page(room, 5, Bounds(**bounds))
            assert page == Page(0, 0, 1, (), more_before=False, more_after=False)


async def test_page_is_limited_in_bytes_away_from_its_bound(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice")
    # 6 bytes per character in JSON: larger than real text, so that few messages suffice.
    await talk.commit(*[talk.posting("alice", "\x01" * 30_000) for _ in range(13)])
    most = PAGE_BYTES // message_size(talk.log[13])
    assert most == 5
    page = partial(store.page, size=message_size)
    changes = partial(store.changes, size=message_size)
    assert shape(await page("lobby", 99)) == ([9, 10, 11, 12, 13], True, False)
    assert shape(await page("lobby", 99, Bounds(before=10))) == ([5, 6, 7, 8, 9], True, True)
    assert shape(await page("lobby", 99, Bounds(after=2))) == ([3, 4, 5, 6, 7], True, True)
    assert shape(await page("lobby", 99, Bounds(around=6))) == ([4, 5, 6, 7, 8], True, True)
    assert shape(await page("lobby", 99, Bounds(around=2))) == ([1, 2, 3, 4, 5], False, True)
    first = await changes("lobby", 0, 99)
    assert (seqs(first), first.next_rev) == ([1, 2, 3, 4, 5], 5)
    assert seqs(await changes("lobby", 10, 99)) == [11, 12, 13]


async def test_page_has_at_least_one_message(store: Store) -> None:
    talk = StoredRoom(store)
    page = partial(store.page, size=message_size)
    changes = partial(store.changes, size=message_size)
    await talk.make("alice")
    await talk.commit(*[talk.posting("alice", "\x01" * 200_000) for _ in range(3)])
    assert seqs(await page("lobby", 9)) == [3]
    assert seqs(await page("lobby", 9, Bounds(after=0))) == [1]
    assert seqs(await page("lobby", 9, Bounds(around=2))) == [2]
    found = await changes("lobby", 1, 9)
    assert (seqs(found), found.next_rev, found.head_rev) == ([2], 2, 3)


async def test_many_changes_of_one_message_cause_no_empty_pages(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice")
    await talk.talk("alice", 3)
    await talk.commit(*[talk.changing(2, f"edit {number}") for number in range(40)])
    await talk.post("alice")
    assert (await store.changes("lobby", 3, 5)).messages
    assert list((await store.changes("lobby", 0, 200)).messages) == talk.after_rev(0)
    assert (await store.changes("lobby", talk.head_rev, 5)).messages == ()


# ---- pruning


async def test_pruning_raises_lower_cursors(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob", "carol")
    for sender in ("alice", "bob", "alice", "carol", "bob", "alice"):
        await talk.post(sender)
    await talk.read("carol", 5)
    await talk.prune(2)
    await talk.prune(3)
    members = (await store.people("lobby", ["alice", "bob", "carol"])).members
    places = {name: (m.read_seq, m.sent, m.sent_read) for name, m in members.items()}
    assert places == {"alice": (3, 3, 2), "bob": (3, 2, 1), "carol": (5, 1, 1)}
    page = await store.members("lobby", "", 9)
    assert page.members == tuple(members[name] for name in sorted(members))
    for user in members:
        (entry,) = await store.inbox(user)
        assert (entry.unread, entry.mentions) == talk.unread(user)
    read = await talk.read("bob", 5)
    assert (read.read_seq, read.sent_read, read.unread) == (5, 2, 1)


async def prunable(
    store: Store, keep_messages: int | None, before: int | None, days: int = 1
) -> list[str]:
    """Return all prunable rooms, looking at one room per call."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        now = 0 if before is None else before + days * DAY_MS
        kept = Kept(keep_messages, None if before is None else days, now)
        rooms, after = await store.prunable(kept, after, 1)
        found += [each.room for each in rooms]
    return found


async def test_rooms_keep_less_than_the_server(store: Store) -> None:
    talk, other = StoredRoom(store), StoredRoom(store, "other")
    for each in (talk, other):
        await each.make("alice")
        await each.talk("alice", 10)  # at 1010, 1020, ... 1100
    all_of_it = Kept(None, None, DAY_MS + 1051)
    assert await store.set_retention("nowhere", 1, None, Act(1)) == "not_found"
    assert await store.set_retention("other", None, 3, Act(1, "alice")) == "forbidden"
    await store.add_accounts([Account("alice", "Alice", None, 0, role="admin")])
    assert await store.set_retention("other", None, 3, Act(1, "alice")) is None
    assert await store.set_retention("other", None, 3, Act(2, "alice")) is None
    assert await prunable(store, None, None) == ["other"]
    assert await prunable(store, 2, None) == ["lobby", "other"]
    rooms, after = await store.retention(all_of_it, "", 2)
    assert (rooms, after) == (
        [Retention("lobby", None, None, 0), Retention("other", None, 3, 7, 1010, 1070)],
        "other",
    )
    assert await store.set_retention("lobby", 1, None, Act(3)) is None
    (lobby,), after = await store.retention(all_of_it, "", 1)
    assert (lobby, after) == (Retention("lobby", 1, None, 5, 1010, 1050), "lobby")
    (lobby,), _ = await store.retention(attrs.evolve(all_of_it, messages=2), "", 1)
    assert lobby.count == 8
    assert await store.set_retention("lobby", None, None, Act(4)) is None
    await store.note_pruned(2, 15, 5)
    entries = (await store.audit("alice", None, None, 9)).entries
    assert [(each.act, each.by, each.room, each.details) for each in entries] == [
        ("prune", None, None, '{"count":15,"rooms":2}'),
        ("setRetention", None, "lobby", None),
        ("setRetention", None, "lobby", '{"days":1}'),
        ("setRetention", "alice", "other", '{"messages":3}'),
    ]


async def test_prunable_rooms(store: Store) -> None:
    talk, other = StoredRoom(store), StoredRoom(store, "other")
    await talk.make("alice")
    await other.make("alice")
    await talk.talk("alice", 10)  # at 1010, 1020, ... 1100
    await other.talk("alice", 3)
    assert await prunable(store, None, None) == []
    assert await prunable(store, 10, None) == []
    assert await prunable(store, 9, None) == ["lobby"]
    assert await prunable(store, 2, None) == ["lobby", "other"]
    assert await prunable(store, None, 1010) == []
    assert await prunable(store, None, 1011) == ["lobby", "other"]
    await talk.prune(5)
    assert await prunable(store, 5, 1051) == ["other"]
    await talk.prune(10)
    assert await prunable(store, 0, 9999) == ["other"]


async def test_messages_of_a_user_since_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    for number in range(12):
        await talk.post("bob" if number % 3 == 0 else "alice")  # 1, 4, 7, 10
    since = talk.log[4].timestamp
    assert await store.written_by("lobby", "bob", 0, None, 9) == Written((10, 7, 4, 1))
    assert await store.written_by("lobby", "bob", since, None, 9) == Written((10, 7, 4))
    assert await store.written_by("lobby", "bob", since + 1, 10, 9) == Written((7,))
    assert await store.written_by("lobby", "bob", 0, None, 2) == Written((10, 7), 7)
    assert await store.written_by("lobby", "bob", 0, 1, 2) == Written()
    assert await store.written_by("lobby", "bob", 1 << 50, None, 2) == Written()
    assert await store.written_by("nowhere", "bob", 0, None, 2) == Written()
    await talk.delete(7)
    assert await store.written_by("lobby", "bob", 0, None, 2) == Written((10, 4), 4)
    monkeypatch.setattr(log, "MAX_SEARCHED", 5)
    assert await store.written_by("lobby", "bob", 0, None, 9) == Written((10,), 8)
    assert await store.written_by("lobby", "bob", since, 8, 9) == Written((4,))
    assert await store.written_by("lobby", "bob", 0, 8, 9) == Written((4,), 3)
    assert await store.written_by("lobby", "bob", 0, 3, 9) == Written((1,))
    await talk.prune(3)
    assert await store.written_by("lobby", "bob", 0, 8, 9) == Written((4,))
