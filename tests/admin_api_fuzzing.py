"""Lets Schemathesis test the administration by HTTP, on a server of its own.

``python -m tests.admin_api_fuzzing schemathesis`` needs the program, which is not installed with
the tests. Arguments after its path are for ``schemathesis run``.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trio

from .server.process import PASSWORD, running

CONFIG: Final = Path(__file__).with_name("schemathesis.toml")
PARTS: Final = ("--exclude-operation-id=setServer", "--include-operation-id=setServer")
"""Once setServer has made the server read-only, other requests that write are refused."""


async def fuzz(program: str, options: Sequence[str]) -> int:
    """Return the exit code of the first part that has found something, else 0."""
    with TemporaryDirectory() as directory, running(Path(directory), "--rate-limits=off") as server:
        for name in ("ada", "bob"):
            await server.command("admin", "user", "add", name, typed=PASSWORD)
        await server.command("admin", "user", "role", "ada", "admin")
        await server.command("admin", "room", "create", "hall", "public")
        _, token = (await server.command("token", "ada")).split()
        host, port = server.address
        command = [program, "--config-file", str(CONFIG), "run"]
        about = [f"http://{host}:{port}/openapi.json", "-H", f"Authorization: Bearer {token}"]
        for part in PARTS:
            done = await trio.run_process(
                [*command, *about, part, *options], cwd=directory, check=False
            )
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(trio.run(fuzz, str(Path(sys.argv[1]).absolute()), sys.argv[2:]))
