"""From system calls to operations: programs with all modelled uses of files, and with others."""

import random
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from .disk import Disk, files_in
from .operations import Operation, Sent, Write
from .reader import Reader, Unmodelled
from .trace import STRACE, read_trace

HABITS = """
import os, shutil, socket, sys, threading
data = sys.argv[1] + '/'

def append(name, times):
    for number in range(times):
        with open(data + name, "ab") as file:
            file.write(b"%d" % number)
            file.flush()
            os.fsync(file.fileno())

threads = [threading.Thread(target=append, args=(f"log-{n}", 20)) for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()

with open(data + "mark.new", "wb") as file:
    file.write(b"one")
os.replace(data + "mark.new", data + "mark")
held = os.open(data + "mark", os.O_RDWR)
assert os.read(held, 2) == b"on"
os.write(held, b"ly")
os.lseek(held, 1, os.SEEK_SET)
os.writev(held, [b"N", b"L"])
with open(data + "mark.new", "wb") as file:
    file.write(b"two")
os.replace(data + "mark.new", data + "mark")

file = os.open(data + "pages", os.O_RDWR | os.O_CREAT)
os.pwrite(file, b"x" * 5000, 3000)
os.ftruncate(file, 4096)
os.pwrite(file, bytes(range(256)), 100)
os.fdatasync(file)
with open(data + "pages.old", "wb") as file:
    file.write(b"gone")
os.unlink(data + "pages.old")
with open(data + "lock", "w") as file:
    file.write("a longer one")
with open(data + "lock", "w") as file:
    file.write("short")
directory = os.open(data, os.O_RDONLY)
os.fsync(directory)

for name in ("here", "here/deep", "there"):
    os.mkdir(data + name)
with open(data + "here/deep/file", "wb") as file:
    file.write(b"linked")
    file.flush()
    os.fsync(file.fileno())
for name in ("one", "two"):
    os.link(data + "here/deep/file", data + "here/" + name)
    os.replace(data + "here/" + name, data + "there/name")
here = os.open(data + "there", os.O_RDONLY)
os.fsync(here)
shutil.rmtree(data + "here")

ours, theirs = socket.socketpair()
ours.sendall(b"hello")
ours.sendmsg([b"a", b"nd"])
os.write(ours.fileno(), b" on")
"""


DICE: Final = random.Random(1)  # noqa: S311 - not used for a choice here


def traced(program: str, directory: Path) -> list[Operation]:
    data, trace = directory / "data", directory / "trace"
    data.mkdir()
    command = [*(option for option in STRACE if option != "--daemonize"), f"--output={trace}"]
    subprocess.run([*command, sys.executable, "-S", "-c", program, data], check=True, timeout=30)
    reader = Reader(data)
    return [operation for call in read_trace(trace) for operation in reader.read(call)]


def test_operations_reproduce_the_files(tmp_path: Path) -> None:
    operations = traced(HABITS, tmp_path)
    disk = Disk(operations)
    disk.play(sys.maxsize)
    there = files_in(tmp_path / "data")
    names = ["lock", "log-0", "log-1", "log-2", "mark", "pages", "there/name"]
    assert sorted(there) == names
    assert disk.cut(DICE, "everything") == there
    synced = {name: b"" if name in ("mark", "lock") else there[name] for name in names[:-1]}
    assert disk.cut(DICE, "nothing") == synced
    sent = b"".join(step.data for step in operations if isinstance(step, Sent))
    assert sent == b"helloand on"


def test_unlinked_file_is_not_confused_with_a_new_one(tmp_path: Path) -> None:
    program = """
import os, sys
data = sys.argv[1] + '/'
old = os.open(data + "file", os.O_RDWR | os.O_CREAT)
os.write(old, b"old")
os.unlink(data + "file")
new = os.open(data + "file", os.O_RDWR | os.O_CREAT)
os.write(new, b"new")
os.fsync(old)
"""
    operations = traced(program, tmp_path)
    one, other = (step for step in operations if isinstance(step, Write))
    assert one.file != other.file
    disk = Disk(operations)
    disk.play(sys.maxsize)
    assert disk.cut(DICE, "everything") == {"file": b"new"}
    assert disk.cut(DICE, "nothing") == {}


@pytest.mark.parametrize(
    "line",
    [
        "mmap.mmap(file, 10)[:3] = b'abc'",
        "os.pwritev(file, [b'a', b'b'], 0)",
        "os.posix_fallocate(file, 0, 10000)",
        "os.truncate(data + 'file', 3)",
        "os.symlink(data + 'file', data + 'other')",
        "os.mkdir(data + 'one'); os.rename(data + 'one', data + 'other')",
        "os.unlink('file')",  # a relative path: to what?
        "os.write(os.dup(file), b'a')",
        "os.sync()",
        "os.copy_file_range(source, file, 5)",
        "os.sendfile(file, source, 0, 5)",
    ],
)
def test_unmodelled_calls_are_refused(line: str, tmp_path: Path) -> None:
    program = f"""
import mmap, os, sys
data = sys.argv[1] + '/'
source = os.open(sys.executable, os.O_RDONLY)
file = os.open(data + "file", os.O_RDWR | os.O_CREAT)
os.write(file, bytes(10))
os.chdir(data)
{line}
"""
    with pytest.raises(Unmodelled):
        traced(program, tmp_path)
