"""The server's process: signals, open files, garbage collection."""

import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import trio

GC_THRESHOLDS: Final = (50_000, 20, 100)
"""Arguments of :func:`gc.set_threshold`."""

RESERVED_FILES: Final = 20
"""File descriptors reserved for the database, backups and the operator's commands."""

logger = logging.getLogger(__name__)


def open_standard_files() -> None:
    """Open closed standard streams on /dev/null.

    Otherwise the next file opened, possibly the database, would get their descriptor and receive
    what is written to them.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - open until exit


def drop(stream: TextIO) -> None:
    """Redirect the stream, with its buffered data, to /dev/null.

    Otherwise the interpreter tries to write the data again at exit, and reports the failure.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def raise_file_limit() -> None:
    """Raise the soft limit of open files to the hard limit.

    Each connection is an open file. The usual soft limit of 1,024 exists for programs that use
    select().
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # some systems do not grant the hard limit that they report
        logger.warning("cannot raise the limit of open files", extra={"limit": soft})


def few_files_left(opened: int) -> bool:
    """Return whether fewer than :data:`RESERVED_FILES` files can be opened.

    A new file gets the lowest free descriptor, so all below it are open.

    :param opened: the descriptor of a file just opened.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft != resource.RLIM_INFINITY and opened >= soft - RESERVED_FILES


@contextmanager
def stop_signals() -> Iterator[AsyncIterator[int]]:
    """Yield an iterator of SIGTERM and SIGINT.

    After the block these signals are ignored. The process is ending already, and a terminal and a
    program that runs the server in it may both send one.
    """
    stopping = (signal.SIGTERM, signal.SIGINT)
    for number in stopping:
        # Trio restores this handler, and then raises unconsumed signals again.
        signal.signal(number, signal.SIG_IGN)
    with trio.open_signal_receiver(*stopping) as signals:
        yield signals


def tune_gc() -> None:
    """Exclude all present objects from garbage collection, and make it run rarely.

    Reference counting frees nearly everything. A full collection blocks the event loop for a time
    proportional to the number of sessions. Measured under load with the default thresholds: it took
    half of the server's time, and its pauses set the p99 of latency.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
