"""The server with a stamp at each hop of a message, for :mod:`.trace`.

The product has no code for it: its functions are wrapped here before it starts. A wrapper costs
about 0.3 us. The stamps are written to ``trace.json`` in the data directory when the server ends.
"""

import inspect
import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

from chatroom.actors.supervisor import Supervisor
from chatroom.cli.commands import main
from chatroom.hub.flusher import Flusher
from chatroom.net import websocket
from chatroom.room.actor import RoomActor
from chatroom.room.replica import Replica
from chatroom.store.sql import writer
from chatroom.store.sqlite import database, transaction
from chatroom.store.sqlite.commit_mark import CommitMark

FILE: Final = "trace.json"

stamps: Final[list[tuple[str, int]]] = []


def wrap(owner: object, name: str, before: str = "", after: str = "") -> None:
    """Stamp each call of a function or method: ``before`` and ``after`` are names of points."""
    call: Callable[..., Any] = getattr(owner, name)

    def stamp(point: str) -> None:
        if point:
            stamps.append((point, time.monotonic_ns()))

    @wraps(call)
    def stamped(*args: Any, **kwargs: Any) -> Any:
        stamp(before)
        try:
            return call(*args, **kwargs)
        finally:
            stamp(after)

    @wraps(call)
    async def stamped_async(*args: Any, **kwargs: Any) -> Any:
        stamp(before)
        try:
            return await call(*args, **kwargs)
        finally:
            stamp(after)

    setattr(owner, name, stamped_async if inspect.iscoroutinefunction(call) else stamped)


def wrap_all() -> None:
    wrap(websocket, "_receive", after="read")
    wrap(Supervisor, "push", after="posted")
    wrap(RoomActor, "handle", before="handled")
    wrap(writer.Writer, "write", before="handed over")
    wrap(database, "write_group", before="in the thread", after="written")
    wrap(CommitMark, "count", before="performed")
    wrap(transaction, "_commit", before="counted", after="synced")
    wrap(Replica, "apply", before="back", after="told")
    wrap(Flusher, "flush", before="flush", after="flushed")


if __name__ == "__main__":
    wrap_all()
    try:
        main()
    finally:
        data = Path(sys.argv[sys.argv.index("--data") + 1])
        (data / FILE).write_text(json.dumps(stamps))
