"""The operator's part of a recorded run: deleting rooms, by the server's control socket."""

from typing import Final

from chatroom.admin.control_socket import CONTROL, exchange
from chatroom.admin.operations import DeleteRoom, decode_reply, encode_request
from chatroom.errors import Refused
from chatroom.protocol.results import Empty

from ..server.process import Server
from .deletions import DELETE
from .recorder import UNKNOWN, Recorder

LATE: Final = "busy"
"""Of a deletion: it took too long, and may be done yet."""


async def delete_room(server: Server, recorder: Recorder, room: str) -> bool:
    """Whether it was deleted, by this or earlier; False: the server went away meanwhile, or has
    not said.

    :raises Refused: it was, lastingly.
    """
    request = encode_request(DELETE, DeleteRoom(room))
    operation = recorder.operation(recorder.process("operator"), DELETE, room=room)
    try:
        decode_reply(await exchange(server.data / CONTROL, request), Empty)
    except OSError as error:
        operation.info(type(error).__name__)
        return False
    except Refused as refused:
        if refused.reason in UNKNOWN or refused.reason == LATE:
            operation.info(refused.reason)
            return False
        operation.refused(refused.reason)
        if refused.reason not in ("not_found", "storage_full"):
            raise
        return refused.reason == "not_found"
    operation.ok({})
    return True
