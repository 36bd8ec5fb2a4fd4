"""What a page says beside its messages, read in the snapshot of the page."""

from collections.abc import Sequence
from typing import Final

from ...model import MAX_PREVIEW_CHARS, Message, Quoted
from ..beside import Beside, answered
from ..reactions import own_reactions
from .connection import Connection
from .reactions import find_unnamed
from .rows import FILES_OF_M, Columns, among, json_array
from .thread_log import summaries

_COLUMNS: Final = Columns(Quoted)
_QUOTED: Final = _COLUMNS.of(
    "m",
    text=f"substr(m.text, 1, {MAX_PREVIEW_CHARS})",
    truncated=f"length(m.text) > {MAX_PREVIEW_CHARS}",
    **FILES_OF_M,
)


def find_beside(
    connection: Connection, room: str, user: str, messages: Sequence[Message]
) -> Beside:
    unnamed = find_unnamed(connection, room, user, messages)
    return Beside(
        own_reactions(messages, user, unnamed),
        find_quoted(connection, room, answered(messages)),
        summaries(connection, room, [each.seq for each in messages if each.thread is None]),
    )


def find_quoted(connection: Connection, room: str, seqs: Sequence[int]) -> tuple[Quoted, ...]:
    if not seqs:
        return ()
    rows = connection.execute(
        f"""
        SELECT {_QUOTED} FROM messages_now AS m
        WHERE m.room = :room AND m.seq {among("seqs")} ORDER BY m.seq
        """,
        {"room": room, "seqs": json_array(seqs)},
    )
    return tuple(map(_COLUMNS.value, rows))
