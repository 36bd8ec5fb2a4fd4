"""Reload settings and the certificate on SIGHUP."""

import logging
import signal
import time
from collections.abc import Callable
from typing import Final

import trio

from . import log
from .config import Config, differing
from .errors import StartError
from .net.tls import Tls
from .systemd import notify

AT_ONCE: Final = frozenset({"log_format", "log_level"})
"""Settings that count as soon as they are reloaded."""

logger = logging.getLogger(__name__)


async def run_reloads(
    config: Config,
    load: Callable[[], Config],
    tls: Tls | None,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Reload on each SIGHUP, until cancelled. A wrong setting changes nothing.

    :param config: with which the server runs.
    :param load: returns the settings as their sources are now.
    """
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
            if tls is not None:
                tls.reload()
            try:
                _apply(load(), config)
            except StartError as error:
                logger.error("the settings are not reloaded", extra={"error": str(error)})
            notify("READY=1")


def _apply(found: Config, running: Config) -> None:
    log.set_up(found.log_format, found.log_level)
    waiting = sorted(differing(found, running).keys() - AT_ONCE)
    if waiting:
        logger.warning("reloaded; some settings need a restart", extra={"settings": waiting})
    else:
        logger.info("reloaded the settings")
