"""Random histories of files in two rooms, compared with a model of who may read what.

Few different contents are sent, so that equal files are often written while others are deleted.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import attrs

from chatroom.store.sql.file_integrity import WRONG_ATTACHMENTS, wrong_files

from ..client import CallFailed, Client
from ..session.node_harness import World
from .conftest import Hours
from .tus import Sender, id_of

CONTENTS: Final = tuple(f"content {number}".encode() * 10 for number in range(10))
PEOPLE: Final = ("alice", "bob", "carol")
ROOMS: Final = ("den", "hall")
STEPS: Final = 300


@attrs.define
class Sent:
    """A message with files."""

    room: str
    seq: int
    sender: str
    files: tuple[str, ...]
    deleted: bool = False


@attrs.frozen
class OldLink:
    url: str
    user: str
    file: str
    message: Sent


@attrs.define(eq=False)
class FileHistory:
    """:ivar wrong: what was not as the model says."""

    world: World
    hours: Hours
    root: Path
    people: dict[str, Client]
    choose: random.Random
    senders: dict[str, Sender] = attrs.field(factory=dict)
    members: dict[str, set[str]] = attrs.field(factory=dict)
    contents: dict[str, bytes] = attrs.field(factory=dict)
    waiting: dict[str, str] = attrs.field(factory=dict)
    """The owners of uploads that are in no message."""
    made_at: dict[str, int] = attrs.field(factory=dict)
    messages: list[Sent] = attrs.field(factory=list)
    links: list[OldLink] = attrs.field(factory=list)
    wrong: list[str] = attrs.field(factory=list)

    async def run(self) -> None:
        for name in PEOPLE:
            self.senders[name] = Sender(self.world.http, await self.world.token(name))
        await self.people["alice"].call("createRoom", room="den", visibility="private")
        await self.people["alice"].call("createRoom", room="hall", visibility="public")
        self.members = {room: {"alice"} for room in ROOMS}
        for user in PEOPLE[1:]:
            for room in ROOMS:
                await self._toggle(user, room)
        steps: list[Callable[[], Any]] = [
            *([self._upload] * 4),
            *([self._send] * 4),
            self._delete,
            *([self._move] * 2),
            *([self._ask] * 3),
            *([self._follow] * 5),
            self._clean,
        ]
        for _ in range(STEPS):
            await self.choose.choice(steps)()
        await self._end()

    def _expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.wrong.append(f"{what}: {found} instead of {expected}")

    # ---- steps

    async def _upload(self) -> None:
        user, content = self.choose.choice(PEOPLE), self.choose.choice(CONTENTS)
        sender, cut = self.senders[user], self.choose.choice((0, 10, len(content)))
        made = await sender.create(len(content), "file.txt", content[:cut])
        path = made.headers["location"]
        if cut < len(content):
            answer = await sender.patch(path, cut, content[cut:])
            self._expect("the last part", answer.status, 204)
        upload = id_of(made)
        self.contents[upload], self.waiting[upload] = content, user
        self.made_at[upload] = self.hours.now

    async def _send(self) -> None:
        room = self.choose.choice(ROOMS)
        user = self._somebody(room)
        taken = [file for message in self.messages for file in message.files]
        mine = [upload for upload, owner in self.waiting.items() if owner == user]
        others = [*(set(self.waiting) - set(mine)), *taken]
        files = self.choose.sample(mine, min(len(mine), self.choose.randint(1, 3)))
        wrong = bool(others) and self.choose.random() < 0.3
        if wrong:
            files.append(self.choose.choice(others))
        if not files:
            return
        reason = await self._sent(user, room, tuple(files))
        allowed = user in self.members[room]
        if not allowed:
            self._expect("a send of an outsider", reason in ("forbidden", "not_found"), True)
        else:
            self._expect(f"a send by {user}", reason, "not_found" if wrong else None)

    async def _sent(self, user: str, room: str, files: tuple[str, ...]) -> str | None:
        try:
            sent = await self.people[user].call(
                "sendMessage", room=room, text="", attachments=list(files)
            )
        except CallFailed as failed:
            return failed.reason
        self.messages.append(Sent(room, sent["seq"], user, files))
        for file in files:
            self.waiting.pop(file, None)
        return None

    async def _delete(self) -> None:
        kept = [message for message in self.messages if not message.deleted]
        if len(kept) <= self.choose.randint(0, 4):
            return
        message = self.choose.choice(kept)
        if message.sender in self.members[message.room]:
            await self.people[message.sender].call(
                "deleteMessage", room=message.room, seq=message.seq
            )
            message.deleted = True

    async def _move(self) -> None:
        await self._toggle(self.choose.choice(PEOPLE[1:]), self.choose.choice(ROOMS))

    async def _toggle(self, user: str, room: str) -> None:
        """Let a person leave, or be removed, or be invited."""
        inside = user in self.members[room]
        if inside and self.choose.random() < 0.5:
            await self.people[user].call("leaveRoom", room=room)
        else:
            call = "removeMember" if inside else "invite"
            await self.people["alice"].call(call, room=room, user=user)
        self.members[room] ^= {user}

    async def _ask(self) -> None:
        """Ask for a link, and keep it."""
        if not self.messages:
            return
        message = self.choose.choice(self.messages[-15:])
        user = self._somebody(message.room)
        file = self.choose.choice(message.files)
        try:
            found = await self.people[user].call(
                "getFile", room=message.room, seq=message.seq, id=file
            )
        except CallFailed:
            self._expect(f"a link for {user}", self._may_read(user, message), False)
            return
        self._expect(f"a link for {user}", self._may_read(user, message), True)
        self.links.append(OldLink(found["url"], user, file, message))

    async def _follow(self) -> None:
        """Follow a link that was given some time ago, perhaps with another person's log-in."""
        if not self.links:
            return
        link = self.choose.choice(self.links[-12:])
        others = [each for each in self.links if each.user != link.user]
        if others and self.choose.random() < 0.2:
            other = self.choose.choice(others)
            url = link.url.replace(log_in_of(link.url), log_in_of(other.url))
            answer = await self.senders[other.user].get(url)
            self._expect("a link of another person", answer.status, 403)
            return
        here = self.members[link.message.room]
        if link.user in here - {"alice"} and self.choose.random() < 0.2:
            await self._toggle(link.user, link.message.room)
        answer = await self.senders[link.user].get(link.url)
        if answer.status == 403:
            return  # it has ended
        readable = self._may_read(link.user, link.message)
        expected = (200, self.contents[link.file]) if readable else (404, None)
        got = answer.status, answer.body if answer.status == 200 else None
        self._expect(f"{link.user} reads a file of {link.message}", got, expected)

    def _somebody(self, room: str) -> str:
        """Return a member, mostly."""
        inside = sorted(self.members[room])
        return self.choose.choice(PEOPLE if self.choose.random() < 0.2 else inside)

    def _may_read(self, user: str, message: Sent) -> bool:
        return user in self.members[message.room] and not message.deleted

    async def _clean(self) -> None:
        hours = self.choose.choice((0, 0.01, 0.02, 1.1, 25))
        self.hours.pass_(hours)
        if hours > 1:
            self.links.clear()  # all have ended
        await self.world.node.janitor.clean()
        day_ago = self.hours.now - 24 * 3_600_000
        for upload in [each for each in self.waiting if self.made_at[each] < day_ago]:
            del self.waiting[upload]

    # ---- the end

    async def _end(self) -> None:
        for _ in range(len(self.messages)):
            await self._delete()
        for _ in range(3):
            self.hours.pass_(2)
            await self.world.node.janitor.clean()
        kept = {file for each in self.messages if not each.deleted for file in each.files}
        expected = {self.contents[file] for file in (*kept, *self.waiting)}
        blobs = {path.read_bytes() for path in (self.root / "blobs").glob("*/*")}
        self._expect("the files on disk", sorted(blobs), sorted(expected))
        connection = self.world.store._connection
        self.wrong += wrong_files(connection)
        self._expect("rooms", connection.execute(WRONG_ATTACHMENTS).fetchall(), [])


def log_in_of(url: str) -> str:
    """Return what a link says of the log-in that asked for it."""
    (log_in,) = parse_qs(urlsplit(url).query)["login"]
    return log_in
