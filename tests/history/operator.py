"""The operator's part of a recorded run: deleting rooms, erasing people, and setting what rooms
keep, over the control socket."""

from typing import Final

import trio

from chatroom.admin.control_socket import CONTROL, exchange
from chatroom.admin.lines import decode_reply, encode_request
from chatroom.admin.shapes import AccountRef, DeleteRoom, SetRetention
from chatroom.errors import Refused
from chatroom.protocol.field_types import AccountName, Kept, RoomName
from chatroom.protocol.results import Empty

from ..server.process import Server
from .database import count_rows, in_file
from .deletions import DELETE
from .erasures import ERASE
from .recorder import UNKNOWN, Recorder
from .retention import SET

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


async def keep_messages(server: Server, recorder: Recorder, room: str, messages: int) -> None:
    """Set how many messages a room keeps."""
    request = encode_request(SET, SetRetention(RoomName(room), messages=Kept(messages)))
    operation = recorder.operation(recorder.process("operator"), SET, room=room, messages=messages)
    decode_reply(await exchange(server.data / CONTROL, request), Empty)
    operation.ok({})


async def erase_person(server: Server, recorder: Recorder, name: str) -> None:
    """Erase a person, and wait until rooms have nothing of the person left."""
    request = encode_request("eraseUser", AccountRef(AccountName(name)))
    operation = recorder.operation(recorder.process("operator"), ERASE, user=name)
    decode_reply(await exchange(server.data / CONTROL, request), Empty)
    while count_rows(in_file(server.data), "erasures"):  # noqa: ASYNC110
        await trio.sleep(0.02)
    operation.ok({})
