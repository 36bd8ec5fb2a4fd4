"""The faults of PostgreSQL."""

import errno
from pathlib import Path
from typing import Final

import psycopg
import trio

from .scene import ROLE, Scene

QUIET_S: Final = 3.0
"""Time without acknowledgements after which none is on its way."""
DELAY_S: Final = (0.002, 0.05)
"""Of a slow PostgreSQL: what each piece of up to 16 KB takes in each direction."""
SWITCHES: Final = 8
"""More segments of the WAL than PostgreSQL has in reserve."""


async def kill_postgres(scene: Scene) -> None:
    async for _ in scene.turns():
        scene.note("kill -9 of PostgreSQL")
        await trio.to_thread.run_sync(scene.postgres.kill)
        await scene.pause(0, 1)
        await trio.to_thread.run_sync(scene.postgres.start)
        scene.note("PostgreSQL accepts connections")


async def fail_over(scene: Scene) -> None:
    assert scene.standby is not None
    failed_over = False
    async for _ in scene.turns():
        if not failed_over:
            scene.note("kill -9 of the primary")
            await trio.to_thread.run_sync(scene.postgres.kill)
            await trio.to_thread.run_sync(scene.standby.promote)
            scene.note("the standby is promoted")
            failed_over = True


async def cancel(scene: Scene) -> None:
    """The standby is away, and each wait for it is cancelled. Then it is there again."""
    assert scene.standby is not None
    async for _ in scene.turns():
        scene.note("kill -9 of the standby; waits for it are cancelled")
        await trio.to_thread.run_sync(scene.standby.kill)
        before = -1
        while before != scene.acknowledged():  # replies to what it has stored are on their way
            before = scene.acknowledged()
            await trio.sleep(QUIET_S)
        for _ in range(10):
            await trio.sleep(0.2)
            await scene.sql(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            )
        more = scene.acknowledged() - before
        assert more == 0, f"{more} acknowledged that the standby does not have"
        await trio.to_thread.run_sync(scene.standby.start)


async def crowd(scene: Scene) -> None:
    """No connection can be made, and those that there are have ended."""
    async for _ in scene.turns():
        scene.note("too many connections")
        await scene.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
        await scene.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user"
        )
        await scene.pause(1, 5)
        await scene.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


async def freeze_postgres(scene: Scene) -> None:
    async for _ in scene.turns():
        for_s = scene.dice.uniform(1, 8)
        scene.note(f"SIGSTOP of all processes of PostgreSQL for {for_s:.1f} s")
        scene.postgres.freeze()
        await trio.sleep(for_s)
        scene.postgres.thaw()


async def slow_postgres(scene: Scene) -> None:
    async for _ in scene.turns():
        delay_s = scene.dice.uniform(*DELAY_S)
        for_s = scene.dice.uniform(3, 10)
        scene.note(f"PostgreSQL answers {2 * delay_s:.3f} s later for {for_s:.1f} s")
        for proxy in scene.proxies:
            proxy.delay_s = delay_s
        await trio.sleep(for_s)
        for proxy in scene.proxies:
            proxy.delay_s = 0


async def fill_disk(scene: Scene) -> None:
    """By turns, no table can grow, and the WAL has no place either, which ends PostgreSQL."""
    filler, ends = scene.disk / "filler", False
    async for _ in scene.turns():
        scene.note("the disk of PostgreSQL is full")
        _fill(filler)
        await scene.pause(2, 5)
        if ends and await _end_by_wal(scene):
            scene.note("PostgreSQL has ended, as it cannot write its WAL")
            await scene.pause()
        filler.unlink()
        scene.note("there is space again")
        await _accepting(scene)
        ends = not ends


def _fill(filler: Path) -> None:
    """Write to a file until there is no space."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


async def _end_by_wal(scene: Scene) -> bool:
    """Use up the segments that the WAL has. Return whether PostgreSQL has crashed."""
    for _ in range(SWITCHES):
        try:
            await scene.sql("SELECT pg_logical_emit_message(true, 'full', 'x'), pg_switch_wal()")
        except psycopg.OperationalError:
            return True
    return False


async def _accepting(scene: Scene) -> None:
    """Wait until PostgreSQL accepts connections. Start it if it has ended."""
    while True:
        if scene.postgres.ended:
            await trio.to_thread.run_sync(scene.postgres.start)
        try:
            await scene.sql("SELECT 1")
        except psycopg.OperationalError:
            await trio.sleep(0.1)
        else:
            scene.note("PostgreSQL accepts connections")
            return
