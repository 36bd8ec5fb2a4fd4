"""The server with a log consumer that records each page in a file, synced before its cursor moves:
``python -m tests.crash.consumer FILE NODES serve``."""

import math
import os
import sys
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import cattrs.preconf.orjson
import trio

from chatroom import server
from chatroom.consumers import pace
from chatroom.consumers.log_consumer import LogConsumer
from chatroom.store.room_log import Changes

from ..consumers.index import Entry, Index, Page
from ..following.served import serve_from_two_nodes
from ..history.database import Query
from ..quick_hasher import main

NAME: Final = "recorder"
EFFECT_S: Final = 0.05
"""Time that an effect outside takes. Kills in it find a cursor that moves before it."""
_CONVERTER: Final = cattrs.preconf.orjson.make_converter()


def command(record: Path, nodes: int) -> list[str]:
    """Return the command of the server, of one node or two, that records in that file."""
    return [sys.executable, "-m", "tests.crash.consumer", str(record), str(nodes)]


@attrs.frozen(eq=False)
class PageRecorder:
    file: int

    @classmethod
    def open(cls, path: Path) -> "PageRecorder":
        """Continue a recording. A page that a kill has cut was not handled."""
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.ftruncate(file, path.read_bytes().rfind(b"\n") + 1)
        return cls(file)

    async def handle(self, room: str, page: Changes) -> None:
        line = _CONVERTER.dumps(Page.of(room, page)) + b"\n"
        await trio.sleep(EFFECT_S)
        assert os.write(self.file, line) == len(line)
        os.fdatasync(self.file)


def index_of(record: Path) -> Index:
    """Return what a consumer has indexed that was handed these pages."""
    index = Index()
    for line in record.read_bytes().splitlines():
        index.take(_CONVERTER.loads(line, Page))
    return index


def logs_of(query: Query) -> dict[str, list[Entry]]:
    """Return the messages of each room, as the database has them."""
    logs: dict[str, list[Entry]] = {}
    rows = query(
        """
        SELECT m.room, m.seq, m.rev, m.text, m.deleted FROM messages_now AS m
        JOIN rooms AS r ON r.name = m.room ORDER BY m.room, m.seq
        """
    )
    for room, seq, rev, text, deleted in rows:
        logs.setdefault(room, []).append((seq, rev, text, bool(deleted)))
    return logs


if __name__ == "__main__":
    # The process is busy, and consumers are to meet the kills.
    setattr(pace, "BUSY", math.inf)  # noqa: B010 - mypy lets no constant be replaced
    consumers = (LogConsumer(NAME, PageRecorder.open(Path(sys.argv.pop(1))).handle),)
    if sys.argv.pop(1) == "2":
        serve_from_two_nodes()
    setattr(server, "serve", partial(server.serve, consumers=consumers))  # noqa: B010 - the CLI calls it
    main()
