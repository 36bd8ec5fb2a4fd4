"""Counts of what each account has sent, by spans of a room's seqs."""

import random
from pathlib import Path

import pytest

from chatroom.store.sql.sent_spans import count_sent
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults

from .room_log import StoredRoom, connected, opened


async def steps_to_count(store: SqliteStore, room: str, user: str, through: int) -> int:
    """Return how many steps SQLite takes to count what is up to a seq."""
    steps = 0

    def tick() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection = store._connection
    connection.set_progress_handler(tick, 1)
    count_sent(connection, room, user, 1, through)
    connection.set_progress_handler(None, 1)
    return steps


async def test_a_count_does_not_depend_on_the_messages_between(
    store: SqliteStore, small_spans: int
) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    for number in range(100):
        await talk.talk("bob" if number % 3 == 0 else "alice", small_spans)
    near = await steps_to_count(store, "lobby", "bob", 5 * small_spans + 2)
    assert await steps_to_count(store, "lobby", "bob", 95 * small_spans + 2) <= near + 10


async def test_all_counts_equal_those_of_the_log(
    store: SqliteStore, small_spans: int, dice: random.Random
) -> None:
    talk = StoredRoom(store)
    people = ("alice", "bob", "carol")
    await talk.make(*people)
    pruned = 0
    for _ in range(12):
        for _ in range(dice.randint(0, 2 * small_spans)):
            roots = [seq for seq, each in talk.log.items() if each.thread is None]
            root = dice.choice(roots) if roots and dice.random() < 0.4 else None
            await talk.post(dice.choice(people), thread=root)
        if dice.random() < 0.4 and talk.head_seq > pruned:
            pruned = dice.randint(pruned + 1, talk.head_seq)
            await talk.prune(pruned)
        for user in people:
            own = [
                each.seq for each in talk.log.values() if (each.sender, each.thread) == (user, None)
            ]
            for after in range(pruned, talk.head_seq + 1):
                for through in range(after, talk.head_seq + 1):
                    counted = count_sent(store._connection, "lobby", user, after, through)
                    assert counted == sum(after < seq <= through for seq in own)


@pytest.mark.usefixtures("small_spans")
async def test_pruned_messages_leave_no_rows(store: SqliteStore) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    for number in range(20):
        await talk.post("alice" if number % 7 else "bob")
    for through in (2, 5, 6, 11, 20):
        await talk.prune(through)
    assert store._connection.execute("SELECT * FROM sent_spans").fetchall() == []


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM sent_spans WHERE span = 1",
        "UPDATE sent_spans SET count = count + 1 WHERE span = 0",
        "UPDATE sent_spans SET before = before + 1 WHERE span = 1",
        "UPDATE sent_spans SET sender = 'bob' WHERE span = 2",
        "INSERT INTO sent_spans VALUES ('lobby', 'bob', 1, 0, 1)",
    ],
)
@pytest.mark.usefixtures("small_spans")
async def test_each_inconsistency_is_found(tmp_path: Path, harm: str) -> None:
    async with opened(tmp_path) as store:
        talk = StoredRoom(store)
        await talk.make("alice", "bob")
        await talk.talk("alice", 14)
    assert faults(tmp_path) == []
    with connected(tmp_path) as connection:
        assert connection.execute(harm).rowcount > 0
    assert faults(tmp_path) == ["room lobby: its counts of sent messages by span are wrong"]
