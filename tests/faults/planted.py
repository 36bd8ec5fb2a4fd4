"""The server with faults that a test turns on: ``python -m tests.faults.planted DIRECTORY serve``.

- While a file ``stuck`` is in the directory, commits wait; the file ``held`` says that one does.
- Rules raise at any message with the word ``poison``.
"""

import sys
import time
from pathlib import Path
from typing import Any, Final

from chatroom.cli import main
from chatroom.room import rules
from chatroom.store.sqlite import group

STUCK: Final = "stuck"
HELD: Final = "held"
POISON: Final = "poison"


class Planted(Exception):
    pass


def plant(directory: Path) -> None:
    commit, send = group._commit, rules._send

    def commit_when_told(connection: Any) -> None:
        while (directory / STUCK).exists():
            (directory / HELD).touch()
            time.sleep(0.01)
        commit(connection)

    def send_no_poison(draft: Any, request: Any) -> Any:
        if POISON in request.text:
            raise Planted
        return send(draft, request)

    group._commit, rules._send = commit_when_told, send_no_poison


if __name__ == "__main__":
    plant(Path(sys.argv.pop(1)))
    main()
