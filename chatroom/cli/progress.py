"""A progress bar for commands that take long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar if standard error is a terminal. Yield what is called with how much is
    done, and the total."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            now = min(1000 * done // max(total, 1), 1000)
            bar.update(max(now - bar.pos, 0))

        yield show
        bar.update(1000 - bar.pos)
