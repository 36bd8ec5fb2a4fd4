"""Tab completion. Pure."""

from collections.abc import Iterable
from typing import Final

from ...names.words import prefix_of, words_of
from .parsing import COMMANDS
from .state import State

_OF_PEOPLE: Final = frozenset(
    {"/dm", "/invite", "/role", "/mute", "/unmute", "/ban", "/unban", "/purge", "/who"}
)
"""Commands whose first word is the name of a user."""


def completions(state: State, before: str) -> tuple[int, list[str]]:
    """Return how many characters before the cursor to replace, and the candidates."""
    words = before.split(" ")
    word = words[-1]
    if len(words) == 1 and word.startswith("/"):
        return len(word), [f"{name} " for name in COMMANDS if name.startswith(word.lower())]
    command = words[0].lower() if before.startswith("/") else ""
    if len(words) == 2 and command == "/join":
        return len(word), _rooms(state, word)
    if len(words) == 2 and command in _OF_PEOPLE:
        names = _people(state, state.people(), word.removeprefix("@"))
        return len(word), [f"{name} " for name in names]
    start = word.lstrip("(\"'")
    if not start:
        return 0, []
    if start.startswith("#"):
        return len(start), [f"#{name} " for name in _rooms(state, start)]
    everybody = {"room"} if start.startswith("@") else set()
    names = _people(state, state.people() | everybody, start.removeprefix("@"))
    return len(start), [f"@{name} " for name in names]


def typed_name(before: str) -> tuple[str, bool] | None:
    """Return the beginning of a person's name before the cursor, and whether it is one of a member
    of the open room; None if none is typed."""
    words = before.split(" ")
    word = words[-1]
    if len(words) == 2 and words[0].lower() in _OF_PEOPLE:
        start = word.removeprefix("@")
        return (start, False) if start else None
    start = word.lstrip("(\"'")
    return (start[1:], True) if start.startswith("@") and len(start) > 1 else None


def _people(state: State, names: Iterable[str], start: str) -> list[str]:
    """Return the names that begin so, then those of which another word of the names does."""
    known = sorted(names)
    first = [name for name in known if name.startswith(start.lower())]
    if not start:
        return first
    prefix = prefix_of(start)
    others = [
        name
        for name in known
        if name not in first and prefix in words_of(name, state.users.display_name(name))
    ]
    return [*first, *others]


def _rooms(state: State, start: str) -> list[str]:
    names = {name for name in state.inbox.entries if not name.startswith("@")} | state.joinable
    return [name for name in sorted(names) if name.startswith(start.removeprefix("#").lower())]
