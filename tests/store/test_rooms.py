"""Rooms and their members."""

import pytest

from chatroom.model import Account, RoomPolicy, SendReceipt
from chatroom.store.access import RoomAccess
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    RoomConfigured,
    RoomCreated,
    SenderSlowed,
)
from chatroom.store.rooms import MemberPage, People
from chatroom.store.sql import rooms
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import StoredRoom, direct, member


async def names(store: Store, user: str, query: str | None = None, after: str = "") -> list[str]:
    return [room.name for room in (await store.rooms(user, query, after, 100)).rooms]


async def all_pages(store: Store, user: str, query: str | None, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        page = await store.rooms(user, query, after, limit)
        pages.append([room.name for room in page.rooms])
        after = page.next
    return pages


async def test_pages_of_rooms_skip_direct_rooms(store: Store) -> None:
    """Names of direct rooms sort between names with a first digit and names with a first letter."""
    for name in ("0", "7-up", "a", "m", "z"):
        await StoredRoom(store, name).make("alice")
    for name in ("1", "9", "b", "n", "zz"):
        await StoredRoom(store, name, visibility="private").make("bob", "alice")
        await StoredRoom(store, f"{name}.other", visibility="private").make("carol")
    for name in ("alice", "carol"):
        await direct(store, name, "bob").make(*sorted((name, "bob")))
    whole = ["0", "1", "7-up", "9", "a", "b", "m", "n", "z", "zz"]
    for limit in range(1, 12):
        for query in (None, ""):
            pages = await all_pages(store, "bob", query, limit)
            assert [name for page in pages for name in page] == whole
            assert all(len(page) == limit for page in pages[:-1])


async def test_search_scans_a_bounded_number_of_rooms(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MAX_SEARCHED", 3)
    for number in range(10):
        await StoredRoom(store, f"{number}.public").make("alice")
        await StoredRoom(store, f"r{number}.own", visibility="private").make("bob")
    await direct(store, "alice", "bob").make("alice", "bob")
    for query, found in (("nowhere", []), ("9", ["9.public", "r9.own"]), ("r3", ["r3.own"])):
        pages = await all_pages(store, "bob", query, 5)
        assert [name for page in pages for name in page] == found
        assert 6 <= len(pages) <= 9


async def test_search_by_part_of_name_or_title_ignores_case(store: Store) -> None:
    await StoredRoom(store, "cafe", title="Über Straße").make("alice")
    await StoredRoom(store, "ops", title="100% on_call").make("alice")
    for query in ("caf", "CAFE", "über", "ÜBER", "STRASSE", "r s"):
        assert await names(store, "bob", query) == ["cafe"], query
    for query in ("0%", "N_C", "OPS"):
        assert await names(store, "bob", query) == ["ops"], query
    assert await names(store, "bob", "cafeü") == []
    assert await names(store, "bob", "%") == ["ops"]
    assert await names(store, "bob", "'; --") == []
    assert await names(store, "bob", "") == ["cafe", "ops"]


async def test_members_by_name(store: Store) -> None:
    await store.add_accounts([Account("bob", "Bob B.", None, 1)])
    talk = StoredRoom(store)
    await talk.make("dave", "alice", "carol", "bob")
    page, room = await store.members("lobby", "", 100), await store.room("lobby")
    assert room is not None
    assert page.version == room.version
    assert [m.user for m in page.members] == ["alice", "bob", "carol", "dave"]
    assert [m.display_name for m in page.members] == ["alice", "Bob B.", "carol", "dave"]
    some = await store.members("lobby", "alice", 2)
    assert [m.user for m in some.members] == ["bob", "carol"]
    assert await store.members("lobby", "dave", 2) == MemberPage((), room.version)
    assert await store.members("nowhere", "", 2) == MemberPage((), 0)


async def test_search_of_members_by_the_beginning_of_any_word(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.add_accounts(
        [
            Account("bob", "Ren\u00e9e O'Brien", None, 1),
            Account("carol.s", "\u0141\u00f3d\u017a Stra\u00dfe", None, 1),
            Account("dave", "dave", None, 1),
        ]
    )
    talk = StoredRoom(store)
    await talk.make("bob", "carol.s", "dave")

    async def search(query: str, after: str = "", limit: int = 9) -> tuple[list[str], str | None]:
        page = await store.members("lobby", after, limit, query=query)
        return [member.user for member in page.members], page.next

    for query in ("bo", "BOB", "ren", "RENE\u0301E", "o'b", "brien", "ren\u00e9e o"):
        assert await search(query) == (["bob"], None), query
    for query in ("carol.s", "s", "strasse", "STRASSE"):
        assert await search(query) == (["carol.s"], None), query
    for query in ("ob", "rien", "bob carol"):
        assert await search(query) == ([], None), query
    assert await search("%") == (["bob", "carol.s", "dave"], None), "it has no words"
    assert await search("", limit=2) == (["bob", "carol.s"], "carol.s")
    assert await search("d", after="carol.s") == (["dave"], None)
    monkeypatch.setattr(rooms, "MAX_SEARCHED", 2)
    assert await search("d") == ([], "carol.s")
    assert await search("d", after="carol.s") == (["dave"], None)


async def test_people(store: Store) -> None:
    await store.add_accounts(
        [Account("alice", "Alice A.", None, 1), Account("zoe", "Zoe", None, 1)]
    )
    await StoredRoom(store).make("alice", "bob")
    people = await store.people("lobby", {"alice", "zoe", "nobody"})
    assert set(people.members) == {"alice"}
    assert people.members["alice"].display_name == "Alice A."
    assert people.users == {"alice": "Alice A.", "zoe": "Zoe"}
    assert await store.people("lobby", []) == People({}, {}, {})
    assert await store.people("nowhere", ["zoe"]) == People({}, {}, {"zoe": "Zoe"})


async def test_settings(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    policy = RoomPolicy("moderators", "all", 30, archived=True)
    await talk.commit_and_apply(
        RoomConfigured("Stra\u00dfe", "a topic", "private", policy, 2), SenderSlowed("bob", 5)
    )
    assert await store.room("lobby") == talk.room
    assert talk.room.policy == policy
    assert [room.policy for room in (await store.rooms("alice", "STRASSE", "", 9)).rooms] == [
        policy
    ]
    assert (await store.rooms("carol", None, "", 9)).rooms == ()
    assert [entry.title for entry in await store.inbox("alice")] == ["Stra\u00dfe"]
    assert (await store.people("lobby", ["alice", "bob"])).slowed == {"bob": 5}
    await talk.commit(SenderSlowed("bob", 7))
    assert (await store.people("lobby", ["bob"])).slowed == {"bob": 7}
    await talk.commit_and_apply(RoomConfigured("Hall", "", "public", RoomPolicy(), 4))
    assert [room.title for room in (await store.rooms("carol", "hall", "", 9)).rooms] == ["Hall"]


async def test_successor_is_first_by_role_then_version_at_joining(store: Store) -> None:
    talk = StoredRoom(store)
    entering = [
        member("lobby", "owner", "owner", joined_version=1),
        member("lobby", "late", "moderator", joined_version=9),
        member("lobby", "zoe", "member", joined_version=2),
        member("lobby", "amy", "member", joined_version=3),
        member("lobby", "bea", "member", joined_version=2),
    ]
    await store.add_accounts([Account(one.user, one.user, None, 1) for one in entering])
    await talk.commit(RoomCreated(talk.room), *map(MemberAdded, entering))
    for user, heir in (
        ("nobody", "owner"),
        ("owner", "late"),
        ("late", "bea"),
        ("bea", "zoe"),
        ("zoe", "amy"),
    ):
        first = await store.successor("lobby", user)
        assert first is not None
        assert first.user == heir
        if user != "nobody":
            await talk.commit(MemberRemoved(user))
    assert await store.successor("lobby", "amy") is None
    assert await store.successor("nowhere", "amy") is None


async def test_room_access(store: Store) -> None:
    talk = StoredRoom(store, "den", visibility="private")
    await talk.make("alice", "bob")
    said = await talk.post("bob", client_id="c1")
    await talk.leave("bob")
    room = await store.room("den")
    assert await store.room_access("den", "alice", None) == RoomAccess(room, True)
    assert await store.room_access("den", "bob", "c2") == RoomAccess(room, False)
    original = SendReceipt("den", said.seq, said.rev, said.timestamp, b"hello")
    assert await store.room_access("den", "bob", "c1") == RoomAccess(room, False, original)
    assert await store.room_access("nowhere", "bob", "c1") == RoomAccess(None, False, original)
    assert await store.room_access("nowhere", "alice", "c1") == RoomAccess(None, False)
