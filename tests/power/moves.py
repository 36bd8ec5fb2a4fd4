"""Changes of membership: each user creates private rooms, one after the other, and adds and removes
others there, one change after the other. Nobody else changes these rooms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, Literal, TypeAlias

import attrs

Membership: TypeAlias = Literal["in", "out", "banned"]
AFTER: Final[Mapping[str, Membership]] = {
    "createRoom": "in",
    "invite": "in",
    "removeMember": "out",
    "ban": "banned",
    "unban": "out",
}
DEN: Final = "den-"


@attrs.frozen
class Move:
    """``user``: the member concerned; for a new room, its creator."""

    method: str
    room: str
    user: str

    @classmethod
    def of(cls, user: str, method: str, params: Mapping[str, Any]) -> "Move":
        """Return the change that a call requests."""
        return cls(method, params["room"], params.get("user", user))

    @property
    def params(self) -> dict[str, Any]:
        if self.method == "createRoom":
            return {"room": self.room, "visibility": "private"}
        return {"room": self.room, "user": self.user}

    @property
    def about(self) -> tuple[str, str]:
        return self.room, self.user


def moves(name: str, people: Sequence[str]) -> Iterator[Move]:
    """Yield changes without end, each once. None if there are fewer than two others."""
    others = [other for other in people if other != name]
    for number in count() if len(others) > 1 else ():
        room = f"{DEN}{name}-{number}"
        one, other = others[number % len(others)], others[(number + 1) % len(others)]
        yield Move("createRoom", room, name)
        for method, user in (
            ("invite", one),
            ("invite", other),
            ("ban", one),
            ("removeMember", other),
            ("unban", one),
        ):
            yield Move(method, room, user)


def memberships(moved: Iterable[Move]) -> dict[tuple[str, str], Membership]:
    """Return the resulting memberships, by room and user."""
    return {move.about: AFTER[move.method] for move in moved}
