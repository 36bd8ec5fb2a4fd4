"""Random groups in the SQLite store, compared with a model that applies batches one by one.

Each group has batches of several rooms with common clientIds. Some batches fail.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from chatroom.errors import Behind
from chatroom.model import FollowedThread, Level, Message, Room, SendReceipt, direct_pair
from chatroom.store.beside import Beside
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
    RoomCreated,
    RoomEvent,
    ThreadFollowed,
    ThreadUnfollowed,
)
from chatroom.store.postgres import startup as postgres
from chatroom.store.postgres.commits import Commits
from chatroom.store.reactions import Reactors, WantedReaction
from chatroom.store.room_log import Batch, Bounds, Decision, Prefetched
from chatroom.store.sql import inbox, log, mentions, prune, rooms, thread_log
from chatroom.store.sql.apply import decide_and_write
from chatroom.store.sql.connection import Connection
from chatroom.store.sql.cursors import CountedAhead, count_ahead
from chatroom.store.sql.incarnations import Incarnation
from chatroom.store.sql.integrity import wrong_rooms
from chatroom.store.sql.jobs import Failed, Job, Outcome
from chatroom.store.sqlite.integrity import faults
from chatroom.store.sqlite.startup import open_database
from chatroom.store.sqlite.transaction import write_group
from chatroom.store.threads import WantedThread

from ..reference import PageModel, RoomModel, ServerModel
from ..reference.room import TICK_MS
from ..reference.server import preview
from .room_log import HEART, UP, batch_of, member

PEOPLE: Final = ("alice", "bob", "carol", "dave")
REACTORS: Final = (*PEOPLE, *(f"user-{number}" for number in range(12)))
ROOMS: Final = ("lobby", "den", "@alice:bob", "@carol:carol")
CLIENT_IDS: Final = ("c-1", "c-2", "c-3", "c-4")
GROUPS: Final = 60


@attrs.define
class Writing:
    """A batch being decided, from a room's state and a generator with a fixed seed."""

    room: RoomModel
    originals: dict[tuple[str, str], SendReceipt]
    dice: random.Random
    entries: list[RoomEvent] = attrs.Factory(list)
    outcomes: list[object] = attrs.Factory(list)
    follows: dict[tuple[str, int], RoomEvent] = attrs.Factory(dict)

    def post(self) -> None:
        sender, client_id = self._member(), self.dice.choice([None, *CLIENT_IDS])
        if original := self.originals.get((sender, client_id or "")):
            self.outcomes.append(original)
            return
        self.room.now -= self.dice.choice([0, TICK_MS])  # sometimes at the time of the last one
        text = f"text {self.room.head_rev}"
        reply_to = self.dice.choice([None, self.room.head_seq or None, self.dice.randint(1, 9)])
        if (reply_to or 0) > self.room.head_seq:
            reply_to = None
        root = self._root() if self.dice.random() < 0.4 else None
        posted = self.room.posting(
            sender, text, client_id, self._mentions(sender), reply_to, thread=root
        )
        if posted.original is not None and client_id is not None:
            self.originals[sender, client_id] = posted.original
        self.entries.append(posted)

    def change(self) -> None:
        was = self.room.log.get(self.room.head_seq - self.dice.randint(0, 6))
        if was is None or was.deleted:
            return
        if self.dice.random() < 0.5:
            self.entries.append(self.room.changing(was.seq, None))
        else:
            text = f"edit {self.room.head_rev}"
            self.entries.append(self.room.changing(was.seq, text, self._mentions(was.sender)))

    def react(self) -> None:
        was = self.room.log.get(self.room.head_seq - self.dice.randint(0, 6))
        if was is None or was.deleted:
            return
        few = self.dice.random() < 0.3  # else up to more users than the message names
        user = self.dice.choice(PEOPLE if few else REACTORS)
        self.entries.append(self.room.reacting(was.seq, self.dice.choice([UP, HEART]), user))

    def pin(self) -> None:
        was = self.room.log.get(self.room.head_seq - self.dice.randint(0, 6))
        if was is not None and not was.deleted:
            by = self.dice.choice(PEOPLE) if was.pinned_by is None else None
            self.entries.append(self.room.pinning(was.seq, by))

    def read(self) -> None:
        below = self.dice.choice([6, self.room.head_seq])
        seq = max(self.room.head_seq - self.dice.randint(0, below), 0)
        self.entries.append(ReadCursorMoved(self._member(), seq))

    def follow(self) -> None:
        """Let a member follow a thread, or read it, or follow it no longer."""
        user, root = self._member(), self._root()
        if root is None:
            return
        event: ThreadFollowed | ThreadUnfollowed = ThreadUnfollowed(user, root)
        if self.dice.random() < 0.8:
            seq = max(self.room.head_seq - self.dice.randint(0, 9), 0)
            event = ThreadFollowed(user, root, seq)
        self.follows[user, root] = event

    def set_level(self) -> None:
        level: Level = self.dice.choice(["all", "mentions", "none"])
        self.entries.append(NotificationLevelSet(self._member(), level))

    def move(self) -> None:
        """Add or remove a member."""
        user = self.dice.choice(PEOPLE)
        if user in self.room.members:
            self.entries.append(MemberRemoved(user))
        else:
            entered = member(self.room.name, user, at=5, read_seq=self.room.head_seq)
            self.entries.append(MemberAdded(entered))

    def _member(self) -> str:
        return self.dice.choice(sorted(self.room.members))

    def _root(self) -> int | None:
        roots = [seq for seq, message in self.room.log.items() if message.thread is None]
        roots = sorted({*roots[-3:], *list(self.room.writers)[-2:]})
        return self.dice.choice(roots) if roots else None

    def _mentions(self, sender: str) -> tuple[str, ...]:
        named = self.dice.sample([*PEOPLE, "room"], self.dice.choice([0, 0, 1, 3]))
        return tuple(name for name in named if name != sender)


def batch(name: str, room: RoomModel | None, dice: random.Random) -> Batch:
    """Return a random batch. A few are decided on an older version of the room."""
    seed = dice.random()
    if room is None:
        pair = direct_pair(name)
        made = Room(name, "direct" if pair else "room", "public", name, "", 1)
        entered = [MemberAdded(member(name, user, "owner")) for user in sorted(set(pair or PEOPLE))]
        return attrs.evolve(batch_of(name, RoomCreated(made), *entered), version=0)
    version = room.version
    if version and dice.random() < 0.1:
        version -= 1
    seqs = range(max(room.head_seq - 6, 1), room.head_seq + 1)

    asked = dice.sample(REACTORS, 2)
    reactions = tuple(
        WantedReaction(seq, emoji, user) for seq in seqs for emoji in (UP, HEART) for user in asked
    )

    def decide(found: Prefetched) -> Decision:
        for each in reactions:
            users = room.reactors.get(each.seq, {}).get(each.emoji, [])
            reactors = found.reactors[each.seq, each.emoji]
            assert reactors.first == tuple(users[: 10 + len(asked)])
            assert reactors.users == set(asked).intersection(users)
        for root, known in found.threads.items():
            assert known.thread == room.thread(root)
            assert known.read == {
                user: seq for (user, of), seq in room.followers.items() if of == root
            }
            sender = room.log[root].sender if root in room.log else None
            assert known.owner == (sender if sender in room.members else None)
        assert found.messages == {seq: room.log[seq] for seq in seqs if seq in room.log}
        dice = random.Random(seed)  # noqa: S311
        writing = Writing(room.copy(), dict(found.originals), dice)
        writing.room.now = max(room.now, room.last_timestamp)
        if not room.members or (dice.random() < 0.2 and not direct_pair(name)):
            writing.move()
        else:
            acts: list[Callable[[], None]] = [writing.post] * 4
            acts += [writing.change, writing.change, writing.read, writing.set_level]
            acts += [*[writing.react] * 6, writing.pin, *[writing.follow] * 3]
            for act in dice.choices(acts, k=dice.randint(1, 6)):
                act()
        if dice.random() < 0.1:
            writing.entries.append(NotificationLevelSet("nobody", "all"))  # makes the batch fail
        entries = (*writing.entries, *writing.follows.values())
        return Decision(entries, tuple(writing.outcomes))

    ids = tuple((user, client_id) for user in sorted(room.members) for client_id in CLIENT_IDS)
    return Batch(
        name,
        decide,
        ids,
        tuple(seqs),
        version=version,
        reactions=reactions,
        threads=tuple(WantedThread(seq, PEOPLE) for seq in seqs),
    )


def commit(model: ServerModel, batch: Batch) -> Decision:
    """Commit a batch to the model."""
    log = model.rooms[batch.room].log if batch.room in model.rooms else {}
    found = Prefetched(
        {key: model.receipts[key] for key in batch.client_ids if key in model.receipts},
        {seq: log[seq] for seq in batch.seqs if seq in log},
        reactors={
            (seq, emoji): reactors(model.rooms[batch.room], seq, emoji, batch.reactions)
            for seq, emoji in {(each.seq, each.emoji) for each in batch.reactions}
        },
    )
    if batch.version not in (None, _version(model, batch.room)):
        raise Behind
    decision = batch.decide(found)
    return attrs.evolve(decision, entries=model.commit(batch.room, decision.entries))


def reactors(room: RoomModel, seq: int, emoji: str, wanted: Sequence[WantedReaction]) -> Reactors:
    users = room.reactors.get(seq, {}).get(emoji, [])
    asked = [each.user for each in wanted if (each.seq, each.emoji) == (seq, emoji)]
    return Reactors(tuple(users[: 10 + len(asked)]), frozenset(asked).intersection(users))


def _version(model: ServerModel, room: str) -> int:
    return model.rooms[room].version if room in model.rooms else 0


def uncounted(decision: Decision) -> Decision:
    """Return a decision without ``sent_read``, which the model does not count. The unread counts
    depend on it, so it is tested all the same."""
    entries = [
        attrs.evolve(entry, sent_read=0) if isinstance(entry, ReadCursorMoved) else entry
        for entry in decision.entries
    ]
    return attrs.evolve(decision, entries=tuple(entries))


def compare(model: ServerModel, connection: Connection, name: str, dice: random.Random) -> None:
    room = model.rooms.get(name)
    if room is None:
        assert rooms.room(connection, name) is None
        return
    assert rooms.room(connection, name) == room.room
    people = rooms.people(connection, name, PEOPLE)
    assert {
        user: attrs.evolve(member, sent=0, sent_read=0) for user, member in people.members.items()
    } == room.members
    assert people.banned == {name: ban.sanction for name, ban in room.banned.items()}
    place, limit = dice.randint(0, room.head_seq + 1), dice.choice([1, 2, 5, 200])
    at = room.last_timestamp - TICK_MS * dice.randint(-1, 9)
    places: list[dict[str, Any]] = [{}, {"before": place}, {"after": place}, {"around": place}]
    places.append({"at": at})
    bounds = dice.choice(places)
    user = dice.choice(REACTORS)
    roots = [None, *room.writers, 1]
    bounds |= dice.choice([{}, {"thread": dice.choice(roots)}, {"whole": True}])
    page = log.page(connection, name, limit, Bounds(**bounds), user=user)
    assert page.beside == Beside(
        room.own_reactions(page.messages, user),
        room.quoted(page.messages),
        room.threads_below(page.messages),
    )
    assert PageModel(page.messages, page.more_before, page.more_after) == room.page(limit, **bounds)
    compare_pins(room, connection, limit)
    head = (room.head_seq, room.head_rev, room.first_seq)
    assert (page.head_seq, page.head_rev, page.first_seq) == head
    compare_changes(room, connection, dice.randint(0, room.head_rev), limit)
    by_age = dice.choice([None, room.last_timestamp])
    for keep in (None, 0, 3):
        through = prune.prune_point(connection, name, keep, by_age, limit)
        assert through == min(room.prune_point(keep, by_age), room.first_seq + limit - 1)


def compare_pins(room: RoomModel, connection: Connection, limit: int) -> None:
    found: list[Message] = []
    before: int | None = None
    while True:
        page = log.pins(connection, room.name, before, limit)
        found += page.messages
        if (before := page.next) is None:
            break
    assert found == [room.log[seq] for seq in reversed(room.pins)]


def compare_mentions(model: ServerModel, connection: Connection, dice: random.Random) -> None:
    user, limit = dice.choice(PEOPLE), dice.choice([1, 3, 200])
    found: list[Message] = []
    before: int | None = None
    while True:
        page = mentions.mentions(connection, user, before, limit)
        found += page.messages
        if (before := page.next) is None:
            break
    assert found == model.mentions(user)


def compare_threads(model: ServerModel, connection: Connection, dice: random.Random) -> None:
    user, limit = dice.choice(PEOPLE), dice.choice([1, 3, 200])
    room = dice.choice([None, *ROOMS])
    found: list[FollowedThread] = []
    after: tuple[int, str, int] | None = None
    while True:
        page = thread_log.threads(connection, user, room, after, limit)
        for each in page.threads:
            of = model.rooms[each.followed.room]
            assert each.thread == of.thread(each.followed.root)
            root = of.log.get(each.followed.root)
            assert each.message == (None if root is None else preview(root))
        found += [each.followed for each in page.threads]
        if (after := page.next) is None:
            break
    assert found == [each for each in model.followed(user) if room in (None, each.room)]


def compare_changes(room: RoomModel, connection: Connection, since: int, limit: int) -> None:
    expected, pruned = room.after_rev(since), room.lost_after(since)
    told: list[Message] = []
    while True:
        changes = log.changes(connection, room.name, since, limit, user=REACTORS[0])
        own = room.own_reactions(changes.messages, REACTORS[0])
        below = room.threads_below(changes.messages)
        assert changes.beside == Beside(own, room.quoted(changes.messages), below)
        assert changes.pruned == pruned
        assert len(changes.messages) <= limit
        assert all(since < message.rev <= changes.next_rev for message in changes.messages)
        told += changes.messages
        if changes.pruned or changes.next_rev == room.head_rev:
            break
        assert changes.messages
        since = changes.next_rev
    assert told == ([] if pruned else expected)


def count(connection: Connection, name: str, dice: random.Random) -> list[CountedAhead]:
    room = rooms.room(connection, name)
    head = 0 if room is None else room.head_seq
    return [
        counted
        for user in PEOPLE
        for counted in count_ahead(
            connection,
            name,
            user,
            [max(head - dice.randint(-1, 6), 0), *dice.sample(range(head + 1), 1)],
        )
    ]


@pytest.mark.usefixtures("small_spans")
def test_store_matches_the_model(tmp_path: Path, dice: random.Random) -> None:
    connection, mark, incarnation = open_database(tmp_path)
    with closing(connection), closing(mark):
        match_the_model(connection, partial(write_group, connection, mark), incarnation, dice)
    assert faults(tmp_path) == []


@pytest.mark.usefixtures("small_spans")
@pytest.mark.parametrize("seed", range(2))
def test_postgresql_matches_the_model(empty_database: str, seed: int) -> None:
    opened = postgres.open_database(empty_database, readers=0)
    commits = Commits(
        opened.writing,
        postgres.take,
        opened.node,
        opened.incarnation,
        restarted=lambda _: None,
        others=lambda: (1,),
    )
    dice = random.Random(seed)  # noqa: S311
    with ExitStack() as stack:
        for each in (opened.writing, opened.beating, opened.telling, opened.listening):
            stack.callback(each.close)
        match_the_model(opened.writing, commits.write_group, opened.incarnation, dice)
        assert list(wrong_rooms(opened.writing)) == []


def match_the_model(
    connection: Connection,
    write_group: Callable[[Sequence[Job]], list[Outcome]],
    incarnation: Incarnation,
    dice: random.Random,
) -> None:
    """Write groups, and compare all that is read after each."""
    model = ServerModel()
    failed = behind = 0
    ahead: dict[str, list[CountedAhead]] = {}
    for _ in range(GROUPS):
        batches = []
        for name in dice.sample(ROOMS, dice.randint(1, len(ROOMS))):
            room = model.rooms.get(name)
            batches.append(batch(name, room, dice))
        if room is not None and dice.random() < 0.2 and room.head_seq >= room.first_seq:
            # Not in a group, whose lookups all happen before the pruning.
            batches = [batch_of(name, MessagesPruned(dice.randint(room.first_seq, room.head_seq)))]
        for each in batches:
            if dice.random() < 0.7:  # otherwise use counts made some groups ago
                ahead[each.room] = count(connection, each.room, dice)
        jobs = [
            Job(
                partial(decide_and_write, each, incarnation.number, ahead.get(each.room, [])),
                each,
            )
            for each in batches
        ]
        for each, outcome in zip(batches, write_group(jobs), strict=True):
            try:
                assert commit(model, each) == uncounted(outcome)
            except LookupError:
                assert isinstance(outcome, Failed)
                failed += 1
            except Behind:
                assert isinstance(outcome, Failed)
                assert isinstance(outcome.error, Behind)
                behind += 1
        for user in PEOPLE:
            entries = inbox.inbox(connection, user)
            assert entries == model.inbox(user)
            for entry in entries:
                threads = model.rooms[entry.room].all_followed(user)
                assert set(entry.threads) == set(threads)
                assert inbox.inbox(connection, user, entry.room) == [entry]
        for name in ROOMS:
            compare(model, connection, name, dice)
        compare_mentions(model, connection, dice)
        compare_threads(model, connection, dice)
    assert failed
    assert behind
