"""Parses the output of ``strace`` into system calls, in the order in which they began.

Lines serve as the clock. A line is written when the kernel stops the thread, before a call is
executed and after it has returned. So an effect of a call in another thread is on a later line.
Knows nothing of the meaning of calls.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

CALLS: Final = (
    # What changes files and names, or could: those that the model has no place for are refused.
    *("open", "openat", "openat2", "creat", "close", "dup", "dup2", "dup3"),
    *("read", "lseek", "write", "writev", "pwrite64", "pwritev", "pwritev2"),
    *("fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync"),
    *("truncate", "ftruncate", "fallocate", "copy_file_range", "sendfile", "splice"),
    *("unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat"),
    *("symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mmap", "io_uring_setup"),
    # What is told to clients.
    *("sendto", "sendmsg", "sendmmsg"),
)
STRACE: Final = (
    *("strace", "--daemonize", "--follow-forks", "--decode-fds=path"),
    *("--strings-in-hex=all", "--string-limit=16777216", "--signal=none", "--quiet=attach"),
    f"--trace={','.join(CALLS)}",
)

_LINE: Final = re.compile(
    rb"(\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<name>\w+)\()(?P<rest>.*)", re.DOTALL
)
_UNFINISHED: Final = b" <unfinished ...>"


@attrs.frozen
class Call:
    """``start`` and ``end`` are lines, usually the same one. A call during which the process was
    killed has no end, and the result ``?``."""

    start: int
    end: int | None
    name: str
    arguments: bytes
    result: bytes

    @property
    def failed(self) -> bool:
        return self.result.startswith(b"-1")

    @property
    def returned(self) -> int | None:
        """The returned number, or None."""
        word = self.result.split(b"<", 1)[0].split(b" ", 1)[0]
        return None if word == b"?" else int(word, 0)

    def strings(self) -> list[bytes]:
        """Return the arguments that are data or paths. :raises ValueError: one was truncated."""
        parts = self.arguments.split(b'"')
        if any(part.startswith(b"...") for part in parts[2::2]):
            raise ValueError(f"line {self.start}: strace has cut the data of {self.name}")
        return [plain(part) for part in parts[1::2]]


def plain(text: bytes) -> bytes:
    r"""``\x41`` for each byte, as strace writes it, or text as it is."""
    if not text.startswith(rb"\x"):
        return text
    return bytes.fromhex(text.replace(rb"\x", b"").decode("ascii"))


def read_trace(path: Path, first_line: int = 0) -> Iterator[Call]:
    """Yield the calls in the order of their starts."""
    begun: dict[bytes, tuple[int, str, bytes]] = {}
    ended: list[Call] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, first_line):
            match = _LINE.match(line.rstrip(b"\n"))
            if match is None:  # the exit of a thread
                continue
            thread, rest = match[1], match["rest"]
            if match["resumed"] is not None:
                start, name, said = begun.pop(thread)
            else:
                start, name, said = number, match["name"].decode(), b""
            if rest.endswith(_UNFINISHED):
                begun[thread] = start, name, said + rest.removesuffix(_UNFINISHED)
                continue
            arguments, _, result = (said + rest).rpartition(b" = ")
            arguments = arguments.rstrip().removesuffix(b")")
            end = None if result == b"?" else number
            ended.append(Call(start, end, name, arguments, result))
            if not begun:
                yield from _in_order(ended)
                ended.clear()
    for start, name, said in begun.values():
        ended.append(Call(start, None, name, said, b"?"))
    yield from _in_order(ended)


def _in_order(calls: list[Call]) -> list[Call]:
    return sorted(calls, key=lambda call: call.start)


def count_lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
