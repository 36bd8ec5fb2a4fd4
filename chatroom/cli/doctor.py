"""``doctor``: look for what commonly goes wrong on a machine that runs the server."""

import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import trio

from .. import __version__
from ..client import CannotConnect, SessionEnded, connect
from ..config import Config
from ..config_sources import Settings
from .findings import Finding
from .settings import configured

MIN_FREE_BYTES: Final = 1 << 30
MIN_OPEN_FILES: Final = 4096
"""A connection is an open file."""
SYNCS: Final = 20
MAX_SYNC_S: Final = 0.02
"""A commit waits for one sync. Above this people notice it in each message."""
MIN_SYNC_S: Final = 10e-6
"""No disk is as fast; a file system in memory is."""
NETWORK_FILE_SYSTEMS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})
"""SQLite's WAL needs shared memory between processes, and locks that work."""

_COLOURS: Final = {"ok": "green", "warning": "yellow", "wrong": "red"}


@click.command()
@click.option("--url", metavar="URL", help="Address that people open, to check the proxy too.")
@configured
@click.pass_obj
def doctor(settings: Settings, config: Config, url: str | None) -> None:
    """Check what the server needs of the machine: what is wrong, and what to do.

    Exits with 1 if something is wrong. The server may be running.
    """
    failed = False
    for finding in _findings(settings, url):
        failed |= finding.level == "wrong"
        label = click.style(f"{finding.level:<8}", fg=_COLOURS[finding.level])
        click.echo(f"{label} {finding.what}")
        if finding.remedy:
            click.echo(f"         -> {finding.remedy}")
    if failed:
        raise SystemExit(1)


def _findings(settings: Settings, url: str | None) -> Iterator[Finding]:
    config = settings.config
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", f"chatroom {__version__}, Python {python}, SQLite {sqlite3.sqlite_version}")
    yield from variables(settings.unknown)
    yield from open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    yield from clock(_clock_is_synchronized())
    yield from reachable(config)
    if config.data.is_dir():
        yield from directory(config.data)
    else:
        yield Finding(
            "warning",
            f"the data directory {config.data.absolute()} does not exist",
            "name another with --data, unless the server has never run",
        )
    if config.database is not None:
        from .database_doctor import database

        yield from database(config.database)
    if url is not None:
        yield from trio.run(proxied, url)


def variables(unknown: tuple[str, ...]) -> Iterator[Finding]:
    for variable in unknown:
        yield Finding("warning", f"{variable} is not a setting, and is ignored")


def open_files(limit: int) -> Iterator[Finding]:
    """:param limit: the hard limit of open files."""
    if limit != resource.RLIM_INFINITY and limit < MIN_OPEN_FILES:
        yield Finding(
            "warning",
            f"at most {limit} files may be open, and each connection is one",
            "raise it: LimitNOFILE= in a unit of systemd, or ulimit -Hn",
        )
    else:
        yield Finding("ok", "enough files may be open")


def clock(synchronized: bool | None) -> Iterator[Finding]:
    """:param synchronized: None: it is not known."""
    if synchronized:
        yield Finding("ok", "the clock is synchronized")
    elif synchronized is None:
        yield Finding("ok", "whether the clock is synchronized is not known on this machine")
    else:
        yield Finding(
            "warning",
            "the clock is not synchronized: messages have its time",
            "run a time service, such as systemd-timesyncd or chrony",
        )


def _clock_is_synchronized() -> bool | None:
    try:
        told = subprocess.run(
            ["timedatectl", "show", "--property=NTPSynchronized", "--value"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip() == "yes"


def reachable(config: Config) -> Iterator[Finding]:
    if config.loopback:
        yield Finding("ok", f"`listen` is {config.listen}, for this machine alone")
    elif config.tls_certificate is not None:
        yield Finding("ok", f"`listen` is {config.listen}, with TLS")
    elif not config.trusted_proxies:
        yield Finding(
            "warning",
            f"`listen` is {config.listen}, without TLS, and no proxy is trusted",
            "put a proxy with TLS before it, and name it with --trusted-proxies",
        )
    else:
        yield Finding("ok", f"`listen` is {config.listen}, behind a proxy")


def directory(data: Path) -> Iterator[Finding]:
    """Check a directory that exists."""
    where = data.resolve()
    system = file_system_of(where, Path("/proc/self/mounts").read_text())
    if system in NETWORK_FILE_SYSTEMS:
        yield Finding(
            "wrong",
            f"{where} is on a network file system ({system})",
            "use a disk of this machine: SQLite may damage its files there",
        )
    if not os.access(where, os.W_OK | os.X_OK):
        yield Finding(
            "wrong",
            f"{where} cannot be written by this user",
            "run as the user of the server, or give it the directory",
        )
        return
    free = shutil.disk_usage(where).free
    yield Finding(
        "warning" if free < MIN_FREE_BYTES else "ok",
        f"{where} has {free / 1e9:,.1f} GB free",
        "make room: a full disk refuses new messages" if free < MIN_FREE_BYTES else "",
    )
    try:
        took_s = sync_time(where)
    except OSError as error:
        yield Finding(
            "wrong",
            f"{where} cannot be written: {error.strerror}",
            "make room, or see to the disk: messages are refused, and nothing else is lost",
        )
    else:
        yield from syncs(took_s)


def file_system_of(path: Path, mounts: str) -> str:
    """Return the type of the file system. :param mounts: the text of ``/proc/self/mounts``."""
    found = ""
    deepest = 0
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        where = Path(_unescaped(point))
        # A later mount on the same directory hides the earlier one.
        if path.is_relative_to(where) and len(where.parts) >= deepest:
            found, deepest = kind, len(where.parts)
    return found


def _unescaped(point: str) -> str:
    """Spaces and the like are octal in the table of mounts."""
    return point.encode().decode("unicode_escape")


def sync_time(where: Path) -> float:
    """Return the median seconds in which 4 KiB are written and synced."""
    took = []
    with tempfile.TemporaryFile(dir=where) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def syncs(seconds: float) -> Iterator[Finding]:
    shown = f"a sync of the disk takes {seconds * 1000:,.2f} ms"
    if seconds > MAX_SYNC_S:
        yield Finding("warning", shown, "each message waits for one: use a faster disk")
    elif seconds < MIN_SYNC_S:
        yield Finding(
            "warning", shown, "no disk is so fast: after a power cut messages may be missing"
        )
    else:
        yield Finding("ok", shown)


async def proxied(url: str) -> list[Finding]:
    """Connect as people do, without an account."""
    try:
        with trio.fail_after(10):
            async with connect(url, "a token of nobody"):
                pass
    except SessionEnded:  # the server has read the token
        return [Finding("ok", f"{url} passes on WebSockets")]
    except (CannotConnect, trio.TooSlowError, ValueError) as error:
        return [
            Finding(
                "wrong",
                f"{url}: {error or 'no answer within 10 s'}",
                "see docs/operating.md, Behind a reverse proxy",
            )
        ]
    raise AssertionError("nobody has this token")
