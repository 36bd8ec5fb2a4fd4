"""Logging: one line per event on standard error, as text or JSON, with ISO times in UTC.

The code logs through the standard library, with variable parts in ``extra``. This module formats
its records and those of libraries. Tokens, passwords and message texts are never logged, so no
format shows the local variables of tracebacks.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor


def set_up(style: Literal["console", "json"], level: str) -> None:
    """Set up logging of a server process, replacing any earlier set-up."""
    shown: list[Processor]
    if style == "json":
        # A plain string: a structured traceback would contain local variables.
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
    # It logs several debug lines per frame.
    logging.getLogger("trio-websocket").setLevel(max(logging.INFO, logging.root.level))
