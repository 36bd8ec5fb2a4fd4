import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

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
    directory = tmp_path_factory.mktemp("recording")

    async def run() -> None:
        await record(directory, seed=settings.SEED, messages=settings.MESSAGES)

    trio.run(run)
    yield directory
    if not request.session.testsfailed:
        shutil.rmtree(directory)


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
