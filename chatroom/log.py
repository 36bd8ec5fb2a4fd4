"""Logs: one line an event on standard error, for people or as JSON, with ISO UTC times.

The code logs through the standard library, with what varies in ``extra``; this gives its records,
and those of libraries, one form. Tokens, passwords and the texts of messages are never logged, so
no form here shows the local variables of a traceback.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor


def set_up(style: Literal["console", "json"], level: str) -> None:
    """For a process that serves; what was set up before is replaced."""
    shown: list[Processor]
    if style == "json":
        # A plain string: the structured traceback would hold local variables.
        shown = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        shown = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Its debug lines, several a frame, tell of bytes and not of chat.
    logging.getLogger("trio-websocket").setLevel(max(logging.INFO, logging.root.level))
