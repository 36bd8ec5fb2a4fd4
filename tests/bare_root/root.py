"""A root directory with the binary, the C library and nothing else, in namespaces of its own."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("libc", "libm", "libdl", "libpthread", "librt", "libutil", "libresolv")
"""The C library's parts. PyInstaller packs all others."""
DEVICES: Final = ("null", "urandom")
DEADLINE_S: Final = 120
_ENTER: Final = """
set -e
root=$1 work=$2; shift 2
for device in null urandom; do mount --bind /dev/$device "$root/dev/$device"; done
mount --rbind /proc "$root/proc"
mount --bind "$work" "$root$work"
exec env -i "$(command -v chroot)" "$root" "$@"
"""


class BareRoot:
    """:param work: a directory that has the same name within."""

    def __init__(self, root: Path, work: Path) -> None:
        self._root = root
        self._work = work
        for name in ("bin", "dev", "proc", "tmp", str(work)[1:]):
            (root / name).mkdir(parents=True)
        for name in DEVICES:
            (root / "dev" / name).touch()

    def install(self, binary: Path, name: str) -> None:
        """Put a binary in ``/bin``, and what it is linked with where it looks for that."""
        shutil.copy2(binary, self._root / "bin" / name)
        ldd = ["ldd", str(binary)]
        linked = subprocess.run(ldd, capture_output=True, text=True, check=True).stdout
        paths = {Path(path) for path in re.findall(r"(/\S+) \(0x", linked)}
        system = next(path.parent for path in paths if path.name.startswith("libc.so"))
        paths |= {path for name in LIBRARIES for path in system.glob(f"{name}.so.*")}
        for path in paths:
            target = self._root / str(path)[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)

    def command(self, name: str) -> list[str]:
        """Return the words that start a program within, in an empty environment."""
        namespaces = ["unshare", "--user", "--map-root-user", "--mount"]
        enter = ["sh", "-c", _ENTER, "sh", str(self._root), str(self._work)]
        return [*namespaces, *enter, f"/bin/{name}"]

    def run(self, name: str, *arguments: str, typed: str = "", code: int = 0) -> str:
        """Run a program to its end. Return what it prints.

        :param code: the exit code that it must have.
        """
        done = subprocess.run(
            [*self.command(name), *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{name} {' '.join(arguments)}: {done.returncode}\n{said}"
        return said
