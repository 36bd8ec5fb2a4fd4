"""A small disk, which only root can mount."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

DISK_MB: Final = 160
"""Of this, a new PostgreSQL with our tables takes some 70."""


@contextmanager
def small_disk(directory: Path, megabytes: int) -> Iterator[None]:
    """Mount a disk at ``directory``, which is created."""
    directory.mkdir()
    size = f"size={megabytes}m,mode=711"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(directory)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        unmount = ["umount", str(directory)]
        subprocess.run(unmount, check=True)
