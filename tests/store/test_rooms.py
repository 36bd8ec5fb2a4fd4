"""Contract: rooms and who is in them."""

from chatroom.model import Account
from chatroom.store.entries import Entered, Gone, Made
from chatroom.store.store import People, Store

from .talk import Talk, direct, member


async def names(store: Store, user: str, query: str | None = None, after: str = "") -> list[str]:
    return [room.name for room, _ in await store.rooms(user, query, after, 100)]


async def test_rooms_are_the_public_ones_and_ones_own(store: Store) -> None:
    await Talk(store, "square").make("alice")
    await Talk(store, "attic", visibility="private").make("alice")
    await Talk(store, "den", visibility="private").make("bob")
    await direct(store, "alice", "bob").make("alice", "bob")
    assert await names(store, "alice") == ["attic", "square"]
    assert await names(store, "bob") == ["den", "square"]
    listed = await store.rooms("bob", None, "", 100)
    assert [(room.name, room.members, mine) for room, mine in listed] == [
        ("den", 1, True),
        ("square", 1, False),
    ]
    assert listed[1][0] == await store.room("square")


async def test_rooms_in_pages(store: Store) -> None:
    for number in (3, 1, 5, 2, 4):
        await Talk(store, f"room-{number}").make("alice")
    page = await store.rooms("bob", None, "", 2)
    assert [room.name for room, _ in page] == ["room-1", "room-2"]
    page = await store.rooms("bob", None, "room-2", 2)
    assert [room.name for room, _ in page] == ["room-3", "room-4"]
    assert await names(store, "bob", after="room-5") == []


async def test_rooms_by_a_part_of_name_or_title_in_any_case(store: Store) -> None:
    await Talk(store, "cafe", title="Über Straße").make("alice")
    await Talk(store, "ops", title="100% on_call").make("alice")
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
    talk = Talk(store)
    await talk.make("dave", "alice", "carol", "bob")
    members = await store.members("lobby", "", 100)
    assert [m.user for m in members] == ["alice", "bob", "carol", "dave"]
    assert [m.display_name for m in members] == ["alice", "Bob B.", "carol", "dave"]
    assert [m.user for m in await store.members("lobby", "alice", 2)] == ["bob", "carol"]
    assert await store.members("lobby", "dave", 2) == []
    assert await store.members("nowhere", "", 2) == []


async def test_people(store: Store) -> None:
    await store.add_accounts(
        [Account("alice", "Alice A.", None, 1), Account("zoe", "Zoe", None, 1)]
    )
    await Talk(store).make("alice", "bob")
    people = await store.people("lobby", {"alice", "zoe", "nobody"})
    assert set(people.members) == {"alice"}
    assert people.members["alice"].display_name == "Alice A."
    assert people.users == {"alice": "Alice A.", "zoe": "Zoe"}
    assert await store.people("lobby", []) == People({}, frozenset(), {})
    assert await store.people("nowhere", ["zoe"]) == People({}, frozenset(), {"zoe": "Zoe"})


async def test_the_successor_is_first_by_role_then_by_time_of_joining(store: Store) -> None:
    talk = Talk(store)
    entering = [
        member("lobby", "owner", "owner", at=1),
        member("lobby", "late", "moderator", at=9),
        member("lobby", "zoe", "member", at=2),
        member("lobby", "amy", "member", at=3),
        member("lobby", "bea", "member", at=2),
    ]
    await talk.commit(Made(talk.room), *map(Entered, entering))
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
            await talk.commit(Gone(user))
    assert await store.successor("lobby", "amy") is None
    assert await store.successor("nowhere", "amy") is None
