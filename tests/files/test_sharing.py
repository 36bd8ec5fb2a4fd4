"""A directory of files that is named, and several servers may share."""

from pathlib import Path

import pytest

from chatroom.errors import StartError
from chatroom.files.sharing import MARK, check_directory

from ..memory_store import MemoryStore


async def test_the_first_server_marks_the_directory_and_the_others_find_it(
    store: MemoryStore, tmp_path: Path
) -> None:
    shared = tmp_path / "mounts" / "shared"
    await check_directory(store, shared)
    mark = (shared / MARK).read_text()
    await check_directory(store, shared)
    assert [path.name for path in shared.iterdir()] == [MARK]
    assert (shared / MARK).read_text() == mark


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
