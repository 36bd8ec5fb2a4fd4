"""Ways to kill the server's process, and when: plans that a seed repeats.

A SIGKILL that comes after so many acknowledgements may find the process anywhere. One that strace
sends finds it in a chosen place: as it enters a system call, which is then not done. strace counts
calls for each thread by itself: the main thread's are those of the start (the tables of a new
file, the checkpoint of what a dead process left), the others those of commits.
"""

import os
import random
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import attrs

FILE: Final = "chatroom.db"
WAL: Final = "chatroom.db-wal"
CALLS: Final = 150
"""Of each system call in a file: the process is killed at one of the first so many."""


@attrs.frozen
class Kill:
    """``call``, ``file`` and ``nth``: strace kills, before that call of a thread on that file is
    done; without them it is a plain SIGKILL. It comes after so many acknowledgements in any case:
    there may not be so many calls."""

    after: int
    call: str | None = None
    file: str = WAL
    nth: int = 0

    @property
    def what(self) -> str:
        """All that are of one kind, for a table."""
        if self.call is None:
            return "kill -9"
        return f"kill -9 at {self.call} of {self.file}"

    def before(self, data: Path) -> list[str]:
        """The words that make it so, before the server's command."""
        if self.call is None:
            return []
        return at(self.call, self.nth, data / self.file)


def at(call: str, nth: int, path: Path | None = None) -> list[str]:
    """The words before a command that kill it there; without a path, whatever file it is."""
    # On one CPU: each stop hands over from the process to strace and back, which costs three times
    # as much between two. Not --seccomp-bpf, though it is faster: it loses the signal (strace 6.1).
    # With -D it is the server that is our child, and not strace.
    cpu = max(os.sched_getaffinity(0))
    return [
        *("taskset", "-c", str(cpu), "strace", "-D", "-f", "-qqq", "-o", os.devnull),
        *(() if path is None else ("-P", str(path))),
        *("-e", f"trace={call}", "-e", "signal=none"),
        *("-e", f"inject={call}:signal=SIGKILL:when={nth}"),
    ]


@attrs.frozen
class Share:
    """So many of each 60 kills; ``most`` is the last call they come at."""

    kills: int
    call: str | None = None
    file: str = WAL
    most: int = CALLS


SHARES: Final = (
    Share(22),
    Share(20, "pwrite64"),
    Share(10, "fdatasync"),
    # A checkpoint: most often the one at the start, of what the last kill left. It syncs once.
    Share(3, "pwrite64", FILE, most=20),
    Share(3, "pwrite64", FILE),
    Share(1, "fdatasync", FILE, most=1),
    Share(1, "ftruncate", WAL, most=1),
)
ROUND: Final = sum(share.kills for share in SHARES)


def plan(campaign: int, acknowledged: int) -> list[Kill]:
    """The kills of one campaign, which has so many acknowledgements. Those of consecutive
    campaigns come at other calls, until all have been."""
    choose = random.Random(f"plan {campaign}")  # noqa: S311 - to be repeated
    each = acknowledged // ROUND
    plain, groups = list[Kill](), list[list[Kill]]()
    for share in SHARES:
        for nth in islice(_numbers(share), campaign * share.kills, (campaign + 1) * share.kills):
            if share.call is None:
                plain.append(Kill(choose.randint(1, 2 * each)))
                continue
            group = [Kill(8 * each, share.call, share.file, nth)]
            if share.file == FILE or share.call == "ftruncate":
                # Right after one that leaves something to be checkpointed.
                group.insert(0, attrs.evolve(plain.pop(), after=each))
            groups.append(group)
    groups += [[kill] for kill in plain]
    choose.shuffle(groups)
    return [kill for group in groups for kill in group]


def _numbers(share: Share) -> Iterator[int]:
    """Each number of a call once, in a random order, and again."""
    numbers = list(range(1, share.most + 1))
    random.Random("numbers").shuffle(numbers)  # noqa: S311 - to be repeated
    return cycle(numbers)
