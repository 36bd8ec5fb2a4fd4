"""A file is on disk with its name before an upload is complete, so before a message has it."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from chatroom.files import disk
from chatroom.files.disk import Disk, blob_path

from ..session.node_harness import World
from .conftest import on_disk, partial_in
from .tus import Sender

CONTENT = b"to be kept"


async def test_a_file_and_its_directory_are_synced_before_an_upload_is_complete(
    world: World, alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace, finish = os.fsync, Path.replace, type(world.store).finish_upload

    def synced(file: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{file}")).relative_to(root.parent)
        steps.append(f"sync {path.parts[1] if len(path.parts) > 1 else path}/{len(path.parts)}")
        fsync(file)

    def replaced(self: Path, target: Path) -> Path:
        steps.append("name the blob")
        return replace(self, target)

    async def finished(self: Any, *args: Any) -> bool:
        steps.append("complete")
        return await finish(self, *args)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(type(world.store), "finish_upload", finished)
    await alice.upload(CONTENT)
    # Directories are synced when something is made in them; a blob is four levels down.
    last = steps[-4:]
    assert last == ["sync partial/4", "name the blob", "sync blobs/3", "complete"]
    assert {"sync chatroom.files/1", "sync blobs/2"} <= set(steps[:-4])
    assert any(path.read_bytes() == CONTENT for path in (root / "blobs").glob("*/*"))


async def test_directories_that_are_there_are_synced_once_since_the_start(
    world: World, alice: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was killed before may have made them without syncing them."""
    blob = blob_path(root, hashlib.sha256(CONTENT).hexdigest())
    blob.parent.mkdir(parents=True)
    partial_in(root).mkdir(parents=True)
    synced: list[Path] = []
    fsync = os.fsync

    def sync(file: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{file}")))
        fsync(file)

    monkeypatch.setattr(os, "fsync", sync)
    await alice.upload(CONTENT)
    directories = [path for path in synced if path.is_dir()]
    assert directories == [root.parent, root, root / "blobs", blob.parent]
    synced.clear()
    await alice.upload(CONTENT)
    assert [path for path in synced if path.is_dir()] == [blob.parent]


async def test_what_arrived_before_the_machine_was_restarted_is_not_used(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not synced. The file may be as long as it was, and have gaps."""
    await Disk(root).append("upload", 0, CONTENT)
    assert await Disk(root).received("upload") == len(CONTENT)
    monkeypatch.setattr(disk, "boot_id", lambda: "another")
    restarted = Disk(root)
    assert await restarted.received("upload") == 0
    await restarted.append("upload", 0, CONTENT[:3])
    await restarted.discard_earlier()
    assert on_disk(root) == {"partial/another/upload": 3}


async def test_what_arrived_at_two_machines_is_discarded(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share the directory, and the upload went on at the other one."""
    root.parent.mkdir(exist_ok=True)
    await Disk(root).append("upload", 0, CONTENT)
    monkeypatch.setattr(disk, "boot_id", lambda: "another")
    other = Disk(root)
    await other.append("upload", 0, CONTENT)
    await other.discard("upload")
    assert on_disk(root) == {}
