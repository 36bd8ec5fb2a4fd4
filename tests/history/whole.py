"""The final check of all logs: what they contain, and what they should contain."""

from collections import Counter
from collections.abc import Callable, Mapping

from .findings import Report
from .messages import (
    EMPTY,
    LoggedMessage,
    RoomLog,
    Version,
    WriteRequest,
)


def check_whole(
    rooms: Mapping[str, RoomLog], is_read: Callable[[str], bool], report: Report
) -> None:
    """:param is_read: whether a room was read at the end, or should have been."""
    for name, room in rooms.items():
        if is_read(name):
            _check_final(name, room, report)
        unnamed = Counter[tuple[str, int]]()
        for seq in sorted(room.placed):
            placed, where = room.placed[seq], f"{name} {seq}"
            if placed.client_id is not None:
                _check_named(name, where, seq, placed, room, report)
            elif placed.wish is not None:
                unnamed[placed.sender, placed.wish.text] += 1
            else:
                _check_unnamed(where, placed, room, report)
            _check_versions(where, placed, room.changes.get(seq, {}), report)
        for key, wish in room.unnamed.items():
            _check_count(name, wish, unnamed[key], report)


def _check_final(name: str, room: RoomLog, report: Report) -> None:
    """Check that the final reading has all seqs from the first unpruned to the last known one."""
    revs = dict[int, LoggedMessage]()
    due = room.first
    for seq in sorted(seq for seq in room.placed if seq >= room.first):
        placed = room.placed[seq]
        if seq > due:
            report.add("gap", f"{name}: nobody has ever seen {due} to {seq - 1}")
        due = seq + 1
        if not placed.final:
            report.add("lost", f"{name} {seq} is not in the final log", placed.position)
        elif (other := revs.setdefault(placed.versions()[-1].rev, placed)) is not placed:
            text = f"{name} {seq} has the rev of another message"
            report.add("duplicate", text, other.position, placed.position)
    if room.head >= due:
        report.add("gap", f"{name}: nobody has ever seen {due} to {room.head}")


def _check_named(
    name: str, where: str, seq: int, placed: LoggedMessage, room: RoomLog, report: Report
) -> None:
    if placed.wish is None:
        report.add("phantom", f"nobody sent {where}", placed.position)
        return
    if placed.wish.found not in (-1, placed.position):
        text = f"{where} has a clientId that another message has"
        report.add("duplicate", text, placed.wish.begun, placed.wish.found, placed.position)
    placed.wish.found = placed.position
    wishes = [wish for wish in placed.wish.options() if wish.room == name]
    wish = next((wish for wish in wishes if wish.possible), None)
    if wish is None:
        text = f"{where} was refused, or not sent there"
        report.add("phantom", text, placed.wish.begun, placed.position)
        return
    late, position = room.acked.before(wish.start)
    if late > seq:
        text = f"{where} was sent when {late} was acknowledged"
        report.add("real_time", text, position, wish.begun, placed.position)
    if not _original(placed) or any(wish.text == placed.text for wish in wishes if wish.possible):
        return
    report.add("phantom", f"nobody sent {where} with that text", wish.begun, placed.position)


def _original(version: Version) -> bool:
    return not version.edited and not version.deleted


def _check_unnamed(where: str, placed: LoggedMessage, room: RoomLog, report: Report) -> None:
    """Check a message first seen after an edit. It may be any message of its sender."""
    possible = any(
        wish.possible for (sender, _), wish in room.unnamed.items() if sender == placed.sender
    )
    if _original(placed) or not possible:
        report.add("phantom", f"nobody sent {where}", placed.position)


def _check_count(name: str, wish: WriteRequest, count: int, report: Report) -> None:
    """Check equal messages without clientIds: at least as many as were acknowledged, and at most as
    many as may have been sent."""
    text = f"{name}: {count} messages alike, {wish.granted} acknowledged, {wish.open} open"
    if count > wish.granted + wish.open:
        report.add("duplicate" if wish.possible else "phantom", text, wish.begun)
    elif count < wish.granted:
        report.add("lost", text, wish.begun)


def _check_versions(
    where: str, placed: LoggedMessage, wishes: Mapping[int, WriteRequest], report: Report
) -> None:
    deleted: Version | None = None
    original: Version | None = None
    edits, last = Counter[int](), -1
    for version in placed.versions():
        if _original(version):
            original = original or version
            if version.text != original.text:
                text = f"{where} has another text, and was never edited"
                report.add("divergent", text, original.position, version.position)
        else:
            wish = wishes.get(EMPTY if version.deleted else version.text)
            edits[version.text] += version.text != last
            if wish is None and original is not None and version.text == original.text:
                text = f"{where} has its first text again, and nobody changed it so"
                report.add("stale", text, original.position, version.position)
            elif wish is None:
                text = f"nobody changed {where} so"
                report.add("phantom", text, version.position)
            elif not wish.possible:
                text = f"{where} was changed although that was refused"
                report.add("phantom", text, wish.begun, version.position)
            elif edits[version.text] > wish.granted + wish.open:
                text = f"{where} has a text again that it had before another one"
                report.add("stale", text, wish.begun, version.position)
        last = version.text
        if deleted is not None and not version.deleted:
            text = f"{where} is there after it was deleted"
            report.add("stale", text, deleted.position, version.position)
        deleted = version if version.deleted else deleted
