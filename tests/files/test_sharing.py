"""A directory of files that is named, and several servers may share."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from chatroom.errors import StartError
from chatroom.files.sharing import MARK, check_directory

from ..memory_store import MemoryStore


class KilledError(BaseException):
    pass


class Interrupted(MemoryStore):
    """:ivar before, after: called once, before and after an id is written."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], Awaitable[None]] | None = None
        self.after: Callable[[], Awaitable[None]] | None = None

    async def claim_files_directory(self, directory: str) -> bool:
        before, self.before = self.before, None
        if before is not None:
            await before()
        claimed = await super().claim_files_directory(directory)
        after, self.after = self.after, None
        if after is not None:
            await after()
        return claimed


async def kill() -> None:
    raise KilledError


@pytest.fixture
async def store() -> Interrupted:
    return Interrupted()


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


async def assert_shared(store: MemoryStore, directory: Path) -> None:
    """Assert that the directory is that of the database, and has nothing that is not needed."""
    await check_directory(store, directory)
    assert contents(directory) == {MARK: f"{await store.files_directory()}\n"}


async def test_the_first_server_marks_the_directory_and_the_others_find_it(
    store: MemoryStore, tmp_path: Path
) -> None:
    shared = tmp_path / "mounts" / "shared"
    await check_directory(store, shared)
    mark = (shared / MARK).read_text()
    await assert_shared(store, shared)
    assert (shared / MARK).read_text() == mark


@pytest.mark.parametrize("at", ["before", "after"])
async def test_a_server_goes_on_after_one_that_was_killed_when_it_wrote_the_id(
    store: Interrupted, tmp_path: Path, at: str
) -> None:
    setattr(store, at, kill)
    with pytest.raises(KilledError):
        await check_directory(store, tmp_path)
    assert not (tmp_path / MARK).exists()
    await assert_shared(store, tmp_path)


@pytest.mark.parametrize("at", ["before", "after"])
async def test_of_two_servers_that_are_first_both_find_the_mark(
    store: Interrupted, tmp_path: Path, at: str
) -> None:
    setattr(store, at, partial(check_directory, store, tmp_path))
    await check_directory(store, tmp_path)
    await assert_shared(store, tmp_path)


async def test_of_two_databases_that_are_first_one_is_refused(
    store: Interrupted, tmp_path: Path
) -> None:
    other = MemoryStore()
    store.before = partial(check_directory, other, tmp_path)
    with pytest.raises(StartError, match="has the files of another database"):
        await check_directory(store, tmp_path)
    await assert_shared(other, tmp_path)


async def test_a_pending_mark_of_another_database_is_no_mark(
    store: MemoryStore, tmp_path: Path
) -> None:
    await check_directory(store, tmp_path / "shared")
    other = tmp_path / "other"
    interrupted = Interrupted()
    interrupted.after = kill
    with pytest.raises(KilledError):
        await check_directory(interrupted, other)
    with pytest.raises(StartError, match="is not the directory of files that other"):
        await check_directory(store, other)
    await assert_shared(interrupted, other)


async def test_a_directory_that_is_not_mounted_is_refused_until_it_has_the_mark(
    store: MemoryStore, tmp_path: Path
) -> None:
    await check_directory(store, tmp_path / "shared")
    other = tmp_path / "other"
    with pytest.raises(StartError, match="is not the directory of files that other") as refused:
        await check_directory(store, other)
    known = await store.files_directory()
    assert f"write {known} to {other / MARK}" in str(refused.value)
    assert list(other.iterdir()) == []
    (other / MARK).write_text(f"{known}\n")
    await check_directory(store, other)


async def test_the_directory_of_another_database_is_refused(
    store: MemoryStore, tmp_path: Path
) -> None:
    (tmp_path / MARK).write_text("another\n")
    with pytest.raises(StartError, match="has the files of another database"):
        await check_directory(store, tmp_path)
    assert await store.files_directory() is None


async def test_a_server_without_the_directory_of_the_others_is_refused(
    store: MemoryStore, tmp_path: Path
) -> None:
    await check_directory(store, None)
    await check_directory(store, tmp_path)
    with pytest.raises(StartError, match="name it with --files-directory"):
        await check_directory(store, None)


async def test_a_directory_that_cannot_be_used_is_refused(
    store: MemoryStore, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"files cannot be kept in .*: "):
        await check_directory(store, tmp_path / "file")
    assert await store.files_directory() is None
