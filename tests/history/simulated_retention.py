"""An operator sets how many messages a simulated room keeps, and the server removes the others.

This takes no choice and no moment, so that the rest of a history does not depend on it.
"""

from .entries import Begin, End, Fact
from .retention import PRUNED, SET
from .simulated import OPERATOR, Simulation


def prune(simulation: Simulation, room: str) -> None:
    head = simulation.chat.rooms[room].head_seq
    keep = head - head // 3
    _set(simulation, room, keep)
    simulation.kept.add(room)
    simulation.chat.call(OPERATOR, "prune", {"room": room, "keep": keep}, simulation.time)


def keep_what_is_there(simulation: Simulation) -> None:
    """Let the rooms that were pruned keep as many messages as they have, and say that they do."""
    for name in sorted(simulation.kept):
        room = simulation.chat.rooms[name]
        _set(simulation, name, room.head_seq - room.first_seq + 1)
    simulation.entries.append(Fact(PRUNED, simulation.time * 1000, {}))


def _set(simulation: Simulation, room: str, messages: int) -> None:
    simulation.numbers += 1
    number, at = simulation.numbers, simulation.time * 1000
    args = {"room": room, "messages": messages}
    simulation.entries += (
        Begin(number, at, f"{OPERATOR}#0", SET, args),
        End(number, at, "ok", {}),
    )
