"""Random histories of files on a sound node, and on nodes with planted bugs, which they find."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatroom.files.janitor import Janitor
from chatroom.files.links import Link, Links
from chatroom.room.draft import Draft
from chatroom.store.sql import files, messages

from ..session.node_harness import World
from .conftest import Hours
from .histories import PEOPLE, FileHistory

Plant = Callable[[pytest.MonkeyPatch, World], None]


async def wrong_in(world: World, hours: Hours, root: Path, seed: int) -> list[str]:
    async with world.sessions(*PEOPLE) as people:
        clients = dict(zip(PEOPLE, people, strict=True))
        dice = random.Random(seed)  # noqa: S311 - the same each time
        history = FileHistory(world, hours, root, clients, dice)
        await history.run()
    return history.wrong


@pytest.mark.parametrize("seed", range(3))
async def test_a_sound_node(world: World, hours: Hours, root: Path, seed: int) -> None:
    assert await wrong_in(world, hours, root, seed) == []


def reads_after_leaving(monkeypatch: pytest.MonkeyPatch, _: World) -> None:
    """Membership is checked only when a link is given."""
    real = files.readable_file

    def readable(connection: Any, upload: str, part: Any, log_in: str, *more: Any) -> Any:
        found = connection.execute(
            """
            SELECT t.id FROM uploads AS u JOIN members AS m ON m.room = u.room
            JOIN tokens AS t ON t.user = m.user WHERE u.id = ?
            """,
            (upload,),
        ).fetchone()
        return real(connection, upload, part, log_in if found is None else found[0], *more)

    monkeypatch.setattr(files, "readable_file", readable)


def keeps_files_of_deleted_messages(monkeypatch: pytest.MonkeyPatch, _: World) -> None:
    monkeypatch.setattr(messages, "detach", lambda *_: None)


def gives_what_belongs_to_others(monkeypatch: pytest.MonkeyPatch, _: World) -> None:
    def attachments(self: Draft, user: str, uploads: Any) -> Any:
        found = [self._found.uploads.get(each) for each in uploads]
        return tuple(own.attachment for own in found if own is not None)

    monkeypatch.setattr(Draft, "attachments", attachments)


def counts_no_references(_: pytest.MonkeyPatch, world: World) -> None:
    world.store._connection.execute("DROP TRIGGER part_added")


def forgets_no_reference(_: pytest.MonkeyPatch, world: World) -> None:
    world.store._connection.execute("DROP TRIGGER part_removed")


def keeps_what_was_given_back(monkeypatch: pytest.MonkeyPatch, _: World) -> None:
    async def nothing(_: Janitor) -> None:
        pass

    monkeypatch.setattr(Janitor, "_delete_blobs", nothing)


def signs_no_names(monkeypatch: pytest.MonkeyPatch, _: World) -> None:
    real = Links._signature
    nameless: Callable[[Links, Link], str] = lambda self, link: real(  # noqa: E731
        self, Link(link.upload, link.part, "", link.until)
    )
    monkeypatch.setattr(Links, "_signature", nameless)


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (reads_after_leaving, "reads a file of"),
        (keeps_files_of_deleted_messages, "reads a file of"),
        (gives_what_belongs_to_others, "a send by"),
        (counts_no_references, "the files on disk"),
        (forgets_no_reference, "references are not as counted"),
        (keeps_what_was_given_back, "the files on disk"),
        (signs_no_names, "a link of another person"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_a_planted_bug_is_found(
    world: World,
    hours: Hours,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    found: str,
) -> None:
    plant(monkeypatch, world)
    wrong = await wrong_in(world, hours, root, 1)
    assert any(found in each for each in wrong), wrong
