"""Logging: one line per event on standard error, as text or JSON, with ISO times in UTC.

The code logs through the standard library, with variable parts in ``extra``. This module formats
its records and those of libraries. Tokens, passwords and message texts are never logged, and
tracebacks do not show local variables.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal

_STANDARD: Final = frozenset([*vars(logging.makeLogRecord({})), "message", "asctime"])
"""The attributes of each record; all others are from ``extra``."""
_COLORS: Final = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
_NO_COLOR: Final = "\x1b[0m"


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            **_extra(record),
            "timestamp": _timestamp(record),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=repr)


class ConsoleFormatter(logging.Formatter):
    """Formats a record as a line for people, followed by the traceback if there is one.

    :param colors: color the level of warnings and errors.
    """

    def __init__(self, *, colors: bool) -> None:
        super().__init__()
        self._colors = _COLORS if colors else {}

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower():<8}"
        if color := self._colors.get(record.levelname):
            level = f"{color}{level}{_NO_COLOR}"
        extra = [f"{name}={_shown(value)}" for name, value in sorted(_extra(record).items())]
        parts = (_timestamp(record), f"[{level}]", record.getMessage(), f"[{record.name}]", *extra)
        line = " ".join(parts)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up(style: Literal["console", "json"], level: str) -> None:
    """Set up logging of a server process, replacing any earlier set-up."""
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(ConsoleFormatter(colors=sys.stderr.isatty()))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # It logs several debug lines per frame.
    logging.getLogger("trio-websocket").setLevel(max(logging.INFO, logging.root.level))


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _timestamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _shown(value: object) -> str:
    """Return the value, quoted unless it is a word."""
    word = isinstance(value, str) and value.isprintable() and value and " " not in value
    return str(value) if word else repr(value)
