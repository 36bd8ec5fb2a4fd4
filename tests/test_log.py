import json
import logging
from collections.abc import Iterator

import pytest

from chatroom import log


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, library = logging.getLogger(), logging.getLogger("trio-websocket")
    before = root.handlers[:], root.level, library.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    library.setLevel(before[2])


def logged_failure() -> None:
    token = "very-secret"  # noqa: S105
    try:
        raise ValueError(len(token))
    except ValueError:
        logging.getLogger("chatroom.test").exception("it failed", extra={"user": "alice"})


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("json", "info")
    logging.getLogger("chatroom.test").info("it %s", "worked", extra={"rooms": 3})
    logged_failure()
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first.pop("timestamp").endswith("Z")
    where = {"level": "info", "logger": "chatroom.test"}
    assert first == {"event": "it worked", "rooms": 3, **where}
    assert second["user"] == "alice"
    assert "ValueError: 11" in second["exception"]


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_form_shows_local_variables(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("json" if style == "json" else "console", "info")
    logged_failure()
    written = capsys.readouterr()
    assert "it failed" in written.err
    assert "ValueError: 11" in written.err
    assert "very-secret" not in written.err.replace('token = "very-secret"', "")
    assert written.out == ""


def test_the_level_holds_for_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("console", "warning")
    logging.getLogger("trio-websocket").info("quiet")
    logging.getLogger("chatroom.test").info("quiet")
    logging.getLogger("other").warning("loud")
    written = capsys.readouterr().err
    assert "quiet" not in written
    assert "loud" in written
    log.set_up("console", "debug")
    logging.getLogger("trio-websocket").debug("quiet")
    assert "quiet" not in capsys.readouterr().err


def test_a_console_line_shows_all_parts(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("console", "info")
    extra = {"user": "alice", "path": "a b", "text": "x\ny", "rooms": 3}
    logging.getLogger("chatroom.test").info("it %s", "worked", extra=extra)
    timestamp, _, line = capsys.readouterr().err.partition(" ")
    assert timestamp.endswith("Z")
    assert line == (
        "[info    ] it worked [chatroom.test] path='a b' rooms=3 text='x\\ny' user=alice\n"
    )
