"""Files that nobody has any more, and kills and equal uploads between any two steps."""

import os
from pathlib import Path
from typing import Any

import pytest
import trio

from chatroom.files import uploads as uploading
from chatroom.files.disk import Disk, hold

from ..session.node_harness import World
from .conftest import Hours, on_disk, partial_in
from .tus import Sender, links, send_file

HELLO = b"hello, world\n"


async def clean(world: World, hours: Hours, *, after: float = 0) -> None:
    hours.pass_(after)
    await world.node.janitor.clean()


async def test_a_file_goes_an_hour_after_its_last_reference(
    world: World, alice: Sender, hours: Hours, root: Path
) -> None:
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        for _ in range(2):
            await send_file(session, "general", await alice.upload(HELLO))
        await session.call("deleteMessage", room="general", seq=1)
        await clean(world, hours)
        await clean(world, hours, after=99)
        assert len(on_disk(root)) == 1
        await session.call("deleteMessage", room="general", seq=2)
    await clean(world, hours)
    await clean(world, hours, after=1)
    assert len(on_disk(root)) == 1
    await clean(world, hours, after=0.001)
    assert on_disk(root) == {}


async def test_an_upload_in_no_message_goes_after_a_day(
    world: World, alice: Sender, hours: Hours, root: Path
) -> None:
    await alice.upload(HELLO)
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]
    await clean(world, hours, after=24)
    assert await alice.offset(path) == 5
    await clean(world, hours, after=0.001)
    assert (await alice.request("HEAD", path)).status == 404
    assert len(on_disk(root)) == 1
    await clean(world, hours, after=1.001)
    assert on_disk(root) == {}


async def test_what_a_kill_left_is_swept_at_the_start(
    world: World, alice: Sender, hours: Hours, root: Path
) -> None:
    """Killed after an upload was complete, and before its own copy was deleted."""
    done = await alice.upload(HELLO)
    path = (await alice.create(len(HELLO), body=HELLO[:5])).headers["location"]
    for name in (done, "0" * 32):
        (partial_in(root) / name).write_bytes(HELLO)
        (root / "pictures" / name).mkdir(parents=True)
        (root / "pictures" / name / "small").write_bytes(b"x")
    await clean(world, hours)
    assert sum(name.startswith("partial/") for name in on_disk(root)) == 1
    assert not any(name.startswith("pictures/") for name in on_disk(root))
    assert await alice.offset(path) == 5


async def test_nothing_is_deleted_while_a_backup_runs(
    world: World, alice: Sender, hours: Hours, root: Path
) -> None:
    await alice.upload(HELLO)
    await clean(world, hours, after=25)
    held = hold(root)
    try:
        await clean(world, hours, after=25)
        assert len(on_disk(root)) == 1
    finally:
        os.close(held)
    await clean(world, hours)
    assert on_disk(root) == {}


# ---- races: an equal file arrives at each step of the deletion


@pytest.fixture
async def unused(world: World, alice: Sender, hours: Hours) -> None:
    """A blob that the next cleaning deletes."""
    upload = await alice.upload(HELLO)
    await world.store.remove_upload(upload)
    await clean(world, hours)
    hours.pass_(2)


@pytest.mark.parametrize("step", ["doom_blobs", "delete_blobs", "forget_blobs"])
@pytest.mark.parametrize("killed", [False, True], ids=["goes on", "killed"])
async def test_an_equal_upload_races_with_the_deletion(
    world: World,
    alice: Sender,
    hours: Hours,
    unused: None,
    step: str,
    killed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The deletion stops after a step; the upload comes; the deletion goes on, or begins anew
    after a kill. The file of the new upload stays."""
    monkeypatch.setattr(uploading, "RETRY_S", 0.01)
    stopped, go_on = trio.Event(), trio.Event()
    target: Any = world.node.disk if step == "delete_blobs" else world.store
    real = getattr(target, step)

    async def stop(*args: Any) -> Any:
        result = await real(*args)
        if not stopped.is_set():
            stopped.set()
            await go_on.wait()
        return result

    monkeypatch.setattr(type(target), step, lambda _, *args: stop(*args))
    claimed, claim_blobs = trio.Event(), world.store.claim_blobs

    async def claim(*args: Any) -> bool:
        done = await claim_blobs(*args)
        claimed.set()
        return done

    monkeypatch.setattr(type(world.store), "claim_blobs", lambda _, *args: claim(*args))
    got: list[str] = []

    async def upload() -> None:
        got.append(await alice.upload(HELLO))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.node.janitor.clean)
        with trio.fail_after(5):
            await stopped.wait()
        if killed:
            nursery.cancel_scope.cancel()
        else:
            nursery.start_soon(upload)
            await claimed.wait()
            go_on.set()
    if killed:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(upload)
            await claimed.wait()
            await clean(world, hours)
    async with world.session("alice") as session:
        await session.call("joinRoom", room="general")
        message = await send_file(session, "general", *got)
        for _ in range(2):
            await clean(world, hours, after=2)
        assert (await alice.get((await links(session, message))["url"])).body == HELLO


async def test_a_blob_that_goes_while_an_upload_is_finished_is_written_anew(
    world: World, alice: Sender, hours: Hours, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grace ends between the claim and the reference."""
    monkeypatch.setattr(uploading, "RETRY_S", 0.01)
    real, placed = Disk.place, 0

    async def place(self: Disk, source: Path, digest: str) -> None:
        nonlocal placed
        placed += 1
        await real(self, source, digest)
        if placed == 1:
            await clean(world, hours, after=2)

    monkeypatch.setattr(Disk, "place", place)
    await alice.upload(HELLO)
    assert placed == 2
    assert list(on_disk(root).values()) == [len(HELLO)]
