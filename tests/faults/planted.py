"""The server with faults that a test turns on: ``python -m tests.faults.planted DIRECTORY serve``.

- While a file ``stuck`` is in the directory, commits wait; the file ``held`` says that one does.
- Rules raise at any message with the word ``poison``, and bob's inbox at one with ``bitter``.
"""

import sys
import time
from pathlib import Path
from typing import Any, Final

from chatroom.cli import main
from chatroom.inbox import state
from chatroom.room import rules
from chatroom.store.entries import Posted
from chatroom.store.sqlite import group

STUCK: Final = "stuck"
HELD: Final = "held"
POISON: Final = "poison"
BITTER: Final = "bitter"


class Planted(Exception):
    pass


def plant(directory: Path) -> None:
    commit, send, fold = group._commit, rules._send, state._folded

    def commit_when_told(connection: Any) -> None:
        while (directory / STUCK).exists():
            (directory / HELD).touch()
            time.sleep(0.01)
        commit(connection)

    def send_no_poison(draft: Any, request: Any) -> Any:
        if POISON in request.text:
            raise Planted
        return send(draft, request)

    def fold_nothing_bitter(room: Any, user: str, entries: Any) -> Any:
        texts = [entry.message.text for entry in entries if isinstance(entry, Posted)]
        if user == "bob" and any(BITTER in text for text in texts):
            raise Planted
        return fold(room, user, entries)

    group._commit, rules._send = commit_when_told, send_no_poison
    state._folded = fold_nothing_bitter


if __name__ == "__main__":
    plant(Path(sys.argv.pop(1)))
    main()
