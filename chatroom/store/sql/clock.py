"""The state of the server's clock, stored as JSON in a row of ``meta``."""

import json
import logging

import attrs

from ...clock import ClockState
from .connection import Connection

logger = logging.getLogger(__name__)


def clock_state(connection: Connection) -> ClockState | None:
    row = connection.execute("SELECT value FROM meta WHERE name = 'clock'").fetchone()
    if row is None:
        return None
    try:
        return ClockState(**json.loads(row[0]))
    except (ValueError, TypeError):
        logger.warning("the saved state of the clock cannot be parsed; ignoring it")
        return None


def save_clock_state(connection: Connection, state: ClockState) -> None:
    connection.execute(
        """
        INSERT INTO meta (name, value) VALUES ('clock', :state)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """,
        {"state": json.dumps(attrs.asdict(state))},
    )
