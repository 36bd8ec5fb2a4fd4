"""A node through years of virtual time, with all that happens to a server meanwhile.

::

    python -m tests.years --years 3 --seed 1

200 people write in 20 rooms and to each other, messages are kept for 30 days, those of one room for
eight, a backup is made each week, the server is stopped or killed each ten days. The disk is full
for a day, the clock is wrong, people are erased, rooms are deleted. Acknowledged messages
must be there until retention removes them, and no longer, ``chatroom check`` must find the database
in order, and nothing may grow that is not meant to. Without ``--years`` it takes a tenth of a year.
"""

import argparse
import logging
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trio
from trio.testing import MockClock

from chatroom.config import Config
from chatroom.store.sqlite.integrity import faults

from ..builders import House
from .life import Life
from .machine import DAY_S, Machine
from .retention import KEEP_DAYS
from .sampling import Sample, growing, sample

DAYS: Final = 365
HOUR_MS: Final = 3_600_000
LIFE_DAYS: Final = 10
"""Days between two restarts."""
CHECK_LIVES: Final = 10
"""Restarts between two checks of the whole database."""
WRONG_CLOCKS: Final = (-HOUR_MS, 3 * HOUR_MS, 0, 72 * HOUR_MS, 0)
"""How far the clock is ahead, one after the other. Three days are not followed at once."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where it is, a memory file system


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.years")
    parser.add_argument("--years", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.getLogger("chatroom").setLevel(logging.CRITICAL)  # the faults are intended
    days = max(round(given.years * DAYS), 2 * KEEP_DAYS)
    began = time.monotonic()
    with TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None) as directory:
        years = Years(Path(directory), given.seed)
        trio.run(years.run, days, clock=MockClock(autojump_threshold=0))
    _say(f"{days} days in {time.monotonic() - began:.0f} s, {years.life.sent} messages sent")
    if years.wrong:
        sys.exit("\n".join(years.wrong))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Years:
    """``wrong``: what was found."""

    def __init__(self, directory: Path, seed: int) -> None:
        self._backups = directory / "backups"
        self._machine = Machine(directory)
        self.life = Life(self._machine, seed)
        self.wrong: list[str] = []
        self._samples: list[Sample] = []

    async def run(self, days: int) -> None:
        self._machine.data.mkdir()
        for first in range(0, days, LIFE_DAYS):
            config = Config(data=self._machine.data, rate_limits="off", keep_days=KEEP_DAYS)
            async with self._machine.running(config) as house:
                if not first:
                    await self.life.begin(house)
                for day in range(first, min(first + LIFE_DAYS, days)):
                    await self._day(house, day)
            if first // LIFE_DAYS % 2:
                self._machine.kill()
            if first // LIFE_DAYS % CHECK_LIVES == CHECK_LIVES - 1:
                self.wrong += faults(self._machine.data)
        self.wrong += growing(self._samples[KEEP_DAYS // LIFE_DAYS :])
        self.wrong += faults(self._machine.data)

    async def _day(self, house: House, day: int) -> None:
        life, machine = self.life, self._machine
        machine.full = day % 45 == 44
        if day % 25 == 24:
            machine.ahead_ms = WRONG_CLOCKS[day // 25 % len(WRONG_CLOCKS)]
        refused = life.refused
        await life.day(house, day)
        if machine.full:
            if life.refused == refused:
                self.wrong.append(f"day {day}: the disk is full, and all is written")
            machine.full = False
            await trio.sleep(DAY_S / 24)
        elif life.refused != refused:
            self.wrong.append(f"day {day}: {life.refused - refused} messages are refused")
        if day % 30 == 29:
            await life.month(house)
        if day % 7 == 6:
            life.back_up(self._backups)
        if day % LIFE_DAYS == LIFE_DAYS - 1:
            await trio.sleep(DAY_S / 24)
            self._samples.append(found := sample(day + 1, machine.data, self._backups))
            self.wrong += life.acknowledged.wrong(machine.data, day, machine.wall())
            _say(f"day {day + 1:5}: {found}, {life.sent} sent, {len(self.wrong)} wrong")


if __name__ == "__main__":
    main()
