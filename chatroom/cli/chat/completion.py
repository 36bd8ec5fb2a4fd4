"""Tab completion. Pure."""

from typing import Final

from .parsing import COMMANDS
from .state import State

_OF_PEOPLE: Final = frozenset(
    {"/dm", "/invite", "/role", "/mute", "/unmute", "/ban", "/unban", "/purge"}
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
        start = word.removeprefix("@").lower()
        return len(word), [f"{name} " for name in sorted(state.people()) if name.startswith(start)]
    start = word.lstrip("(\"'")
    if not start:
        return 0, []
    if start.startswith("#"):
        return len(start), [f"#{name} " for name in _rooms(state, start)]
    names = sorted(state.people() | ({"room"} if start.startswith("@") else set()))
    found = [f"@{name} " for name in names if name.startswith(start.removeprefix("@").lower())]
    return len(start), found


def _rooms(state: State, start: str) -> list[str]:
    names = {name for name in state.inbox.entries if not name.startswith("@")} | state.joinable
    return [name for name in sorted(names) if name.startswith(start.removeprefix("#").lower())]
