"""Database files that are reopened."""

from pathlib import Path

from chatroom.model import Account, Token
from chatroom.store.sqlite import SqliteStore

from .room_log import StoredRoom, copy_files, marked, names, opened, rooms


async def test_reopened_store_has_all_data(tmp_path: Path) -> None:
    async with opened(tmp_path) as first:
        talk = StoredRoom(first)
        await talk.make("alice", "bob")
        await talk.talk("alice", 5)
        await talk.edit(2, "edited", ("bob",))
        await talk.prune(1)
        await talk.read("bob", 2)
        alice = Account("alice", "Alice", "hash", 1)
        token = Token(b"digest", "alice", 1, 2, "id")
        await first.add_accounts([alice])
        await first.add_tokens([token])
        before = await first.inbox("bob"), await first.room("lobby")
    assert names(tmp_path) == ["chatroom.db", "chatroom.mark"]
    async with opened(tmp_path) as again:
        assert again._mark.reached.data_set == first._mark.reached.data_set
        assert (await again.inbox("bob"), await again.room("lobby")) == before
        assert list((await again.page("lobby", 9)).messages) == talk.messages()
        assert list((await again.changes("lobby", 1, 9)).messages) == talk.after_rev(1)
        assert await again.token(b"digest") == (token, alice)


async def test_opening_after_a_kill_checkpoints_the_wal(store: SqliteStore, tmp_path: Path) -> None:
    (talk,) = await rooms(store, 1)
    await talk.post("alice")
    copy = tmp_path / "copy"
    copy_files(tmp_path, copy)
    assert (copy / "chatroom.db-wal").stat().st_size
    async with opened(copy) as again:
        assert (copy / "chatroom.db-wal").stat().st_size == 0
        assert list((await again.page("room-0", 9)).messages) == talk.messages()


def test_each_data_set_has_its_own_id(tmp_path: Path) -> None:
    for name in ("one", "two"):
        SqliteStore.open(tmp_path / name).close()
    assert marked(tmp_path / "one").data_set != marked(tmp_path / "two").data_set
