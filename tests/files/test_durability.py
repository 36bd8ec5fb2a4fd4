"""A file is on disk with its name before an upload is complete, so before a message has it."""

import os
from pathlib import Path
from typing import Any

import pytest

from ..session.node_harness import World
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
    assert last == ["sync partial/3", "name the blob", "sync blobs/3", "complete"]
    assert {"sync chatroom.files/1", "sync blobs/2"} <= set(steps[:-4])
    assert any(path.read_bytes() == CONTENT for path in (root / "blobs").glob("*/*"))
