"""The operator's part of a recorded run: deleting rooms over the control socket."""

from typing import Final

from chatroom.admin.control_socket import CONTROL, exchange
from chatroom.admin.lines import decode_reply, encode_request
from chatroom.admin.shapes import DeleteRoom
from chatroom.errors import Refused
from chatroom.protocol.results import Empty

from ..server.process import Server
from .deletions import DELETE
from .recorder import UNKNOWN, Recorder

MAYBE_DONE: Final = "busy"
"""The reason for a deletion that took too long and may still be done."""


async def delete_room(server: Server, recorder: Recorder, room: str) -> bool:
    """Delete a room. Return True if it is deleted, now or earlier; False if the outcome is unknown.

    :raises Refused: the deletion was refused permanently.
    """
    request = encode_request(DELETE, DeleteRoom(room))
    operation = recorder.operation(recorder.process("operator"), DELETE, room=room)
    try:
        decode_reply(await exchange(server.data / CONTROL, request), Empty)
    except OSError as error:
        operation.info(type(error).__name__)
        return False
    except Refused as refused:
        if refused.reason in UNKNOWN or refused.reason == MAYBE_DONE:
            operation.info(refused.reason)
            return False
        operation.refused(refused.reason)
        if refused.reason not in ("not_found", "storage_full"):
            raise
        return refused.reason == "not_found"
    operation.ok({})
    return True
