"""The binary, built once for each content of the package, since a build takes half a minute."""

import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
BUILD: Final = ROOT / "build"
BUILD_TIMEOUT_S: Final = 1800


def built() -> Path:
    """Return the binary of this tree, cached in ``build/`` for later runs."""
    directory = BUILD / f"binary-{_digest()}"
    with _locked():
        if not (directory / "chatroom").exists():
            for old in BUILD.glob("binary-*"):
                shutil.rmtree(old)
            build(ROOT, directory)
    return directory / "chatroom"


def _digest() -> str:
    """Return a digest of everything that goes into the binary."""
    digest = hashlib.sha256(f"{sys.version} {importlib.metadata.version('pyinstaller')}".encode())
    sources = (
        path
        for top in ("chatroom", "binary", "docs", "pyproject.toml")
        for path in (ROOT / top, *(ROOT / top).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )
    for path in sorted(sources):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked() -> Iterator[None]:
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "binary.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(root: Path, directory: Path) -> None:
    """Build the tree at ``root`` as described in README, but with other output paths. A partial
    binary never appears.
    """
    unfinished = directory / "unfinished"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    places = ["--distpath", str(unfinished), "--workpath", str(directory / "work")]
    done = subprocess.run(
        [*command, *places, str(root / "binary" / "chatroom.spec")],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(directory / "work")
    (unfinished / "chatroom").rename(directory / "chatroom")
