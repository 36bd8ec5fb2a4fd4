"""Endpoints and the notifications that wait for them."""

from typing import Any, Final

import attrs
import pytest

from chatroom.model import PushEndpoint
from chatroom.store.administration import Act
from chatroom.store.events import RoomDeleted
from chatroom.store.push import (
    CONSUMER,
    MAX_AGE_MS,
    MAX_WAITING,
    EndpointState,
    NotificationKey,
    Outcomes,
    PushUse,
    Waiting,
)
from chatroom.store.sql import push, push_endpoints
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from ..builders import accounts, token_of
from .room_log import StoredRoom, connection_of, statements
from .test_queries import check_plans

NOW_MS: Final = 5_000
PEOPLE: Final = ("alice", "bob", "carol", "dave")


def endpoint(user: str, name: str = "phone", **more: Any) -> PushEndpoint:
    url = f"https://push.example/{user}/{name}"
    made = PushEndpoint(user, url, "key", "secret", token_id=user, created_at=7)
    return attrs.evolve(made, **more)


async def add(store: Store, user: str, name: str = "phone", **more: Any) -> int:
    """Add an endpoint, and return its id."""
    added = await store.add_push_endpoint(endpoint(user, name, **more), "push.example", maximum=9)
    assert added is not None
    return added.endpoint


@pytest.fixture
async def talk(store: Store) -> StoredRoom:
    tokens = [attrs.evolve(token_of(user, user.encode()), id=user) for user in PEOPLE]
    await store.add_accounts(accounts(*PEOPLE), tokens)
    talk = StoredRoom(store)
    await talk.make(*PEOPLE)
    return talk


async def test_no_query_scans_a_table(store: SqliteStore, talk: StoredRoom) -> None:
    numbers = [await add(store, user) for user in PEOPLE]
    await talk.talk("alice", 9)
    seen = statements(store)
    keys = [NotificationKey(number, "lobby", seq) for number in numbers for seq in (1, 2, 3)]
    await store.add_notifications(keys)
    connection = store._connection
    for members in (1, 1000):
        connection.execute("UPDATE rooms SET members = ? WHERE name = 'lobby'", (members,))
        found, after = push.reached(connection, "lobby", None, 9, "", 9)
        assert ([each.user for each in found], after) == ([*PEOPLE], None)
        found, after = push.reached(connection, "lobby", None, 9, "", 3)
        assert ([each.user for each in found], after) == (["alice", "bob"], "bob")
        found, after = push.reached(connection, "lobby", None, 9, "bob", 3)
        assert ([each.user for each in found], after) == (["carol", "dave"], None)
    assert push.reached(connection, "lobby", 1, 9, "", 9) == ([], None)
    push.turn(connection, numbers[1], frozenset(keys[:2]), NOW_MS)
    push_endpoints.push_endpoint(connection, "bob", endpoint("bob").url)
    push_endpoints.push_endpoints(connection, "bob", NOW_MS)
    await add(store, "bob")
    await add(store, "carol", url=endpoint("alice").url)
    states = [(numbers[1], EndpointState(1, 2, 3))]
    await store.save_outcomes(Outcomes(keys[3:5], states, [(numbers[2], "carol")]))
    await store.remove_push_endpoint("dave", endpoint("dave").url)
    check_plans(connection, seen, more_than=20)


async def test_the_first_endpoint_registers_the_consumer(store: Store, talk: StoredRoom) -> None:
    await talk.talk("alice", 3)
    assert await store.push_use() == PushUse(endpoints=False, consumer=False)
    await add(store, "bob")
    assert await store.push_use() == PushUse(endpoints=True, consumer=True)
    assert await store.moved_rooms(CONSUMER, "", 9) == ([], None)
    await store.end_push_use()
    assert await store.push_use() == PushUse(endpoints=True, consumer=True)
    await store.remove_push_endpoint("bob", endpoint("bob").url)
    await store.end_push_use()
    assert await store.push_use() == PushUse(endpoints=False, consumer=False)


async def test_an_account_has_a_bounded_number(store: Store, talk: StoredRoom) -> None:
    for number in range(3):
        await add(store, "bob", f"{number}")
    more = endpoint("bob", "more")
    assert await store.add_push_endpoint(more, "push.example", maximum=3) is None
    again = await store.add_push_endpoint(endpoint("bob", "0"), "push.example", maximum=3)
    assert again is not None
    assert await store.add_push_endpoint(more, "push.example", maximum=4) is not None


async def test_endpoints_of_ended_log_ins_make_room(store: Store, talk: StoredRoom) -> None:
    await add(store, "bob", "old", token_id="ended")
    assert [each.url for each in await store.push_endpoints("bob", NOW_MS)] == []
    new = endpoint("bob")
    assert await store.add_push_endpoint(new, "push.example", maximum=1) is not None
    assert [each.url for each in await store.push_endpoints("bob", NOW_MS)] == [new.url]


async def test_an_endpoint_of_another_account_loses_what_waits(
    store: Store, talk: StoredRoom
) -> None:
    old = await add(store, "bob")
    await talk.post("alice")
    await store.add_notifications([NotificationKey(old, "lobby", 1)])
    new = await add(store, "carol", url=endpoint("bob").url)
    assert new > old
    assert await store.waiting_endpoints() == []
    assert await store.push_endpoint("bob", endpoint("bob").url) is None


async def test_ids_are_not_used_again(store: Store, talk: StoredRoom) -> None:
    first = await add(store, "bob")
    await store.save_outcomes(Outcomes(gone=[(first, "bob")]))
    assert await add(store, "bob") > first


async def test_notifications_are_added_once_and_up_to_a_number(
    store: Store, talk: StoredRoom
) -> None:
    number = await add(store, "bob")
    keys = [NotificationKey(number, "lobby", seq) for seq in range(1, MAX_WAITING + 6)]
    assert await store.add_notifications(keys[:5]) == 0
    assert await store.add_notifications(keys[:5]) == 5
    assert await store.add_notifications(keys) == 10
    assert await store.add_notifications([NotificationKey(number + 1, "lobby", 1)]) == 1
    assert await store.waiting_endpoints() == [Waiting(number, "push.example", 0)]


async def test_a_turn_passes_over_what_is_not_wanted(store: Store, talk: StoredRoom) -> None:
    number = await add(store, "bob")
    await talk.talk("alice", 2)
    await talk.post("bob")
    await talk.talk("carol", 3)
    await talk.delete(4)
    keys = [NotificationKey(number, "lobby", seq) for seq in range(1, 8)]  # 7 does not exist
    await store.add_notifications(keys)
    unknown = "INSERT INTO push_notifications VALUES (:endpoint, 'unknown', 1)"
    connection_of(store).execute(unknown, {"endpoint": number})
    await talk.read("bob", 1)
    first = await store.turn(number, frozenset(), NOW_MS)
    assert (first.key, first.unwanted, first.more) == (keys[1], (keys[0],), True)
    assert first.notification is not None
    assert (first.notification.id, first.notification.unread) == ("lobby:2:bob", 3)
    second = await store.turn(number, frozenset(keys[:2]), NOW_MS)
    assert (second.key, second.unwanted) == (keys[4], (keys[2], keys[3]))
    await store.set_blocked("bob", "carol", 1, maximum=None)
    third = await store.turn(number, frozenset(keys[:2]), NOW_MS)
    assert (third.key, third.notification, third.more) == (None, None, False)
    assert third.unwanted == (*keys[2:], NotificationKey(number, "unknown", 1))


async def test_a_turn_passes_over_what_is_old(store: Store, talk: StoredRoom) -> None:
    number = await add(store, "bob")
    timestamp = (await talk.post("alice")).timestamp
    await store.add_notifications([NotificationKey(number, "lobby", 1)])
    turn = await store.turn(number, frozenset(), timestamp + MAX_AGE_MS - 1)
    assert turn.notification is not None
    turn = await store.turn(number, frozenset(), timestamp + MAX_AGE_MS)
    assert (turn.notification, len(turn.unwanted)) == (None, 1)


@pytest.mark.parametrize("how", ["disabled", "logged out", "expired", "removed"])
async def test_an_endpoint_ends_with_its_log_in(store: Store, talk: StoredRoom, how: str) -> None:
    number, now = await add(store, "bob"), NOW_MS
    await talk.post("alice")
    await store.add_notifications([NotificationKey(number, "lobby", 1)])
    assert (await store.turn(number, frozenset(), now)).endpoint == endpoint("bob")
    match how:
        case "disabled":
            await store.set_disabled("bob", True, Act(1))
        case "logged out":
            await store.remove_token(b"bob")
        case "expired":
            now = 1 << 61
        case "removed":
            await store.remove_push_endpoint("bob", endpoint("bob").url)
        case _:
            raise NotImplementedError(how)
    turn = await store.turn(number, frozenset(), now)
    assert turn.notification is None
    assert turn.ended is (how != "removed")
    assert (turn.endpoint is None) is (how == "removed")


async def test_an_endpoint_stays_that_another_log_in_has_added_meanwhile(
    store: Store, talk: StoredRoom
) -> None:
    """Somebody logs out and in again while the end of the first log-in is being noted."""
    number = await add(store, "bob", token_id="ended")
    assert (await store.turn(number, frozenset(), NOW_MS)).ended
    assert await add(store, "bob") == number
    await store.save_outcomes(Outcomes(gone=[(number, "ended")]))
    assert [each.url for each in await store.push_endpoints("bob", NOW_MS)] == [endpoint("bob").url]
    await store.save_outcomes(Outcomes(gone=[(number, "bob")]))
    assert await store.push_endpoints("bob", NOW_MS) == []


async def test_outcomes_are_kept(store: Store, talk: StoredRoom) -> None:
    number, other = await add(store, "bob"), await add(store, "carol")
    await talk.talk("alice", 2)
    keys = [NotificationKey(each, "lobby", seq) for each in (number, other) for seq in (1, 2)]
    await store.add_notifications(keys)
    state = EndpointState(3, 100, 900)
    await store.save_outcomes(Outcomes([keys[0]], [(number, state)], [(other, "carol")]))
    assert await store.waiting_endpoints() == [Waiting(number, "push.example", 900)]
    turn = await store.turn(number, frozenset(), NOW_MS)
    assert (turn.key, turn.state) == (keys[1], state)
    assert [each.failing for each in await store.push_endpoints("bob", NOW_MS)] == [True]
    await add(store, "bob")  # once more
    assert (await store.turn(number, frozenset(), NOW_MS)).state == state
    again = await store.add_push_endpoint(endpoint("bob"), "push.example", maximum=9)
    assert again == Waiting(number, "push.example", 900)
    await add(store, "carol", url=endpoint("bob").url)
    assert await store.waiting_endpoints() == []


async def test_a_deleted_room_takes_its_notifications_along(store: Store, talk: StoredRoom) -> None:
    number = await add(store, "bob")
    await talk.post("alice")
    await store.add_notifications([NotificationKey(number, "lobby", 1)])
    await talk.commit(RoomDeleted(1))
    turn = await store.turn(number, frozenset(), NOW_MS)
    assert turn.unwanted == (NotificationKey(number, "lobby", 1),)
    while await store.erase_retired(100):
        pass
    # One that was decided on before.
    assert await store.add_notifications([NotificationKey(number, "lobby", 1)]) == 1
    assert await store.waiting_endpoints() == []
