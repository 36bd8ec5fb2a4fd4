"""The server process is killed repeatedly. No acknowledged message is lost or duplicated.

A campaign has one data directory, eight clients that write, four that listen, six that join and
leave rooms of their own, two in rooms that the operator deletes, one whose device is notified, and
30 kills, see :mod:`.kills`.
At the end, :mod:`tests.history` checks what all clients did and saw, a log consumer must have been
handed every message in its last state, and the search index must have all of them.

- ``SOAK_KILLS=2000 SOAK_MESSAGES=1000000 pytest -s tests/crash`` runs more campaigns, which
  together kill at every call. Each prints its seed, and ``-s`` shows the progress.
- ``SOAK_NODES=2`` kills a process with two nodes on one store. Their news is lost, doubled and
  late, so members of a deleted room may be told of it later. Each node notifies devices.
- ``SOAK_SEED=7`` begins with another campaign, such as one that failed.
"""

import math
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import click
import pytest

from chatroom.config import FILES_DIRECTORY
from chatroom.files.copies import damaged
from chatroom.store.sqlite.integrity import faults

from ..history.checker import check
from ..history.database import in_file
from ..history.deletions import DELETE
from ..history.devices import OPTIONS
from ..history.entries import Recording
from ..history.recorder import Recorder
from ..server.process import Server
from .campaign import Campaign
from .consumer import command, index_of, logs_of
from .kills import CALLS, ROUND, SYNCS, WAL, plan
from .tally import CHANGES, Tally

pytestmark = pytest.mark.long(45)

KILLS: Final = int(os.environ.get("SOAK_KILLS", "30"))
MESSAGES: Final = int(os.environ.get("SOAK_MESSAGES", "6000"))
NODES: Final = int(os.environ.get("SOAK_NODES", "1"))
SEED: Final = int(os.environ.get("SOAK_SEED", "1"))


async def test_kills_lose_no_acknowledged_message(tmp_path: Path) -> None:
    count = math.ceil(KILLS / ROUND)
    tally = Tally()
    with click.progressbar(length=count * ROUND, label="kills", file=sys.stderr) as bar:
        for number in range(SEED, SEED + count):
            await campaign(number, MESSAGES // count, tally, tmp_path, partial(bar.update, 1))
    print(tally.table())  # noqa: T201 - statistics
    assert tally.kills.total() == count * ROUND
    assert tally.duplicates > 0
    assert tally.resumed > 0
    assert tally.repeated > 0
    assert tally.files > count * ROUND // 4
    assert tally.resumed_uploads > 0
    assert tally.notified > count * ROUND
    assert tally.deleted > count * ROUND // 4
    assert tally.retried[DELETE] >= count // 4
    assert sum(tally.retried[method] for method in CHANGES) > count * ROUND


async def campaign(
    number: int, messages: int, tally: Tally, directory: Path, killed: Callable[[], None]
) -> None:
    print(f"SOAK_SEED={number}")  # noqa: T201 - shown if it fails
    directory = directory / str(number)
    directory.mkdir()
    record = directory / "record.jsonl"
    pages = directory / "pages.jsonl"
    options = "--rate-limits", "off", *OPTIONS
    server = Server(directory, *options, command=command(pages, NODES))
    query = in_file(server.data)
    with Recorder(record) as recorder:
        kills = plan(number, messages)
        try:
            await Campaign(number, server, query, recorder, kills, messages, killed, tally).run()
        finally:
            server.clean_up()
    found = [str(each) for each in check(Recording((record,)))]
    if NODES > 1:
        known = " told ", " comes twice "
        found = [each for each in found if not any(text in each for text in known)]
    assert not found, "\n".join(found)
    files: dict[str, int] = {}
    assert faults(server.data, files) == []
    assert list(damaged(files, server.data / FILES_DIRECTORY)) == []
    index = index_of(pages)
    missed = index.faults(logs_of(query))
    assert not missed, "\n".join(missed)
    tally.consumed += index.pages
    tally.repeated += index.repeated
    shutil.rmtree(directory)  # some 40 MB


def test_kill_plans_cover_every_call() -> None:
    plans = [plan(number, MESSAGES) for number in range(SEED, SEED + 15)]
    for call, last in (("pwrite64", CALLS), ("fdatasync", SYNCS)):
        kills = [kill for kills in plans for kill in kills if (kill.call, kill.file) == (call, WAL)]
        assert {kill.nth for kill in kills} == set(range(1, last + 1))
