"""Plans for killing the server process, reproducible by a seed.

A SIGKILL after a number of acknowledgements interrupts the process at an arbitrary point. A SIGKILL
sent by strace interrupts it at a chosen point: when it enters a system call, which is then not
done. strace counts calls per thread. Those of the main thread belong to the start (the tables of a
new file, the checkpoint of a killed process's WAL), those of other threads to commits.
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
"""The process is killed at one of this many first calls of each kind."""
SYNCS: Final = 50
"""The same for syncs: one of them commits many messages."""


@attrs.frozen
class Kill:
    """A kill by strace, before the ``nth`` ``call`` of a thread on ``file``; without these a plain
    SIGKILL. A plain one is sent in any case after a number of acknowledgements, because there may
    be fewer calls."""

    after: int
    call: str | None = None
    file: str = WAL
    nth: int = 0

    @property
    def what(self) -> str:
        """The kind of kill, for a table."""
        if self.call is None:
            return "kill -9"
        return f"kill -9 at {self.call} of {self.file}"

    def strace(self, data: Path) -> list[str]:
        """Return the words of strace that does it; none for a plain SIGKILL."""
        if self.call is None:
            return []
        return killing_at(self.call, self.nth, data / self.file)


def killing_at(call: str, nth: int, path: Path | None = None) -> list[str]:
    """Return the words of strace that kills a process at a call; without a path, on any file."""
    return [
        *("strace", "-f", "--quiet=path-resolution,exit", "-o", os.devnull),
        *(() if path is None else ("-P", str(path))),
        *("-e", f"trace={call}", "-e", "signal=none"),
        *("-e", f"inject={call}:signal=SIGKILL:when={nth}"),
    ]


@attrs.frozen
class KillKind:
    """A kind of kill: ``kills`` of each campaign's, at calls up to number ``last``."""

    kills: int
    call: str | None = None
    file: str = WAL
    last: int = CALLS


SHARES: Final = (
    KillKind(11),
    KillKind(10, "pwrite64"),
    KillKind(5, "fdatasync", last=SYNCS),
    # Checkpoints: mostly the one at the start, of the WAL left by the last kill. It syncs once.
    KillKind(1, "pwrite64", FILE, last=20),
    KillKind(1, "pwrite64", FILE),
    KillKind(1, "fdatasync", FILE, last=1),
    KillKind(1, "ftruncate", WAL, last=1),
)
ROUND: Final = sum(share.kills for share in SHARES)


def plan(campaign: int, acknowledged: int) -> list[Kill]:
    """Return the kills of a campaign with this number of acknowledgements. Consecutive campaigns
    kill at different calls, until all calls were covered."""
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
                # Right after a kill that leaves a WAL to be checkpointed.
                group.insert(0, attrs.evolve(plain.pop(), after=each))
            groups.append(group)
    groups += [[kill] for kill in plain]
    choose.shuffle(groups)
    return [kill for group in groups for kill in group]


def _numbers(share: KillKind) -> Iterator[int]:
    """Yield the numbers of calls in a random order, repeatedly."""
    numbers = list(range(1, share.last + 1))
    random.Random("numbers").shuffle(numbers)  # noqa: S311 - to be repeated
    return cycle(numbers)
