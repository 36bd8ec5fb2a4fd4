"""Somebody comes to a simulated server, writes, and is erased."""

from typing import Any, Final

from .erasures import ERASE
from .simulated import OPERATOR, SimSession, Simulation

ERIN: Final = "erin"
ROOM: Final = "lobby"


def come_and_be_erased(simulation: Simulation) -> None:
    """No call may be in progress."""
    simulation.chat.users.add(ERIN)
    simulation.counts[ERIN] = 0
    erin, operator = simulation.connect(ERIN), simulation.connect(OPERATOR)
    room = simulation.chat.rooms[ROOM]

    def ask(session: SimSession, method: str, **args: Any) -> None:
        simulation.serve(session, simulation.begin(session, method, **args))
        while session.line:
            simulation.deliver(session)

    ask(erin, "joinRoom", room=ROOM)
    kept = [seq for seq, message in room.log.items() if not message.deleted]
    for seq in kept[-2:]:
        ask(erin, "addReaction", room=ROOM, seq=seq, emoji="\U0001f44d")
    for number in range(4):
        ask(erin, "sendMessage", room=ROOM, text=f"erin {number} @alice", clientId=f"erin {number}")
    ask(erin, "setProfile", displayName="Erin")
    simulation.begin(operator, ERASE, user=ERIN)
    simulation.disconnect(ERIN)
    simulation.serve(operator, simulation.numbers)
    while operator.line:
        simulation.deliver(operator)
