"""Changes of membership: each person makes private rooms, one after the other, and lets others in
and out there, one change after the other; nobody else changes anything in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, Literal, TypeAlias

import attrs

Stand: TypeAlias = Literal["in", "out", "banned"]
AFTER: Final[Mapping[str, Stand]] = {
    "createRoom": "in",
    "invite": "in",
    "removeMember": "out",
    "ban": "banned",
    "unban": "out",
}
DEN: Final = "den-"


@attrs.frozen
class Move:
    """``user``: whom it is about; of a new room, who makes it."""

    method: str
    room: str
    user: str

    @classmethod
    def of(cls, user: str, method: str, params: Mapping[str, Any]) -> "Move":
        """As a call asks for it."""
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
    """Without end; none is there twice. Nobody's if there are not two others."""
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


def stands(moved: Iterable[Move]) -> dict[tuple[str, str], Stand]:
    """Where that leaves people, by room and name."""
    return {move.about: AFTER[move.method] for move in moved}
