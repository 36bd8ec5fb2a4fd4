"""The directory of a rotated backup: its names by time, and which of them are kept."""

import re
import shutil
import time
from pathlib import Path
from typing import Final

from ..errors import StartError
from ..files.copies import files_beside

_NAME: Final = re.compile(r"chatroom-\d{8}T\d{6}Z\.db")


def next_backup(directory: Path) -> Path:
    """Return the name of a backup made now. Make the directory, for its owner alone, if it is
    missing.

    :raises StartError: it cannot be made, or is another kind of file.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{directory}: {error.strerror}") from None
    return directory / time.strftime("chatroom-%Y%m%dT%H%M%SZ.db", time.gmtime())


def backups(directory: Path) -> list[Path]:
    """Return the backups, the oldest first. Other files do not count."""
    return sorted(path for path in directory.iterdir() if _NAME.fullmatch(path.name))


def remove_oldest(directory: Path, keep: int) -> list[Path]:
    """Delete all but the newest ``keep`` backups, and their files. Return those deleted."""
    removed = backups(directory)[:-keep]
    for path in removed:
        path.unlink()
        if files_beside(path).exists():
            shutil.rmtree(files_beside(path))
    return removed
