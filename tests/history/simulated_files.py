"""Files in a simulated history. They take no part in the choices of the rest."""

from typing import Any

from chatroom.model import Attachment
from chatroom.store.files import OwnUpload

from .entries import Begin, End, Json, Outcome
from .files import READ, UPLOAD
from .simulated import PEOPLE, SimSession, Simulation


def attach(simulation: Simulation, session: SimSession, args: dict[str, Any]) -> None:
    """Upload a file for a message, now and then."""
    if simulation.chance.random() < 0.15:
        id_ = f"file-{simulation.texts}"
        attachment = Attachment(id_, "notes.txt", "text/plain", 5)
        simulation.chat.uploads[id_] = OwnUpload(session.user, attachment)
        _record(simulation, session.user, UPLOAD, {}, "ok", {"id": id_, "digest": f"of {id_}"})
        args["attachments"] = [id_]


def read_file(simulation: Simulation) -> None:
    """Let somebody read a file of a message, now and then, by a link that they may have had for a
    while."""
    if simulation.chance.random() > 0.03:
        return
    messages = [
        message
        for room in simulation.chat.rooms.values()
        for message in room.log.values()
        if message.attachments
    ]
    if not messages:
        return
    message, user = simulation.chance.choice(messages), simulation.chance.choice(PEOPLE)
    id_ = message.attachments[0].id
    args = {"room": message.room, "seq": message.seq, "id": id_}
    if user in simulation.chat.rooms[message.room].members:
        _record(simulation, user, READ, args, "ok", {"digest": f"of {id_}"})
    else:
        _record(simulation, user, READ, args, "fail", {"reason": "not_found"})


def _record(
    simulation: Simulation, user: str, call: str, args: Json, outcome: Outcome, seen: Json
) -> None:
    simulation.numbers += 1
    number, at = simulation.numbers, simulation.time * 1000
    simulation.entries.append(Begin(number, at, f"{user}#http", call, args))
    simulation.entries.append(End(number, at, outcome, seen))
