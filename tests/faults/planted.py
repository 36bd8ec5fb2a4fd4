"""The server with faults that a test turns on: ``python -m tests.faults.planted DIRECTORY serve``.

- Commits wait while a file ``stuck`` is in the directory. The file ``held`` shows that one waits.
- Rooms fail after the commit of a message with the word ``poison``, bob's inbox at one with
  ``bitter``.
"""

import sys
import time
from pathlib import Path
from typing import Any, Final

from chatroom.inbox import state
from chatroom.room.state import RoomState
from chatroom.store.events import MessagePosted

from ..faulty_connection import gated, serve_with
from ..quick_hasher import main

STUCK: Final = "stuck"
HELD: Final = "held"
POISON: Final = "poison"
BITTER: Final = "bitter"


class PlantedFault(Exception):
    pass


def plant(directory: Path) -> None:
    follow, fold = RoomState.apply, state._folded

    def wait_until_told() -> None:
        while (directory / STUCK).exists():
            (directory / HELD).touch()
            time.sleep(0.01)

    def follow_no_poison(self: RoomState, entries: Any) -> None:
        if _word_in(POISON, entries):
            raise PlantedFault
        follow(self, entries)

    def fold_nothing_bitter(room: Any, user: str, threads: Any, entries: Any) -> Any:
        if user == "bob" and _word_in(BITTER, entries):
            raise PlantedFault
        return fold(room, user, threads, entries)

    serve_with(gated(wait_until_told))
    state._folded = fold_nothing_bitter
    setattr(RoomState, "apply", follow_no_poison)  # noqa: B010 - mypy lets no method be replaced


def _word_in(word: str, entries: Any) -> bool:
    return any(isinstance(entry, MessagePosted) and word in entry.message.text for entry in entries)


if __name__ == "__main__":
    plant(Path(sys.argv.pop(1)))
    main()
