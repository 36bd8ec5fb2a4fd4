"""The integrity check: redundant data must agree with the log (I4)."""

from pathlib import Path
from typing import Final

import pytest
import trio

from chatroom.store.events import NotificationLevelSet, RoleChanged, ThreadFollowed
from chatroom.store.sqlite.integrity import faults

from .room_log import StoredRoom, connected, direct, opened
from .test_search import index

HARMS: Final = (
    ("DELETE FROM messages WHERE room = 'lobby' AND seq = 16", "its seqs have a gap"),
    ("UPDATE rooms SET first_seq = 9 WHERE name = 'lobby'", "its seqs have a gap"),
    ("UPDATE rooms SET head_seq = 4 WHERE name = 'empty'", "its seqs have a gap"),
    ("UPDATE rooms SET head_rev = head_rev + 1 WHERE name = 'lobby'", "add up to its revision"),
    ("UPDATE messages SET changed_rev = NULL WHERE seq = 11", "does not match its last change"),
    ("DELETE FROM changes WHERE seq = 12", "does not match its last change"),
    ("UPDATE messages SET changed_rev = 99 WHERE seq = 15", "does not match its last change"),
    ("DELETE FROM deletions WHERE seq = 13", "deletions do not match"),
    ("UPDATE deletions SET sender = 'carol' WHERE seq = 13", "deletions do not match"),
    ("UPDATE messages SET deleted = FALSE WHERE seq = 14", "deletions do not match"),
    ("DELETE FROM mentions WHERE user = 'room' AND seq = 15", "mentions do not match"),
    ("INSERT INTO mentions VALUES ('lobby', 'bob', 16, 'bob', NULL)", "mentions do not match"),
    ("DELETE FROM pins WHERE seq = 15", "pins do not match"),
    ("UPDATE messages SET pinned_by = NULL WHERE seq = 15", "pins do not match"),
    ("UPDATE messages SET pinned_by = 'bob' WHERE seq = 16", "pins do not match"),
    ("DELETE FROM reactions WHERE seq = 15", "reactions do not match"),
    ("UPDATE reactions SET user = user || 'x' WHERE seq = 12", "reactions do not match"),
    ("UPDATE messages SET reactions = NULL WHERE seq = 12", "reactions do not match"),
    ("INSERT INTO reactions VALUES ('lobby', 14, 'x', 40, 'bob')", "reactions do not match"),
    ("UPDATE room_incarnations SET first_rev = 99 WHERE room = 'lobby'", "incarnations do not"),
    ("UPDATE rooms SET members = 1 WHERE name = 'empty'", "count of members is wrong"),
    ("DELETE FROM members WHERE room = 'lobby' AND user = 'carol'", "count of members is"),
    ("UPDATE members SET read_seq = 23 WHERE user = 'bob'", "read cursor is past"),
    ("UPDATE members SET sent = sent + 1 WHERE user = 'bob'", "count of sent messages is"),
    ("UPDATE thread_messages SET place = 9 WHERE seq = 5", "threads do not match its messages"),
    ("UPDATE thread_messages SET number = 9 WHERE seq = 7", "threads do not match its"),
    ("UPDATE thread_messages SET own = own + 1 WHERE seq = 7", "threads do not match its"),
    ("DELETE FROM thread_messages WHERE seq = 6", "threads do not match its messages"),
    ("UPDATE threads SET count = count + 1", "summary of a thread is wrong"),
    ("DELETE FROM threads", "summary of a thread is wrong"),
    ("UPDATE rooms SET threaded = threaded + 1 WHERE name = 'hall'", "in threads is wrong"),
    ("UPDATE rooms SET pruned_threaded = 0 WHERE name = 'hall'", "in threads is wrong"),
    ("UPDATE rooms SET last_main_seq = 4 WHERE name = 'hall'", "of the main log is wrong"),
    ("UPDATE deletions SET thread = NULL WHERE seq = 6", "deletions do not match"),
    ("INSERT INTO followers VALUES ('dave', 'hall', 3, 0)", "follows a thread who is no"),
    ("DELETE FROM search_documents WHERE seq = 16", "search index does not match its"),
    (
        "INSERT INTO search_documents VALUES (1, 'lobby', 9, ' gone ')",
        "search index does not match its",
    ),
    ("UPDATE messages SET sender = 'carol' WHERE seq = 16", "search index does not match its"),
    (
        "UPDATE members SET read_seq = 15, sent_read = 0 WHERE user = 'alice'",
        "of sent messages",
    ),
)
"""Statements that make the database wrong, and what is found."""


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with all kinds of data."""
    directory = tmp_path_factory.mktemp("lived_in")
    trio.run(live, directory)
    return (directory / "chatroom.db").read_bytes()


async def live(directory: Path) -> None:
    async with opened(directory) as store:
        talk = StoredRoom(store)
        await talk.make("alice", "bob", "carol")
        for number in range(10):
            await talk.post("alice", f"text {number}", f"c-{number}", ("bob", "room"))
            await talk.post("bob", mentions=("alice", "alice", "carol"))
        for seq in (2, 3, 11, 12):
            await talk.edit(seq, "edited", ("carol",))
        for seq in (3, 12, 14, 15):
            for user in ("alice", "bob"):
                await talk.react(user, seq)
        await talk.react("alice", 15)
        for seq in (5, 13, 15, 16):
            await talk.pin(seq, "alice")
        await talk.pin(16, None)
        for seq in (3, 4, 13, 14):
            await talk.delete(seq)
        await talk.read("bob", 7)
        await talk.read("alice", 13)
        await talk.prune(9)
        await talk.leave("carol")
        await talk.post("bob")
        await talk.enter("carol")
        await talk.commit(RoleChanged("carol", "moderator"), NotificationLevelSet("bob", "none"))
        await talk.commit(talk.posting("carol"), talk.changing(21, "edited"))
        empty = StoredRoom(store, "empty")
        await empty.make("alice")
        await empty.talk("alice", 3)
        await empty.delete(2)
        await empty.prune(3)
        await empty.leave("alice")
        notes = direct(store, "carol", "carol")
        await notes.make("carol")
        await notes.talk("carol", 2)
        hall = StoredRoom(store, "hall")
        await hall.make("alice", "bob")
        for sender, thread in (("alice", None), ("bob", 1), ("alice", None), ("bob", 3)):
            await hall.post(sender, thread=thread)
        await hall.prune(2)
        for sender in ("alice", "bob", "bob"):
            await hall.post(sender, mentions=("alice", "room"), thread=3)
        await hall.commit_and_apply(ThreadFollowed("alice", 3, 4), ThreadFollowed("bob", 3, 5))
        await hall.delete(6)
        await index(store, "lobby", "empty", "hall")


@pytest.fixture
def data(lived_in: bytes, tmp_path: Path) -> Path:
    (tmp_path / "chatroom.db").write_bytes(lived_in)
    return tmp_path


def test_sound_database_has_no_faults(data: Path) -> None:
    assert faults(data) == []


@pytest.mark.parametrize(("harm", "found"), HARMS)
def test_each_inconsistency_is_found(data: Path, harm: str, found: str) -> None:
    with connected(data) as connection:
        assert connection.execute(harm).rowcount > 0
    lines = faults(data)
    assert any(found in line for line in lines), lines
    assert all(line.startswith("room ") for line in lines)


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("INSERT INTO invitation_uses VALUES ('i', 'carol', 2, 1, 1)", "invitation's uses are not"),
        ("UPDATE invitation_uses SET place = 2", "invitation's uses are not"),
        ("UPDATE invitations SET uses = 2", "invitation's uses are not"),
        ("DELETE FROM invitations", "invitation's uses are not"),
        ("UPDATE invitations SET max_uses = 0", "invitation's uses are not"),
        ("INSERT INTO push_notifications VALUES (7, 'lobby', 20)", "waits for no endpoint"),
        ("INSERT INTO push_notifications VALUES (7, 'unknown', 1)", "does not exist but has rows"),
        ("INSERT INTO mutes VALUES ('unknown', 'bob', 'alice', 1, 2, '')", "exist but has rows"),
    ],
)
def test_wrong_invitations_and_notifications_are_found(data: Path, harm: str, found: str) -> None:
    with connected(data) as connection:
        connection.execute(
            """
            INSERT INTO invitations (id, digest, created_at, max_uses, uses, server, role)
            VALUES ('i', x'00', 1, 2, 1, 1, 'member')
            """
        )
        connection.execute("INSERT INTO invitation_uses VALUES ('i', 'bob', 1, 1, 0)")
    assert faults(data) == []
    with connected(data) as connection:
        assert connection.execute(harm).rowcount > 0
    lines = faults(data)
    assert any(found in line for line in lines), lines


def test_a_wrong_entry_of_the_search_is_found(data: Path) -> None:
    with connected(data) as connection:
        (text,) = connection.execute(
            "SELECT document FROM search_documents WHERE seq = 16"
        ).fetchone()
        connection.execute(
            "UPDATE search_documents SET document = :text || 'more ' WHERE seq = 16", {"text": text}
        )
    assert any("search index does not match its documents" in line for line in faults(data))
