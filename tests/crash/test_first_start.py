"""The process is killed while it creates the database. The next start creates it again.

``SOAK_KILLS=2000`` kills at every call instead of a few.
"""

import os
import signal
from pathlib import Path
from typing import Final

import pytest

from ..server.process import Server
from .kills import killing_at

EVERY: Final = int(os.environ.get("SOAK_KILLS", "0")) > 60
CALLS: Final = {"pwrite64": (2, 13, 46), "fdatasync": (4, 8), "unlink": (1,)}
"""System calls of the start, with the numbers of those before which it is killed."""


@pytest.mark.parametrize("call", CALLS)
async def test_interrupted_first_start_is_repeated(tmp_path: Path, call: str) -> None:
    numbers = range(1, 1000) if EVERY else CALLS[call]
    for nth in numbers:
        directory = tmp_path / str(nth)
        directory.mkdir()
        server = Server(directory)
        try:
            server.launch(traced=killing_at(call, nth))
            if EVERY and server.ready():
                break  # there are no more calls
            assert await server.wait() == -signal.SIGKILL
            server.start()
            async with server.session(await server.sign_up("alice")) as alice:
                await alice.call("joinRoom", room="general")
                assert (await alice.call("sendMessage", room="general", text="hi"))["seq"] == 1
        finally:
            server.clean_up()
