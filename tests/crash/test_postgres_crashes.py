"""The server on PostgreSQL is killed repeatedly, and PostgreSQL too: see :mod:`.test_crashes`. Or
PostgreSQL fails over to its synchronous standby.

``SOAK_KILLS=600 SOAK_MESSAGES=100000 pytest -s tests/crash/test_postgres_crashes.py`` kills more
often.
"""

import os
import random
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
import trio

from ..history.checker import check
from ..history.cursors import SHARED_EPOCHS
from ..history.database import in_postgres
from ..history.devices import OPTIONS
from ..history.entries import Recording
from ..history.recorder import Recorder
from ..postgres_server import REPLICATED, SYNCHRONOUS, PostgresServer
from ..server.process import Server
from .consumer import command, index_of, logs_of
from .kills import Kill
from .on_postgres import PostgresCampaign
from .tally import Tally

pytestmark = pytest.mark.long

KILLS: Final = int(os.environ.get("SOAK_KILLS", "4"))
MESSAGES: Final = int(os.environ.get("SOAK_MESSAGES", "1000"))
SEED: Final = int(os.environ.get("SOAK_SEED", "1"))
DATABASE: Final = "postgres"


@attrs.define(eq=False)
class KillsBoth(PostgresCampaign):
    """Kills PostgreSQL in each life of the server, too."""

    postgres: PostgresServer = attrs.field(kw_only=True)

    async def _kill_after(self, kill: Kill) -> None:
        await self._wait_for(kill.after // 2)
        await trio.to_thread.run_sync(self.crash)
        await super()._kill_after(kill)

    def crash(self) -> None:
        self.postgres.kill()
        self.postgres.start()


@attrs.define(eq=False)
class FailsOver(KillsBoth):
    """PostgreSQL fails over once."""

    standby: PostgresServer = attrs.field(kw_only=True)

    def crash(self) -> None:
        self.postgres.kill()
        self.standby.promote()


async def test_kills_on_postgresql_lose_no_acknowledged_message(tmp_path: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - to be repeated
    each = MESSAGES // KILLS
    kills = [Kill(dice.randint(each // 2, 2 * each)) for _ in range(KILLS)]
    with closing(PostgresServer()) as postgres:
        await trio.to_thread.run_sync(postgres.start)
        url = postgres.url(DATABASE)
        await live(tmp_path, url, kills, KillsBoth, postgres=postgres)


async def test_a_fail_over_loses_no_acknowledged_message(tmp_path: Path) -> None:
    with closing(PostgresServer(SYNCHRONOUS)) as postgres:
        await trio.to_thread.run_sync(postgres.start)
        with closing(PostgresServer(REPLICATED, postgres)) as standby:
            await trio.to_thread.run_sync(standby.start)
            url = postgres.url(DATABASE, standby)
            each = MESSAGES // KILLS
            await live(tmp_path, url, [Kill(each)], FailsOver, postgres=postgres, standby=standby)


async def live(
    tmp_path: Path, url: str, kills: list[Kill], kind: type[KillsBoth], **servers: Any
) -> None:
    """Run a campaign, and check what it has recorded."""
    record, pages = tmp_path / "record.jsonl", tmp_path / "pages.jsonl"
    tally = Tally()
    options = "--rate-limits", "off", "--database", url, *OPTIONS
    server = Server(tmp_path, *options, command=command(pages, 1))
    query = in_postgres(url)
    messages = MESSAGES * len(kills) // KILLS
    with Recorder(record) as recorder:
        recorder.fact(SHARED_EPOCHS)
        parts = (SEED, server, query, recorder, kills, messages, lambda: None, tally)
        campaign = kind(*parts, **servers)
        try:
            await campaign.run()
        finally:
            server.clean_up()
    found = [str(fault) for fault in check(Recording((record,)))]
    assert not found, "\n".join(found)
    missed = index_of(pages).faults(logs_of(query))
    assert not missed, "\n".join(missed)
    assert tally.kills.total() == len(kills)
