"""``chatroom import`` of many messages, as a process."""

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from .load import Result
from .prepared import TEXT, person
from .server import directory

ROOMS: Final = 20
PEOPLE: Final = 50
BEGIN: Final = 1_600_000_000_000
IN_THREADS: Final = 0.1
"""The share of messages that are in threads. One in 20 has a reaction."""


async def imports(*, messages: int) -> Result:
    """Import messages of 100 characters into 20 rooms of 50 people each, and again."""
    with directory() as data:
        export = data / "export.jsonl"
        with export.open("w") as file:
            file.writelines(json.dumps(record) + "\n" for record in _records(messages))
        wall_s, cpu_s = await _run(export, data / "data")
        again_s, _ = await _run(export, data / "data")
    figures = {
        "messages/s": messages / wall_s,
        "CPU us each": cpu_s / messages * 1e6,
        "messages/s again": messages / again_s,
    }
    return Result(figures, 0, cpu_s / wall_s)


async def _run(export: Path, data: Path) -> tuple[float, float]:
    """Return the wall and CPU time of an import, in seconds."""
    command = [sys.executable, "-m", "chatroom.cli", "import", str(export), "--data", str(data)]
    before, began = _children_s(), time.monotonic()
    await trio.to_thread.run_sync(
        partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
    )
    return time.monotonic() - began, _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _records(messages: int) -> Iterator[dict[str, Any]]:
    dice = random.Random(1)  # noqa: S311
    people = [person(number) for number in range(PEOPLE)]
    for name in people:
        yield {"type": "user", "name": name}
    for number in range(ROOMS):
        name = f"room{number}"
        yield {"type": "room", "name": name, "members": people, "createdAt": BEGIN}
    roots: dict[str, str] = {}
    for number in range(messages):
        room, key = f"room{dice.randrange(ROOMS)}", str(number)
        record: dict[str, Any] = {
            "type": "message",
            "id": key,
            "room": room,
            "sender": dice.choice(people),
            "time": BEGIN + number,
            "text": TEXT,
        }
        if room in roots and dice.random() < IN_THREADS:
            record["thread"] = roots[room]
        elif dice.random() < IN_THREADS:
            roots[room] = key
        if dice.random() < 0.05:
            record["reactions"] = [{"emoji": "\U0001f44d", "users": [dice.choice(people)]}]
        yield record
