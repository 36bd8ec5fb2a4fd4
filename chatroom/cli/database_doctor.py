"""The part of ``doctor`` for a PostgreSQL database."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..errors import StartError
from ..store.opening import require_driver
from .findings import Finding

if TYPE_CHECKING:
    from ..store.postgres.inspection import Facts

MIN_CONNECTIONS: Final = 16
"""Those of a server, and of a command while no server runs."""
MAX_CLOCK_OFFSET_S: Final = 1.0
MAX_COMMIT_S: Final = 0.02
"""Above this people notice it in each message."""
MAX_RETRY_MS: Final = 1000
_DEMANDS: Final = "docs/postgresql.md says what is demanded"


def database(url: str) -> Iterator[Finding]:
    """Ask the database, and judge the answers."""
    try:
        require_driver()
        from ..store.postgres.inspection import inspect

        facts = inspect(url)
    except StartError as error:
        yield Finding("wrong", str(error), _DEMANDS)
        return
    size = f"{facts.bytes / 1e6:,.1f} MB"
    yield Finding("ok", f"PostgreSQL {facts.settings['server_version']}, a database of {size}")
    yield from durability(facts)
    yield from standbys(facts)
    yield from connection(facts)
    yield from times(facts)


def durability(facts: "Facts") -> Iterator[Finding]:
    for name in ("fsync", "full_page_writes"):
        if facts.settings[name] == "off":
            yield Finding(
                "wrong", f"{name} is off: a power cut may destroy the database", "set it on"
            )
    level = facts.settings["synchronous_commit"]
    if level == "local" and facts.settings["synchronous_standby_names"]:
        yield Finding(
            "wrong",
            "synchronous_commit is local: a fail-over may lose acknowledged messages",
            "set it on",
        )
    else:
        yield Finding("ok", f"synchronous_commit is {level}")


def standbys(facts: "Facts") -> Iterator[Finding]:
    if not facts.settings["synchronous_standby_names"]:
        yield Finding(
            "warning",
            "there is no synchronous standby: if the machine of the database dies, messages may be"
            " lost that were acknowledged",
            "set up a standby, and name it in synchronous_standby_names",
        )
    elif facts.synchronous is None:
        yield Finding(
            "ok",
            "a synchronous standby is named; whether it is there, this user may not see",
            "GRANT pg_monitor TO the user of the server, to let doctor see it",
        )
    elif not facts.synchronous:
        yield Finding(
            "wrong",
            "no synchronous standby is there: every message waits until there is one",
            "start it, or see its log for why it does not follow",
        )
    else:
        yield Finding("ok", f"synchronous standbys: {facts.synchronous}")
    retry = facts.settings["wal_retrieve_retry_interval"]
    if facts.standbys and _ms(retry) > MAX_RETRY_MS:
        yield Finding(
            "warning",
            f"wal_retrieve_retry_interval is {retry} here: after a fail-over, a standby with this"
            " setting waits as long before it follows, and messages with it",
            "set it to 200ms on all servers, which doctor cannot see",
        )


def _ms(setting: str) -> int:
    """:param setting: as PostgreSQL shows it, such as ``5s`` or ``200ms``."""
    for unit, ms in (("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)):
        number = setting.removesuffix(unit)
        if number != setting and number.isdecimal():
            return int(number) * ms
    return int(setting)


def connection(facts: "Facts") -> Iterator[Finding]:
    if facts.remote and not facts.encrypted:
        yield Finding(
            "warning",
            "the connection to the database is not encrypted",
            "add sslmode=verify-full to the URL, unless the network is yours",
        )
    few = facts.connections_left < MIN_CONNECTIONS
    yield Finding(
        "warning" if few else "ok",
        f"the database accepts {facts.connections_left} more connections",
        f"raise max_connections: a server and a command take {MIN_CONNECTIONS}" if few else "",
    )


def times(facts: "Facts") -> Iterator[Finding]:
    slow = facts.commit_s > MAX_COMMIT_S
    yield Finding(
        "warning" if slow else "ok",
        f"a commit takes {facts.commit_s * 1000:,.2f} ms, without the wait for a standby",
        "each message waits for one: use a faster disk or a nearer database" if slow else "",
    )
    far = abs(facts.ahead_s) > MAX_CLOCK_OFFSET_S
    yield Finding(
        "warning" if far else "ok",
        f"the clock of the database differs by {facts.ahead_s:+.3f} s",
        "run a time service on both machines" if far else "",
    )
