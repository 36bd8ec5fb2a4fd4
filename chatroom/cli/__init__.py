"""The command line: reads what was typed, calls what does it, prints what came of it."""

from .commands import main

__all__ = ["main"]
