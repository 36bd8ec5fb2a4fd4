import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import trio

from chatroom.search.documents import document
from chatroom.store.sqlite import search_integrity

from . import settings
from .recording import Recording, record


@pytest.fixture(scope="package")
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The directory of the recording that the tests share. It is kept if a test fails."""
    if settings.RECORD is not None:
        yield Path(settings.RECORD)
        return
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers
    directory, users = shared / "recording", shared / "recording-users"

    async def run() -> None:
        await record(directory, seed=settings.SEED, messages=settings.MESSAGES)

    with locked(users):
        if not directory.exists():
            directory.mkdir()
            trio.run(run)
        (users / str(os.getpid())).touch()
    yield directory
    with locked(users):
        if not request.session.testsfailed:
            (users / str(os.getpid())).unlink()
        if not list(users.glob("[0-9]*")):
            shutil.rmtree(directory)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    directory.mkdir(exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="package", autouse=True)
def documents() -> Iterator[None]:
    """The same messages are checked at each point: what the index has of them is computed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_integrity, "document", cache(document))
        yield


@pytest.fixture(scope="package")
def whole(recorded: Path) -> Recording:
    return Recording.read(recorded)


@pytest.fixture
def recording(whole: Recording, recorded: Path) -> Recording:
    """The recording. Prints how to repeat it, which pytest shows if the test fails."""
    print(  # noqa: T201
        f"POWER_SEED={settings.SEED} POWER_POINTS={settings.POINTS} POWER_RECORD={recorded}"
    )
    return whole


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A directory for laying out files, in memory if possible, since they need not last."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)
