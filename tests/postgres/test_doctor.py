"""``chatroom doctor`` on PostgreSQL."""

from pathlib import Path

import attrs
import pytest

from chatroom.cli import database_doctor as doctor
from chatroom.cli.findings import Finding
from chatroom.store.postgres.inspection import Facts, inspect

from ..server.commands import run_command

SOUND = Facts(
    settings={
        "server_version": "18.1",
        "synchronous_commit": "on",
        "synchronous_standby_names": "ANY 1 (*)",
        "wal_retrieve_retry_interval": "200ms",
        "fsync": "on",
        "full_page_writes": "on",
    },
    connections_left=50,
    standbys=1,
    synchronous=1,
    bytes=8_000_000,
    ahead_s=0.01,
    commit_s=0.001,
    remote=True,
    encrypted=True,
)


def with_setting(name: str, value: str) -> Facts:
    return attrs.evolve(SOUND, settings={**SOUND.settings, name: value})


def judged(facts: Facts) -> list[Finding]:
    parts = (doctor.durability, doctor.standbys, doctor.connection, doctor.times)
    return [finding for part in parts for finding in part(facts)]


def test_nothing_is_wrong() -> None:
    assert {finding.level for finding in judged(SOUND)} == {"ok"}


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (with_setting("fsync", "off"), "wrong", "fsync is off"),
        (with_setting("full_page_writes", "off"), "wrong", "full_page_writes is off"),
        (with_setting("synchronous_commit", "local"), "wrong", "may lose acknowledged"),
        (with_setting("synchronous_standby_names", ""), "warning", "no synchronous standby"),
        (attrs.evolve(SOUND, synchronous=0), "wrong", "every message waits"),
        (with_setting("wal_retrieve_retry_interval", "5s"), "warning", "wal_retrieve_retry"),
        (with_setting("wal_retrieve_retry_interval", "1min"), "warning", "wal_retrieve_retry"),
        (attrs.evolve(SOUND, connections_left=9), "warning", "accepts 9 more connections"),
        (attrs.evolve(SOUND, encrypted=False), "warning", "is not encrypted"),
        (attrs.evolve(SOUND, commit_s=0.05), "warning", "takes 50.00 ms"),
        (attrs.evolve(SOUND, ahead_s=-61.5), "warning", "differs by -61.500 s"),
    ],
)
def test_what_is_not_as_it_should_be(facts: Facts, level: str, said: str) -> None:
    (found,) = [finding for finding in judged(facts) if finding.level != "ok"]
    assert found.level == level
    assert said in found.what
    assert found.remedy


def test_who_may_not_see_the_standbys_is_told() -> None:
    found = judged(attrs.evolve(SOUND, synchronous=None))
    assert any("this user may not see" in finding.what for finding in found)


def test_a_server_is_inspected(empty_database: str) -> None:
    facts = inspect(empty_database)
    assert facts.settings["fsync"] == "off"
    assert 100 < facts.connections_left <= 197  # the tests' server accepts 200, three reserved
    assert facts.bytes > 1_000_000
    assert abs(facts.ahead_s) < 1
    assert (facts.standbys, facts.synchronous, facts.remote) == (0, 0, False)


async def test_the_command_tells_what_is_wrong(tmp_path: Path, empty_database: str) -> None:
    found = await run_command("doctor", "--data", str(tmp_path), "--database", empty_database)
    assert found.code == 1
    assert "wrong    fsync is off" in found.out
    unsafe = f"{empty_database}&options=-csynchronous_commit%3Doff"
    found = await run_command("doctor", "--data", str(tmp_path), "--database", unsafe)
    assert "synchronous_commit is off, which loses acknowledged messages" in found.out
