"""Facts outside a room that decisions depend on."""

from chatroom.model import Account
from chatroom.store.conditions import NO_CONTEXT, Context, Usage, Wanted, day_of, until_tomorrow
from chatroom.store.events import MemberRemoved, RoomCreated, RoomDeleted, UsageCounted
from chatroom.store.quotas import DayUsage
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of, direct, look_up


async def people(store: Store, *names: str) -> None:
    await store.add_accounts([Account(name, name.title(), None, 500) for name in names])


async def context(store: Store, wanted: Wanted | None) -> Context:
    return (await look_up(store, "lobby", wanted=wanted)).context


async def test_only_wanted_facts_are_looked_up(store: Store) -> None:
    assert await context(store, None) == NO_CONTEXT


async def test_blocks(store: Store) -> None:
    await people(store, "alice", "bob", "carol")
    assert await store.set_blocked("alice", "bob", 1, maximum=2) is None
    assert await store.set_blocked("alice", "bob", 2, maximum=1) is None  # blocked already
    assert await store.set_blocked("alice", "carol", 2, maximum=1) == "quota_exceeded"
    assert await store.set_blocked("alice", "nobody", 2, maximum=None) == "not_found"
    pairs = (("alice", "bob"), ("bob", "alice"), ("alice", "carol"))
    assert (await context(store, Wanted(blocks=pairs))).blocks == {("alice", "bob")}
    await store.set_blocked("alice", "carol", 3, maximum=None)
    assert [user.name for user in await store.blocked("alice", "", 9)] == ["bob", "carol"]
    assert [user.display_name for user in await store.blocked("alice", "bob", 9)] == ["Carol"]
    await store.unset_blocked("alice", "bob")
    assert (await context(store, Wanted(blocks=pairs))).blocks == {("alice", "carol")}


async def test_acquainted_pairs_share_a_room(store: Store) -> None:
    await people(store, "alice", "bob", "carol", "dave")
    lobby = StoredRoom(store)
    await lobby.make("alice", "bob")
    await direct(store, "alice", "carol").make("alice", "carol")
    pairs = tuple(("alice", name) for name in ("bob", "carol", "dave"))
    found = await context(store, Wanted(pairs=pairs))
    assert found.acquainted == {("alice", "bob"), ("alice", "carol")}
    assert (await context(store, Wanted(pairs=(("bob", "alice"),)))).acquainted
    await lobby.commit(MemberRemoved("bob"))
    assert not (await context(store, Wanted(pairs=(("bob", "alice"),)))).acquainted


async def test_usage_of_an_account(store: Store) -> None:
    await people(store, "alice", "bob")
    for name in ("one", "two"):
        room = StoredRoom(store, name)
        await room.commit(RoomCreated(room.room, "alice"), UsageCounted("alice", 7, "rooms"))
        await room.enter("alice")
    await direct(store, "alice", "bob").make("alice", "bob")
    wanted = Wanted(accounts=("alice", "bob", "nobody"), day=7)
    assert (await context(store, wanted)).usage == {
        "alice": Usage(500, 2, 1, 2, {"rooms": 2}),
        "bob": Usage(500, 0, 1, 0, {}),
    }
    await store.commit(batch_of("one", RoomDeleted(2000)))
    while await store.erase_retired(100):
        pass
    used = (await context(store, wanted)).usage["alice"]
    assert (used.rooms, used.made) == (1, 1)
    assert used.today == {"rooms": 2}  # creations count even if the rooms are gone


async def test_usage_is_counted_by_day_and_deleted(store: Store) -> None:
    await store.add_usage(7, [DayUsage("bob", {"messages": 2, "bytes": 10})])
    await store.add_usage(
        7, [DayUsage("alice", {"messages": 1}), DayUsage("bob", {"messages": 1, "bytes": 5})]
    )
    await store.add_usage(8, [DayUsage("alice", {"messages": 9})])
    both = [DayUsage("alice", {"messages": 1}), DayUsage("bob", {"messages": 3, "bytes": 15})]
    assert await store.usage(7) == both
    assert await store.usage(7, "", 1) == both[:1]
    assert await store.usage(7, "alice", 1) == both[1:]
    assert await store.usage(7, "bob") == []
    await store.forget_usage(8)
    assert await store.usage(7) == []
    assert await store.usage(8) == [DayUsage("alice", {"messages": 9})]


async def test_count_of_accounts_stops_at_its_limit(store: Store) -> None:
    await people(store, "alice", "bob", "carol")
    assert await store.count_accounts(2) == 2
    assert await store.count_accounts(99) == 3


def test_day_ends_at_midnight_utc() -> None:
    midnight = 1_700_006_400_000
    assert (day_of(midnight) - day_of(midnight - 1), until_tomorrow(midnight - 1)) == (1, 1)
    assert until_tomorrow(midnight) == 24 * 60 * 60 * 1000
