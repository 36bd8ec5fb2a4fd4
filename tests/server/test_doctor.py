"""``chatroom doctor``: what it finds, and what it says of it."""

import errno
import os
from pathlib import Path

import pytest

from chatroom.cli import doctor
from chatroom.cli.findings import Finding
from chatroom.config import Config

from .commands import complete, run_command
from .process import reserved_address
from .shared_server import Site

MOUNTS = """\
/dev/vda1 / ext4 rw 0 0
tmpfs /srv tmpfs rw 0 0
host:/x /srv/chat\\040data nfs4 rw 0 0
/dev/vdb /srv xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home/chat", "ext4"), ("/srv", "xfs"), ("/srv/chat", "xfs"), ("/srv/chat data/a", "nfs4")],
)
def test_the_file_system_is_that_of_the_deepest_mount(path: str, kind: str) -> None:
    assert doctor.file_system_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize(
    ("findings", "level", "said"),
    [
        (doctor.open_files(1024), "warning", "at most 1024 files"),
        (doctor.open_files(65536), "ok", "enough files"),
        (doctor.open_files(-1), "ok", "enough files"),
        (doctor.clock(True), "ok", "is synchronized"),
        (doctor.clock(False), "warning", "is not synchronized"),
        (doctor.clock(None), "ok", "not known"),
        (doctor.syncs(0.001), "ok", "1.00 ms"),
        (doctor.syncs(0.1), "warning", "100.00 ms"),
        (doctor.syncs(1e-6), "warning", "0.00 ms"),
        (doctor.variables(("CHATROOM_X",)), "warning", "CHATROOM_X is not a setting"),
        (doctor.reachable(Config()), "ok", "this machine alone"),
        (doctor.reachable(Config(listen="[::]:80")), "warning", "without TLS"),
        (
            doctor.reachable(Config(listen="[::]:443", tls_certificate=Path("chat.pem"))),
            "ok",
            "with TLS",
        ),
        (
            doctor.reachable(Config(listen="[::]:80", trusted_proxies=("::1",))),
            "ok",
            "behind a proxy",
        ),
    ],
)
def test_findings(findings: list[Finding], level: str, said: str) -> None:
    [finding] = findings
    assert finding.level == level
    assert said in finding.what


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> float:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(doctor, "sync_time", refuse)
    found = list(doctor.directory(tmp_path))[-1]
    assert (found.level, found.what) == (
        "wrong",
        f"{tmp_path} cannot be written: No space left on device",
    )


async def test_a_server_that_runs_is_reached(site: Site) -> None:
    host, port = site.server.address
    url = f"http://{host}:{port}"
    done = await run_command("doctor", "--data", str(site.server.data), "--url", url)
    assert done.code == 0, done.out
    assert f"ok       {url} passes on WebSockets\n" in done.out
    assert "a sync of the disk takes" in done.out


def test_what_is_wrong_is_told_with_a_remedy(tmp_path: Path) -> None:
    nowhere = f"http://{reserved_address()}"
    done = complete("doctor", "--data", str(tmp_path / "none"), "--url", nowhere)
    assert done.code == 1
    assert f"warning  the data directory {tmp_path}/none does not exist\n" in done.out
    assert f"wrong    {nowhere}: " in done.out
    assert "-> see docs/operating.md" in done.out
    assert not (tmp_path / "none").exists()
