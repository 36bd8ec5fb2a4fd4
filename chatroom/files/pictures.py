"""Pictures, made in a process of their own by :mod:`.picture_process`.

A decoder of pictures is a large piece of C that reads what strangers send. It runs with limits of
memory, time and size. Of a picture with which it fails, the copy without metadata is kept as data.
"""

import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import orjson
import trio

from ..errors import Refused
from ..model import Part
from .disk import Disk, make_directory
from .picture_process import UNREADABLE

MAX_PROCESSES: Final = 2
TIMEOUT_S: Final = 20
COMMAND: Final = "picture"
"""The hidden command of the command line that runs :mod:`.picture_process`."""

logger = logging.getLogger(__name__)


class UnreadablePicture(Refused):
    """What claims to be a picture is not one, or is damaged."""


@attrs.frozen
class MadePart:
    """A file that was made of a picture. ``width`` and ``height`` are in pixels; None: it was not
    decoded."""

    part: Part
    path: Path
    type: str
    size: int
    width: int | None
    height: int | None


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
        and thumbnails, those that are smaller than it. Return them, the picture first; if it cannot
        be decoded, a copy without metadata as data; none if something else failed.

        :raises UnreadablePicture: it is not well-formed.
        :raises Refused: ``busy``: there was no process or no time.
        """
        await self._disk.run(partial(make_directory, directory))
        async with self._processes:
            made = await self._run(source, directory, media_type)
        if not made or made[0].width is None:
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
        if done.returncode == UNREADABLE:
            self.failed += 1
            raise UnreadablePicture(
                "invalid_params",
                f"the file begins like a picture ({media_type}), but is damaged; send it whole, or"
                " in an archive",
            )
        *lines, _ = done.stdout.split(b"\n")
        return [_made(directory, **each) for each in orjson.loads(lines[-1])] if lines else []


def _made(directory: Path, name: str, **about: Any) -> MadePart:
    path = directory / name
    return MadePart(path=path, size=os.stat(path).st_size, **about)


async def _kill(process: trio.Process) -> None:
    process.kill()
