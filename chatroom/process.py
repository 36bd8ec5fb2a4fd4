"""The process that a server runs in: its signals, its open files, its memory. Knows no chat."""

import gc
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final, TextIO, TypeVar

import trio

GARBAGE: Final = (50_000, 20, 100)
"""Objects, young passes, middle passes: the thresholds of :func:`gc.set_threshold`."""

RESERVED_FILES: Final = 20
"""Files that connections leave to the database, to backups and to the operator's commands."""

logger = logging.getLogger(__name__)


BACKGROUND_NICENESS: Final = 15
"""Added to that of the process."""

T = TypeVar("T")


def in_background(work: Callable[[], T]) -> T:
    """Called in a thread that may wait: the work gets a thread of a lower priority, and so do the
    threads that it starts. On a busy machine everything else goes first. A priority cannot be
    raised again, so no thread is used twice. (Linux has priorities of threads.)
    """
    done: Future[T] = Future()

    def run() -> None:
        if sys.platform == "linux":
            niceness = os.getpriority(os.PRIO_PROCESS, 0) + BACKGROUND_NICENESS
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        try:
            done.set_result(work())  # noqa: F821 - deleted when it is taken
        except BaseException as error:
            done.set_exception(error)  # noqa: F821

    threading.Thread(target=run, name="background", daemon=True).start()
    try:
        return done.result()
    finally:
        del done  # an exception holds this frame: no cycle with it is left to the collector


def open_standard_files() -> None:
    """Those that came closed, on nothing: or the next file that is opened, be it one of the data,
    would have their number, and whatever is written to them.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - as long as the process


def drop(stream: TextIO) -> None:
    """What is left in it, and what follows, goes nowhere: or the interpreter tries to write it once
    more at its end, and complains.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def allow_files() -> None:
    """As many open files as the system lets the process have: each connection is one, and the usual
    soft limit of 1,024 was made for programs that use select().
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # some systems tell a hard limit that they do not grant
        logger.warning("open files stay limited", extra={"limit": soft})


def few_files_left(opened: int) -> bool:
    """Whether, with this file just opened, fewer than :data:`RESERVED_FILES` may follow it. A new
    file has the lowest number that is free, so all below it are open.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft != resource.RLIM_INFINITY and opened >= soft - RESERVED_FILES


@contextmanager
def stop_signals() -> Iterator[AsyncIterator[int]]:
    """Those that come when the block has ended change nothing: the process is ending already, and
    a terminal and a program that runs the server in it may both send theirs.
    """
    stopping = (signal.SIGTERM, signal.SIGINT)
    for number in stopping:
        # Trio puts this back at its end, and then raises again what nobody has taken.
        signal.signal(number, signal.SIG_IGN)
    with trio.open_signal_receiver(*stopping) as signals:
        yield signals


def settle_garbage() -> None:
    """What is there after the start stays, and need not be looked through again; and the cycle
    collector runs seldom: reference counting frees nearly all, and a full pass stops the loop for
    as long as there are sessions (measured: with the interpreter's thresholds it took half of the
    server's time under load, and its pauses were the latency's p99).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
