"""A directory of files that servers on several machines share: whether this is the right one.

It has a mark with an id, which the database has too. The server that is first with such a directory
makes both. So a directory that is not mounted, and that of another database, are refused.

The first server writes the id into a pending mark, then into the database, and then makes the
pending mark the mark. If it is killed on the way, the next server goes on: with a new id if the
database has none, else with the pending mark that has the id of the database.
"""

import os
import secrets
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import trio

from ..errors import StartError
from ..store.files import FileStore
from .disk import make_directory, sync

MARK: Final = "chatroom.id"
"""The file in the directory that has its id. A pending mark has the id in its name too."""


async def check_directory(store: FileStore, directory: Path | None) -> None:
    """Check that the directory can be used, and is that of the database.

    :param directory: None: the directory is in the data directory of this server.
    :raises StartError: it is not, or this server should have one.
    """
    if directory is None:
        if await store.files_directory() is not None:
            raise StartError(
                "the files of this database are in a directory that all its servers share: name it"
                " with --files-directory"
            )
        return
    try:
        found = await trio.to_thread.run_sync(_tried, directory)
        known = await store.files_directory()  # after that, since a mark comes after its id here
        if known is None and found is None:
            made = secrets.token_hex(16)
            await trio.to_thread.run_sync(_write_pending, directory, made)
            await store.claim_files_directory(made)  # another server may have been faster
            known = await store.files_directory()
        if known is not None:
            found = await trio.to_thread.run_sync(_marked, directory, known)
    except OSError as error:
        raise StartError(f"files cannot be kept in {directory}: {error.strerror}") from error
    if known is None or found != known:
        raise StartError(_refusal(directory, found, known))


def _refusal(directory: Path, found: str | None, known: str | None) -> str:
    if found is not None:
        return f"{directory} has the files of another database: see {directory / MARK}"
    return (
        f"{directory} is not the directory of files that other servers of this database use: mount"
        f" that. If it has all their files, write {known} to {directory / MARK}"
    )


def _tried(directory: Path) -> str | None:
    """Make the directory if it is not there, and try all that files need. Return its id; None if
    it has none.

    :raises OSError: something does not work.
    """
    make_directory(directory)
    trial = directory / f"trial-{secrets.token_hex(8)}"
    link = trial.with_suffix(".link")
    try:
        trial.touch(mode=0o600)
        link.hardlink_to(trial)
        sync(trial)
        sync(directory)
    finally:
        for path in (trial, link):
            path.unlink(missing_ok=True)
    return _id(directory)


def _id(directory: Path) -> str | None:
    with suppress(FileNotFoundError):
        return (directory / MARK).read_text().strip()
    return None


def _pending(directory: Path, made: str) -> Path:
    return directory / f"{MARK}.{made}"


def _write_pending(directory: Path, made: str) -> None:
    path = _pending(directory, made)
    with open(path, "w", opener=partial(os.open, mode=0o600)) as file:
        file.write(f"{made}\n")
    sync(path)
    sync(directory)


def _marked(directory: Path, known: str) -> str | None:
    """Make the pending mark with the id of the database the mark, if there is no mark. Return the
    id that the directory has then. If it is that one, no pending mark is needed any more.
    """
    with suppress(FileNotFoundError, FileExistsError):
        (directory / MARK).hardlink_to(_pending(directory, known))
    found = _id(directory)
    if found == known and (pending := [*directory.glob(f"{MARK}.*")]):
        sync(directory)
        for path in pending:
            path.unlink(missing_ok=True)
    return found
