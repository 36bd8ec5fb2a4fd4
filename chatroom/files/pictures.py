"""Pictures, made in a process of their own by :mod:`.picture_process`.

A decoder of pictures is a large piece of C that reads what strangers send. It runs with limits of
memory, time and size, and a picture with which it fails is kept as a file like any other.
"""

import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import orjson
import trio

from ..errors import Refused
from ..model import Part
from .disk import Disk, make_directory

MAX_PROCESSES: Final = 2
TIMEOUT_S: Final = 20
COMMAND: Final = "picture"
"""The hidden command of the command line that runs :mod:`.picture_process`."""

logger = logging.getLogger(__name__)


@attrs.frozen
class MadePart:
    """A file that was made of a picture. ``width`` and ``height`` are in pixels."""

    part: Part
    path: Path
    type: str
    size: int
    width: int
    height: int


def command() -> list[str]:
    """Return how to start the command line of this program, also if it is a single binary."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "chatroom.cli"]


class Pictures:
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._processes = trio.CapacityLimiter(MAX_PROCESSES)
        self.failed = 0

    async def make(self, source: Path, directory: Path, media_type: str) -> list[MadePart]:
        """Write what is served of a picture to a directory: the picture without metadata, upright,
        and thumbnails, those that are smaller than it. Return them, the picture first; none if it
        cannot be read.

        :raises Refused: ``busy``: there was no process or no time. The picture may be good, and
            still has its metadata.
        """
        await self._disk.run(partial(make_directory, directory))
        async with self._processes:
            made = await self._run(source, directory, media_type)
        if not made:
            self.failed += 1
        return made

    async def _run(self, source: Path, directory: Path, media_type: str) -> list[MadePart]:
        arguments = [*command(), COMMAND, str(source), str(directory), media_type]
        try:
            with trio.fail_after(TIMEOUT_S):
                done = await trio.run_process(
                    arguments,
                    capture_stdout=True,
                    capture_stderr=True,
                    check=False,
                    deliver_cancel=_kill,
                )
        except (OSError, trio.TooSlowError) as error:
            logger.warning("a picture was not read: %r", error)
            raise Refused("busy", "the picture was not read in time; try again") from error
        if done.returncode != 0:
            logger.info("a picture was not read", extra={"status": done.returncode})
            return []
        return [
            MadePart(path=(path := directory / each["part"]), size=os.stat(path).st_size, **each)
            for each in orjson.loads(done.stdout)
        ]


async def _kill(process: trio.Process) -> None:
    process.kill()
